package logbuf

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"unsafe"
)

// Left is what lies in the file of a ring whose process is gone, as far as its first page tells.
type Left struct {
	Owner    Owner
	Geometry Geometry
	Taken    Position // where a recovery starts
	Tail     Position // and where it ends
}

// Bytes is how much of the ring a recovery looks at, with headers, padding and what was claimed and never committed.
func (l *Left) Bytes() int64 { return int64(l.Tail - l.Taken) }

// Peek says what lies in the ring at path. It reads one page and neither locks, maps nor writes anything, so that
// it may be called by whoever is allowed to read the file, on any system, and beside a process that uses the ring:
// then it tells of a moment.
//
// What cannot be right is an error as OpenFile has it; what was read before it was met is returned with it. A ring that is
// gone is os.ErrNotExist.
func Peek(path string) (Left, error) {
	l, err := peek(path)
	if err != nil {
		err = &FileError{Path: path, Step: "peek", Err: err}
	}
	return l, err
}

func peek(path string) (l Left, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return l, err
	}
	if !info.Mode().IsRegular() { // asked before it is opened: a FIFO in this place must not hold us up
		return l, fmt.Errorf("%w: mode %v is no regular file", ErrNotRing, info.Mode())
	}
	f, err := os.Open(path)
	if err != nil {
		return l, err
	}
	defer f.Close()
	page := make([]byte, headerPageBytes)
	n, err := f.ReadAt(page, 0)
	if err != nil && err != io.EOF {
		return l, err
	}
	if info, err = f.Stat(); err != nil {
		return l, err
	}
	return parseLeft(page[:n], info.Size())
}

// Where the positions lie in the page.
const (
	tailAt  = controlOffset + int(unsafe.Offsetof(control{}.tail))
	headAt  = controlOffset + int(unsafe.Offsetof(control{}.head))
	takenAt = controlOffset + int(unsafe.Offsetof(control{}.taken))
)

// parseLeft reads the first page of a ring's file of size bytes.
func parseLeft(page []byte, size int64) (l Left, err error) {
	if size == 0 {
		return l, ErrUnfinished
	}
	if l.Geometry, l.Owner, err = parseIdentity(page); err != nil {
		return l, err
	}
	if len(page) < headerPageBytes {
		return l, fmt.Errorf("%w: it ends after %d bytes", ErrDamaged, len(page))
	}
	at := func(offset int) uint64 { return binary.NativeEndian.Uint64(page[offset:]) }
	head, taken, tail := at(headAt), at(takenAt), at(tailAt)
	if err := checkPositions(head, taken, tail, uint64(l.Geometry.RingBytes)); err != nil {
		return l, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	l.Taken, l.Tail = Position(taken), Position(tail)
	if want := int64(l.Geometry.totalBytes()); size != want {
		return l, fmt.Errorf("%w: file of %d bytes, its header promises %d", ErrDamaged, size, want)
	}
	return l, nil
}
