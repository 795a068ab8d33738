package crashfs

import (
	"math"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// SetCapacity says how many bytes the disk has for the data of files, in blocks of 2 KiB; 0 ends the limit. A
// write that needs more blocks than are free writes what fits and fails with ENOSPC. Blocks that were written once
// can always be written again.
func (f *FS) SetCapacity(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocksMax = int(n / blockBytes)
	if n > 0 && f.blocksMax == 0 {
		f.blocksMax = -1 // full whatever happens
	}
}

// Used says how many bytes the data of files take.
func (f *FS) Used() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(f.blocks) * blockBytes
}

// SetOpenMax says how many files may be open at once, 0 for any number. One more fails with EMFILE.
func (f *FS) SetOpenMax(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlesMax = n
}

// OpenFiles says how many files are open.
func (f *FS) OpenFiles() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.handles
}

func (f *FS) exhausted() bool { return f.handlesMax > 0 && f.handles >= f.handlesMax }

// charge runs a change of a file and counts the blocks that it takes or gives.
func (f *FS) charge(n *inode, change func()) {
	f.blocks -= n.now.used
	change()
	f.blocks += n.now.used
	n.changed = f.clock()
}

// reap gives back the blocks of a file that has neither a name nor a handle any more.
func (f *FS) reap(n *inode) {
	if n.names == 0 && n.handles == 0 {
		f.blocks -= n.now.used
		n.now.used = 0
	}
}

// Space is what SetCapacity and Used say; a disk without a limit is a large one.
func (f *FS) Space(dir string) (s disk.Space, err error) {
	err = f.call("statfs", Op{Kind: Space, Path: dir}, func() error {
		_, err := f.existing(dir)
		used := int64(f.blocks) * blockBytes
		switch {
		case err != nil:
		case f.blocksMax == 0:
			s = disk.Space{Free: unlimited - used, Total: unlimited}
		default:
			s = disk.Space{Free: int64(f.free()) * blockBytes, Total: int64(max(f.blocksMax, f.blocks)) * blockBytes}
		}
		return err
	})
	return s, err
}

const unlimited = 1 << 50

// free is how many blocks the disk has left.
func (f *FS) free() int {
	if f.blocksMax == 0 {
		return math.MaxInt
	}
	return max(0, f.blocksMax-f.blocks)
}

// roomFor says how many bytes of a write there is room for.
func (f *FS) roomFor(n *inode, at int64, b []byte) int {
	free, end := f.free(), at+int64(len(b))
	if free >= len(b)/blockBytes+2 || n.now.missing(at, end) <= free {
		return len(b)
	}
	for to := at; ; to = min(end, to/blockBytes*blockBytes+blockBytes) {
		next := min(end, to/blockBytes*blockBytes+blockBytes)
		if n.now.missing(at, next) > free || to == end {
			return int(to - at)
		}
	}
}
