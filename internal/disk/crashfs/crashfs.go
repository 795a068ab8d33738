// Package crashfs is a file system in memory that loses at a crash what a real one may lose, and fails when told to.
//
//	          read and written here          what a power cut leaves
//	file      now   bytes, size        ─┐    disk  bytes, size, as last synced
//	          log   writes, sizes since └──► and of each sector that was written since: the old, the new,
//	                                         one between, a prefix of the new, zeros, or garbage
//	names     entries                  ─┐    safe  as last synced
//	          pending, in chains        └──► and of each chain, the first few
//
// What it promises: bytes are safe after the Sync of their file and names after the SyncDir of their directory,
// and nothing is safe before. Sizes are a matter of their own: a file may be long without its data, which are then
// zeros, or short with them. A rename is one stroke, also over another name: the name leads to the old or to the
// new, and a file that had a safe name never loses both. One from directory to directory is safe after the SyncDir
// of the new one; that of the old one leaves it open. A directory that its parent was not synced for may vanish with
// all below it. A failed Sync forgets, see Fault.
//
// Crash and Image give what a power cut leaves, a whole file system again, chosen by a seed out of all that is
// allowed; Kill gives what the end of the process leaves. CrashAfter ends the process at a step. The same
// operations and seed give the same image.
//
// Any goroutine may call anything. Paths are cut at the separator of the platform; relative ones begin at the root.
// There are no links, no permissions and no locks, and modification times are made up: later is later.
package crashfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

var _ disk.FS = (*FS)(nil)

// FS is a disk with its file system, and the process that uses it. Make it with New, or by a crash of another.
type FS struct {
	mu      sync.Mutex
	root    *inode
	pending []renaming
	numbers uint64 // inodes made
	failed  int    // syncs that lost something
	story   string

	// The process.
	dead     bool
	underway *underway
	cut      int // the step that kills; -1: none
	steps    int
	ops      []Op
	watch    func(Op)
	faults   []*Injection

	// The room.
	blocks     int
	blocksMax  int // 0: no limit
	handles    int
	handlesMax int // 0: no limit
}

// New makes an empty disk with a root directory.
func New() *FS {
	f := &FS{cut: -1, story: "new"}
	f.root = f.newInode(fs.ModeDir | disk.DefaultDirMode)
	return f
}

func (f *FS) newInode(mode fs.FileMode) *inode {
	f.numbers++
	return &inode{number: f.numbers, mode: mode, changed: f.clock()}
}

var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (f *FS) clock() time.Time { return epoch.Add(time.Duration(len(f.ops)) * time.Millisecond) }

// call runs one operation and dresses its error.
func (f *FS) call(verb string, op Op, run func() error) error {
	return wrap(verb, op.Path, f.do(func() error { return f.step(op, run) }))
}

func wrap(verb, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: verb, Path: path, Err: err}
}

