package crashfs

import (
	"io/fs"
	"math"
	"slices"
	"time"
)

// inode is a file or a directory, apart from its names.
type inode struct {
	number  uint64
	mode    fs.FileMode
	changed time.Time
	names   int // 0 or 1
	handles int

	// A file.
	now  content // what is read
	disk content // what is safe
	log  []change

	// A directory.
	entries []entry // what is read
	safe    []entry
}

// change is something that happened to a file since it was last synced.
type change struct {
	at     int64
	data   []byte // nil: the file was given another size
	size   int64  // of the file afterwards
	sized  bool   // it had another size before
	forgot bool   // a failed sync has marked it clean: later syncs do not write it
}

func (c change) end() int64 { return c.at + int64(len(c.data)) }

func (n *inode) isDir() bool { return n.mode.IsDir() }

func (n *inode) write(b []byte, at int64) {
	before := n.now.size
	n.now.write(b, at)
	n.log = append(n.log, change{at: at, data: slices.Clone(b), size: n.now.size, sized: n.now.size != before})
}

func (n *inode) truncate(size int64) {
	if size == n.now.size {
		return
	}
	n.now.cut(size)
	n.log = append(n.log, change{size: size, sized: true})
}

// allocate is a change of size, if it is one. A power cut may take the blocks and leave the size: only what was written
// is sure to have them again.
func (n *inode) allocate(size int64) {
	before := n.now.size
	n.now.allocate(size)
	if n.now.size != before {
		n.log = append(n.log, change{size: n.now.size, sized: true})
	}
}

// forget is what a failed sync does: nothing that was written is written out later, and nothing is unread.
func (n *inode) forget() {
	for i := range n.log {
		n.log[i].forgot = true
	}
}

// sync makes everything safe but what an earlier failure has forgotten.
func (n *inode) sync() {
	if slices.ContainsFunc(n.log, func(c change) bool { return c.forgot }) {
		n.syncAround()
		return
	}
	if slices.ContainsFunc(n.log, func(c change) bool { return c.data == nil }) {
		n.disk = n.now.share()
	} else {
		for _, c := range n.log {
			n.disk.adopt(&n.now, c.at, c.end())
		}
	}
	n.log = nil
}

// syncAround writes out the sectors that were written since the failure, whole: what was forgotten in them is saved
// by its neighbours. The size goes with a write that needs it, and then takes earlier sizes along.
func (n *inode) syncAround() {
	first := slices.IndexFunc(n.log, func(c change) bool { return !c.forgot })
	if first < 0 {
		return
	}
	lost, dirty := n.log[:first], n.log[first:]
	if slices.ContainsFunc(dirty, func(c change) bool { return c.sized || c.end() > n.disk.size }) {
		lost = n.settleSize(lost, dirty)
	}
	for _, c := range dirty {
		if c.data != nil {
			n.saveSectors(c.at, c.end())
			lost = without(lost, c.at/sectorBytes*sectorBytes, roundUp(c.end()))
		}
	}
	n.log = lost
}

// settleSize makes the size safe, and with it every cut that came before. It returns what was lost and not cut off.
func (n *inode) settleSize(lost, dirty []change) (left []change) {
	for _, c := range slices.Concat(lost, dirty) {
		if c.data == nil {
			n.disk.cut(min(n.disk.size, c.size))
			left = without(left, c.size, math.MaxInt64)
		} else if c.forgot {
			left = append(left, change{at: c.at, data: c.data, size: n.now.size, forgot: true})
		}
	}
	n.disk.size = n.now.size
	return left
}

func (n *inode) saveSectors(at, to int64) {
	at, to = at/sectorBytes*sectorBytes, min(roundUp(to), n.disk.size, n.now.size)
	if at < to {
		b := make([]byte, to-at)
		n.now.read(b, at)
		n.disk.write(b, at)
	}
}

// without takes [at, to) out of what was written.
func without(log []change, at, to int64) (left []change) {
	for _, c := range log {
		if c.data == nil || c.end() <= at || to <= c.at {
			left = append(left, c)
			continue
		}
		before, after := c, c
		if c.at < at {
			before.data = c.data[:at-c.at]
			left = append(left, before)
		}
		if to < c.end() {
			after.at, after.data = to, c.data[to-c.at:]
			left = append(left, after)
		}
	}
	return left
}

func roundUp(n int64) int64 { return (n + sectorBytes - 1) / sectorBytes * sectorBytes }
