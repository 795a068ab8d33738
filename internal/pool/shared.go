package pool

import "sync/atomic"

// The sizes that the sessions of an archive share. A factor of four wastes three quarters at worst,
// for a moment, and keeps the classes few. What exceeds the last one is too rare to be kept.
var classSizes = [...]int{4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}

// Shared is the larger buffers of an archive, used by the Pools of all its sessions.
type Shared struct {
	classes [len(classSizes)]class

	oversize atomic.Uint64 // Gets larger than the last class
	letGo    atomic.Uint64 // Puts of a buffer whose array was no longer the pool's
}

// NewShared returns the shared classes, empty: nothing is allocated before it is asked for.
func NewShared() *Shared {
	s := new(Shared)
	for i, size := range classSizes {
		s.classes[i].size = size
	}
	return s
}

// Oversize counts the buffers that were larger than every class and so were allocated and let go.
func (s *Shared) Oversize() uint64 { return s.oversize.Load() }

// LetGo counts the buffers that came back with another array than they were lent with.
func (s *Shared) LetGo() uint64 { return s.letGo.Load() }

// class returns the smallest class of buffers with n bytes, or nil.
func (s *Shared) class(n int) *class {
	for i := range s.classes {
		if c := &s.classes[i]; n <= c.size {
			return c
		}
	}
	return nil
}

func (s *Shared) oversized(n int) *Buffer {
	s.oversize.Add(1)
	return &Buffer{B: make([]byte, n)}
}
