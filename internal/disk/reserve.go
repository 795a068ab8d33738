package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Reserve is a file that is nothing but room, to be given back when the disk is full: what must still be written then
// finds some. Its bytes mean nothing.
//
//	none ──Take, Restore──► making ──► held ──Release──► giving ──► none
//
// All methods may be called by any goroutine, at any time and as often as one likes.
type Reserve struct {
	fs   FS
	path string
	want int64

	state atomic.Int32
	bytes atomic.Int64 // that the file takes, while it is held
}

// reserveBytesMin is the least that is of any use: a checkpoint of a few hundred logs.
const reserveBytesMin = 64 << 10

const (
	reserveNone int32 = iota
	reserveMaking
	reserveHeld
	reserveGiving
)

// NewReserve returns a reserve of at most want bytes, and holds what an earlier one at path has left. It takes nothing
// by itself.
func NewReserve(fsys FS, path string, want int64) *Reserve {
	r := &Reserve{fs: fsys, path: path, want: want}
	if info, err := fsys.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		r.bytes.Store(info.Size())
		r.state.Store(reserveHeld)
	}
	return r
}

// Held is how many bytes there are to be given back.
func (r *Reserve) Held() int64 {
	if r.state.Load() != reserveHeld {
		return 0
	}
	return r.bytes.Load()
}

// Take allocates the reserve: what is wanted, or a hundredth of what is free where that is less, but never less than
// was held already. A disk that has room for none worth having is no error. A want of nothing gives back what is held.
func (r *Reserve) Take() error {
	if r.want <= 0 {
		return r.drop()
	}
	held := r.Held()
	size := min(r.want, max(held, r.fitting(held)))
	if held > size { // less is wanted than before
		if err := r.drop(); err != nil {
			return err
		}
	}
	return r.allocate(size)
}

// fitting is how much may be kept back of what would be free without the reserve.
func (r *Reserve) fitting(held int64) int64 {
	space, err := r.fs.Space(filepath.Dir(r.path))
	if errors.Is(err, errors.ErrUnsupported) {
		return r.want
	}
	size := min(r.want, (space.Free+held)/100)
	if err != nil || size < reserveBytesMin {
		return 0
	}
	return size
}

// Release gives back what is held, and reports whether that was anything. It costs one call of the file system, and
// only when something is held.
func (r *Reserve) Release() bool {
	if !r.state.CompareAndSwap(reserveHeld, reserveGiving) {
		return false
	}
	if err := r.fs.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.state.Store(reserveHeld)
		return false
	}
	r.state.Store(reserveNone)
	return true
}

// Restore takes the reserve again when none is held and the disk has twice as much free. That it cannot be had yet is
// no error.
func (r *Reserve) Restore() {
	if r.want <= 0 || r.state.Load() != reserveNone {
		return
	}
	size := r.bytes.Load()
	if size == 0 {
		size = r.fitting(0)
	}
	space, err := r.fs.Space(filepath.Dir(r.path))
	if err != nil || space.Free/2 < size {
		return
	}
	_ = r.allocate(size)
}

// allocate makes the file, or makes it longer. It is also called for one that is long enough: a power cut may have
// left its length without its blocks.
func (r *Reserve) allocate(size int64) error {
	if size == 0 || !r.state.CompareAndSwap(reserveNone, reserveMaking) && !r.state.CompareAndSwap(reserveHeld, reserveMaking) {
		return nil
	}
	if err := r.make(size); err != nil {
		_ = r.fs.Remove(r.path) // part of a reserve is better free
		r.state.Store(reserveNone)
		return err
	}
	r.bytes.Store(size)
	r.state.Store(reserveHeld)
	return nil
}

func (r *Reserve) make(size int64) error {
	f, err := r.fs.OpenFile(r.path, os.O_CREATE)
	if err != nil {
		return err
	}
	return errors.Join(f.Allocate(size), f.Close())
}

func (r *Reserve) drop() error {
	if r.Held() > 0 && !r.Release() {
		return &fs.PathError{Op: "remove", Path: r.path, Err: errors.New("the reserve cannot be removed")}
	}
	return nil
}
