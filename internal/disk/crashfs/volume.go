package crashfs

import (
	"io/fs"
	"slices"
	"syscall"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// volume syncs everything at once. Like syncfs it also tells of a file's failed sync, once to each volume that was
// open then.
type volume struct {
	fs     *FS
	dir    string
	told   int // of the failed syncs
	closed bool
}

func (f *FS) Volume(dir string) (disk.Volume, error) {
	v := &volume{fs: f, dir: dir}
	err := f.call("open", Op{Kind: OpenVolume, Path: dir}, func() error {
		_, err := f.existing(dir)
		switch {
		case err != nil:
			return err
		case f.exhausted():
			return syscall.EMFILE
		}
		f.handles++
		v.told = f.failed
		return nil
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (v *volume) Sync() error {
	f, op := v.fs, Op{Kind: SyncVolume, Path: v.dir}
	return wrap("syncfs", v.dir, f.do(func() error {
		if v.closed {
			return f.step(op, func() error { return fs.ErrClosed })
		}
		done := false
		err := f.step(op, func() error {
			done = true
			f.syncAll((*inode).sync)
			return v.news()
		})
		if !done && !f.dead {
			f.walk((*inode).forget)
			f.failed++
			v.told = f.failed
		}
		return err
	}))
}

// news is the error of a sync that failed since the volume was opened or last synced.
func (v *volume) news() error {
	if v.told == v.fs.failed {
		return nil
	}
	v.told = v.fs.failed
	return syscall.EIO
}

func (v *volume) Close() error {
	return wrap("close", v.dir, v.fs.do(func() error {
		var err error
		if v.closed {
			err = fs.ErrClosed
		} else {
			v.closed = true
			v.fs.handles--
		}
		return v.fs.step(Op{Kind: Close, Path: v.dir}, func() error { return err })
	}))
}

// syncAll makes all names safe, and each file as sync does.
func (f *FS) syncAll(sync func(*inode)) {
	f.pending = nil
	f.walk(func(n *inode) {
		if n.isDir() {
			n.safe = slices.Clone(n.entries)
		} else {
			sync(n)
		}
	})
}

// walk visits everything that has a name.
func (f *FS) walk(visit func(*inode)) { f.root.walk(visit) }

func (n *inode) walk(visit func(*inode)) {
	visit(n)
	for _, e := range n.entries {
		e.node.walk(visit)
	}
}