func (f *FS) Open(name string) (disk.File, error) {
	var h *handle
	err := f.call("open", Op{Kind: OpenRead, Path: name}, func() (err error) {
		at, err := f.existing(name)
		if err == nil {
			h, err = f.open(name, at.node, false)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (f *FS) OpenFile(name string, flag int) (disk.File, error) {
	var h *handle
	err := f.do(func() (err error) {
		h, err = f.openFile(name, flag)
		return err
	})
	if err != nil {
		return nil, wrap("open", name, err)
	}
	return h, nil
}

func (f *FS) openFile(name string, flag int) (h *handle, err error) {
	at, missing := f.find(name)
	if missing == nil && at.node == nil && flag&os.O_CREATE != 0 {
		err = f.step(Op{Kind: Create, Path: name}, func() error {
			h, err = f.create(name, at.place)
			return err
		})
		return h, err
	}
	err = f.step(Op{Kind: OpenWrite, Path: name}, func() error {
		switch {
		case missing != nil:
			return missing
		case at.node == nil:
			return syscall.ENOENT
		case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
			return syscall.EEXIST
		case at.node.isDir():
			return syscall.EISDIR
		}
		h, err = f.open(name, at.node, true)
		return err
	})
	if err == nil && flag&os.O_TRUNC != 0 && at.node.now.size > 0 {
		if err = f.step(Op{Kind: Truncate, Path: name}, func() error { return f.truncate(at.node, 0) }); err != nil {
			f.release(h)
		}
	}
	return h, err
}

func (f *FS) create(name string, at place) (*handle, error) {
	h, err := f.open(name, f.newInode(disk.DefaultFileMode), true)
	if err == nil {
		f.perform(renaming{place: at, node: h.node})
	}
	return h, err
}

func (f *FS) MkdirAll(dir string) error {
	return f.do(func() error {
		names, path := split(dir), ""
		for i, name := range names {
			if i > 0 || os.IsPathSeparator(dir[0]) {
				path += string(filepath.Separator)
			}
			path += name
			if err := f.mkdir(path, i == len(names)-1); err != nil {
				return wrap("mkdir", path, err)
			}
		}
		return nil
	})
}

// mkdir makes a directory. That one is there already is only worth a look when it is the last of the path.
func (f *FS) mkdir(path string, last bool) error {
	at, err := f.find(path)
	if err == nil && at.node == nil {
		return f.step(Op{Kind: Mkdir, Path: path}, func() error {
			f.perform(renaming{place: at.place, node: f.newInode(fs.ModeDir | disk.DefaultDirMode)})
			return nil
		})
	}
	if err == nil && !at.node.isDir() {
		err = syscall.ENOTDIR
	}
	if err == nil && !last {
		return nil
	}
	return f.step(Op{Kind: Stat, Path: path}, func() error { return err })
}

func (f *FS) ReadDir(dir string) (names []string, err error) {
	err = f.call("open", Op{Kind: ReadDir, Path: dir}, func() error {
		at, err := f.existing(dir)
		switch {
		case err != nil:
			return err
		case !at.node.isDir():
			return syscall.ENOTDIR
		case f.exhausted():
			return syscall.EMFILE
		}
		names = make([]string, 0, len(at.node.entries))
		for _, e := range at.node.entries {
			names = append(names, e.name)
		}
		return nil
	})
	return names, err
}

func (f *FS) Stat(name string) (info fs.FileInfo, err error) {
	err = f.call("stat", Op{Kind: Stat, Path: name}, func() error {
		at, err := f.existing(name)
		if err == nil {
			info = at.node.info(filepath.Base(name))
		}
		return err
	})
	return info, err
}

func (f *FS) Rename(oldname, newname string) error {
	err := f.do(func() error {
		return f.step(Op{Kind: Rename, Path: oldname, To: newname}, func() error { return f.rename(oldname, newname) })
	})
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: err}
	}
	return nil
}

func (f *FS) rename(oldname, newname string) error {
	from, err := f.find(oldname)
	if err != nil {
		return err
	}
	to, err := f.find(newname)
	switch {
	case err != nil:
		return err
	case from.node == nil:
		return syscall.ENOENT
	case from.dir == nil || to.dir == nil:
		return syscall.EBUSY
	case to.node != nil && to.node.isDir():
		return syscall.EEXIST // what os.Rename makes of it
	case from.node == to.node:
		return nil
	case from.node.isDir() && to.below(from.place):
		return syscall.EINVAL
	case to.node != nil && from.node.isDir():
		return syscall.ENOTDIR
	}
	r := renaming{place: to.place, node: from.node, from: from.place}
	if from.dir != to.dir {
		// Else it could end up in a directory that never was, or two directories inside each other.
		r.ties = to.way
	}
	f.perform(r)
	return nil
}

// below says whether a directory lies on the way.
func (at *found) below(dir place) bool { return slices.Contains(at.way, dir) }

func (f *FS) Remove(name string) error {
	return f.call("remove", Op{Kind: Remove, Path: name}, func() error {
		at, err := f.existing(name)
		switch {
		case err != nil:
			return err
		case at.dir == nil:
			return syscall.EBUSY
		case len(at.node.entries) > 0:
			return syscall.ENOTEMPTY
		}
		f.perform(renaming{place: at.place, ties: f.changedIn(at.node)})
		return nil
	})
}

// changedIn lists the names in a directory whose changes are pending: it must not go while one of them comes back.
func (f *FS) changedIn(dir *inode) (names []place) {
	if !dir.isDir() {
		return nil
	}
	for i := range f.pending {
		f.pending[i].touches(func(p place) {
			if p.dir == dir {
				names = append(names, p)
			}
		})
	}
	return names
}

func (f *FS) SyncDir(dir string) error {
	return f.call("sync", Op{Kind: SyncDir, Path: dir}, func() error {
		at, err := f.existing(dir)
		switch {
		case err != nil:
			return err
		case f.exhausted():
			return syscall.EMFILE
		case at.node.isDir():
			f.syncNames(at.node)
		default:
			at.node.sync()
		}
		return nil
	})
}
