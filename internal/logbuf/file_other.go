//go:build !linux

package logbuf

import (
	"fmt"
	"runtime"
)

// CreateFile makes no mapped ring on this system; use NewHeap.
func CreateFile(path string, _ Geometry, _ Owner) (*Memory, error) {
	return nil, unsupported(path, "create")
}

// OpenFile opens no mapped ring on this system.
func OpenFile(path string) (*Memory, error) { return nil, unsupported(path, "open") }

// RemoveUnused finds none: nothing here makes one.
func RemoveUnused(string, [16]byte) error { return nil }

// Remove does nothing: the heap has no file.
func (m *Memory) Remove() error { return nil }

func (m *Memory) unmap() error {
	clear(m.all)
	return nil
}

// Close lets the memory go. It may be called twice.
func (m *Memory) Close() error {
	m.all = nil
	return nil
}

func unsupported(path, step string) error {
	return &FileError{Path: path, Step: step, Err: fmt.Errorf("%w on %s", ErrUnsupported, runtime.GOOS)}
}
