package crashfs

import (
	"fmt"
	"math"
	"slices"
)

// underway is a write that the end of the process cuts.
type underway struct {
	node *inode
	at   int64
	data []byte
}

func (u *underway) change() change {
	c := change{at: u.at, data: u.data, size: max(u.node.now.size, u.at+int64(len(u.data)))}
	c.sized = c.size != u.node.now.size
	return c
}

// CrashAfter lets n more mutating operations happen and kills the process at the next, which fails with ErrCrashed
// like everything after it. If that is a write, some of it may happen. Crash or Kill then give what is left.
func (f *FS) CrashAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = f.steps + n
}

// Crashed says whether the process is dead.
func (f *FS) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// String tells how the file system came to be: its crashes, with their steps and seeds.
func (f *FS) String() string { return f.story }

// Crash cuts the power. It ends the process, if that lives, and returns the disk as one of those that may be left;
// all in it is safe. A dead file system may be crashed again, with other seeds.
func (f *FS) Crash(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	return f.image(seed)
}

// Image is Crash without the crash: f lives on.
func (f *FS) Image(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.image(seed)
}

// Kill ends the process and returns the file system as the next process finds it: with all that was written, some
// or nothing of the write that CrashAfter cut, and as little of it safe as before. The seed concerns that write.
func (f *FS) Kill(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	g, copies := f.clone(fmt.Sprintf("kill after %d, seed %d", f.steps, seed))
	if u := f.underway; u != nil && copies[u.node] != nil {
		part := drawExtent(seed, forUnderway).upTo(len(u.data), toss(seed, forPart))
		part = g.roomFor(copies[u.node], u.at, u.data[:part])
		g.charge(copies[u.node], func() {
			if part > 0 {
				copies[u.node].write(u.data[:part], u.at)
			}
		})
	}
	return g
}

// Clone is a second file system with the same files, and as much of them safe. No file is open in it.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	g, _ := f.clone(fmt.Sprintf("clone after %d", f.steps))
	return g
}

// SyncAll makes everything safe, as a base to begin from. It is no operation, and no fault touches it.
func (f *FS) SyncAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncAll(func(n *inode) { n.disk, n.log = n.now.share(), nil })
}

// next is a file system on the same disk.
func (f *FS) next(event string) *FS {
	return &FS{
		numbers: f.numbers, story: f.story + "; " + event,
		cut: -1, blocksMax: f.blocksMax, handlesMax: f.handlesMax,
	}
}

func (f *FS) image(seed uint64) *FS {
	g := f.next(fmt.Sprintf("crash after %d, seed %d", f.steps, seed))
	g.root = f.remains(f.root, f.namesLeft(seed), seed, g)
	return g
}

// namesLeft decides which changes of names have reached the disk. It lists the directories that have another
// content than their safe one.
func (f *FS) namesLeft(seed uint64) map[*inode][]entry {
	if len(f.pending) == 0 {
		return nil
	}
	much := drawExtent(seed, forNames)
	chain := chains(f.pending)
	left := make([]int, len(chain)) // by the number of a chain: its length, then what is left of it
	for _, c := range chain {
		left[c]++
	}
	for c, n := range left {
		left[c] = much.upTo(n, toss(toss(seed, forNames), uint64(c)))
	}
	dirs := map[*inode][]entry{}
	change := func(p place, node *inode) {
		entries, changed := dirs[p.dir]
		if !changed {
			entries = slices.Clone(p.dir.safe)
		}
		dirs[p.dir] = set(entries, p.name, node)
	}
	for i, r := range f.pending {
		if left[chain[i]] == 0 {
			continue
		}
		left[chain[i]]--
		if r.from.dir != nil {
			change(r.from, nil)
		}
		change(r.place, r.node)
	}
	return dirs
}

// remains is what is left of an inode, and of what lies below it.
func (f *FS) remains(n *inode, dirs map[*inode][]entry, seed uint64, g *FS) *inode {
	m := &inode{number: n.number, mode: n.mode, changed: n.changed, names: 1}
	if !n.isDir() {
		m.disk = f.contentLeft(n, seed)
		m.now = m.disk.share()
		g.blocks += m.now.used
		return m
	}
	entries, changed := dirs[n]
	if !changed {
		entries = n.safe
	}
	m.entries = make([]entry, len(entries))
	for i, e := range entries {
		m.entries[i] = entry{e.name, f.remains(e.node, dirs, seed, g)}
	}
	m.safe = slices.Clone(m.entries)
	return m
}

// contentLeft replays onto the safe bytes what the fate of the file lets through. A cut that has not happened keeps
// what it would have cut: the place was not free for later writes.
func (f *FS) contentLeft(n *inode, seed uint64) content {
	disk, log := n.disk.share(), n.log
	if f.underway != nil && f.underway.node == n {
		log = append(slices.Clone(log), f.underway.change())
	}
	if len(log) == 0 {
		return disk
	}
	fate, before, barrier := f.fateOf(n, log, seed), disk.size, int64(math.MaxInt64)
	for i, c := range log {
		switch {
		case c.data != nil:
			fate.apply(&disk, i, c, barrier)
		case i < fate.sizes:
			disk.cut(c.size)
		default:
			barrier = min(barrier, c.size)
		}
	}
	disk.cut(fate.size(log, before))
	return disk
}

// clone copies everything, and says what became of each inode.
func (f *FS) clone(event string) (*FS, map[*inode]*inode) {
	g, copies := f.next(event), map[*inode]*inode{}
	g.root = copyOf(f.root, copies)
	g.pending = slices.Clone(f.pending)
	for i := range g.pending {
		g.pending[i].copyWith(copies)
	}
	g.walk(func(n *inode) { g.blocks += n.now.used })
	return g, copies
}

func copyOf(n *inode, copies map[*inode]*inode) *inode {
	if n == nil || copies[n] != nil {
		return copies[n]
	}
	m := &inode{number: n.number, mode: n.mode, changed: n.changed, names: n.names}
	copies[n] = m
	m.now, m.disk, m.log = n.now.share(), n.disk.share(), slices.Clone(n.log)
	m.entries, m.safe = copyEntries(n.entries, copies), copyEntries(n.safe, copies)
	return m
}

func copyEntries(entries []entry, copies map[*inode]*inode) []entry {
	twins := make([]entry, len(entries))
	for i, e := range entries {
		twins[i] = entry{e.name, copyOf(e.node, copies)}
	}
	return twins
}

func (r *renaming) copyWith(copies map[*inode]*inode) {
	r.dir, r.node, r.from.dir = copyOf(r.dir, copies), copyOf(r.node, copies), copyOf(r.from.dir, copies)
	r.ties = slices.Clone(r.ties)
	for i := range r.ties {
		r.ties[i].dir = copyOf(r.ties[i].dir, copies)
	}
}
