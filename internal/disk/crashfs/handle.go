package crashfs

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// fileBytesMax keeps a stray offset from taking all memory for an empty table.
const fileBytesMax = 16 << 30

var errNegative = errors.New("negative offset")

type handle struct {
	fs       *FS
	name     string
	node     *inode
	writable bool
	closed   bool
}

func (f *FS) open(name string, node *inode, writable bool) (*handle, error) {
	if f.exhausted() {
		return nil, syscall.EMFILE
	}
	f.handles++
	node.handles++
	return &handle{fs: f, name: name, node: node, writable: writable}, nil
}

func (f *FS) release(h *handle) {
	h.closed = true
	f.handles--
	h.node.handles--
	f.reap(h.node)
}

func (h *handle) Name() string { return h.name }

// call runs one operation on the file and dresses its error.
func (h *handle) call(verb string, op Op, run func() error) error {
	op.Path = h.name
	return h.fs.call(verb, op, func() error {
		if h.closed {
			return fs.ErrClosed
		}
		return run()
	})
}

func (h *handle) ReadAt(b []byte, at int64) (n int, err error) {
	var end error
	err = h.call("read", Op{Kind: Read, Offset: at, Length: int64(len(b))}, func() error {
		switch {
		case at < 0:
			return errNegative
		case h.node.isDir():
			return syscall.EISDIR
		}
		n = int(max(0, min(int64(len(b)), h.node.now.size-at)))
		h.node.now.read(b[:n], at)
		if n < len(b) {
			end = io.EOF
		}
		return nil
	})
	if err == nil {
		err = end
	}
	return n, err
}

func (h *handle) WriteAt(b []byte, at int64) (n int, err error) {
	err = h.fs.do(func() error {
		if h.fs.dead {
			return ErrCrashed
		}
		n, err = h.write(b, at)
		h.fs.ops[len(h.fs.ops)-1].Err = err
		return err
	})
	return n, wrap("write", h.name, err)
}

// write is one step that can happen by half: cut by a crash, a fault, or the end of the disk.
func (h *handle) write(b []byte, at int64) (n int, err error) {
	f := h.fs
	partly, err := f.admit(Op{Kind: Write, Path: h.name, Offset: at, Length: int64(len(b))})
	switch refused := h.refuses(at, int64(len(b))); {
	case f.dead && refused == nil && len(b) > 0:
		f.underway = &underway{h.node, at, append([]byte(nil), b...)}
		return 0, err
	case err == nil && refused != nil:
		return 0, refused
	case err == nil:
		partly = len(b)
	case refused != nil:
		return 0, err
	}
	room := f.roomFor(h.node, at, b[:partly])
	if room < partly {
		partly, err = room, syscall.ENOSPC
	}
	if partly > 0 {
		f.charge(h.node, func() { h.node.write(b[:partly], at) })
	}
	return partly, err
}

// refuses says why a write cannot be, whatever the disk.
func (h *handle) refuses(at, n int64) error {
	switch {
	case h.closed:
		return fs.ErrClosed
	case at < 0:
		return errNegative
	case !h.writable:
		return syscall.EBADF
	case at+n > fileBytesMax:
		return syscall.EFBIG
	}
	return nil
}

func (h *handle) Truncate(size int64) error {
	return h.call("truncate", Op{Kind: Truncate, Offset: size}, func() error {
		if size < 0 || !h.writable {
			return syscall.EINVAL
		}
		return h.fs.truncate(h.node, size)
	})
}

func (f *FS) truncate(n *inode, size int64) error {
	if size > fileBytesMax {
		return syscall.EFBIG
	}
	f.charge(n, func() { n.truncate(size) })
	return nil
}

// Allocate takes blocks for all of the file up to size. One that finds too few takes none.
func (h *handle) Allocate(size int64) error {
	return h.call("allocate", Op{Kind: Allocate, Length: size}, func() error {
		switch {
		case size <= 0:
			return syscall.EINVAL
		case !h.writable:
			return syscall.EBADF
		case size > fileBytesMax:
			return syscall.EFBIG
		case h.node.now.missing(0, size) > h.fs.free():
			return syscall.ENOSPC
		}
		h.fs.charge(h.node, func() { h.node.allocate(size) })
		return nil
	})
}

func (h *handle) Size() (size int64, err error) {
	err = h.call("stat", Op{Kind: Size}, func() error {
		size = h.node.now.size
		return nil
	})
	return size, err
}

func (h *handle) Sync() error {
	op := Op{Kind: Sync, Path: h.name}
	return wrap("sync", h.name, h.fs.do(func() error {
		if h.closed {
			return h.fs.step(op, func() error { return fs.ErrClosed })
		}
		err := h.fs.step(op, h.node.syncAll(h.fs))
		if err != nil && !h.fs.dead {
			h.node.forget()
			h.fs.failed++
		}
		return err
	}))
}

// syncAll is Sync of a file, or of a directory that was opened like one.
func (n *inode) syncAll(f *FS) func() error {
	return func() error {
		if n.isDir() {
			f.syncNames(n)
		} else {
			n.sync()
		}
		return nil
	}
}

// Close gives the descriptor back, also when it reports an error.
func (h *handle) Close() error {
	return wrap("close", h.name, h.fs.do(func() error {
		var err error
		if h.closed {
			err = fs.ErrClosed
		} else {
			h.fs.release(h)
		}
		return h.fs.step(Op{Kind: Close, Path: h.name}, func() error { return err })
	}))
}

func (h *handle) Linked() (linked bool, err error) {
	err = h.call("stat", Op{Kind: Stat}, func() error {
		at, err := h.fs.existing(h.name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		linked = err == nil && at.node == h.node
		return err
	})
	return linked, err
}
