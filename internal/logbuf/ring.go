package logbuf

import (
	"sync/atomic"
	"unsafe"
)

// view is how both ends see the memory. It never changes, so its cache lines are everyone's.
type view struct {
	memory *Memory
	ctl    *control
	base   unsafe.Pointer // of buf: the ring's first byte, on a cache line
	buf    []byte
	size   uint64
	max    int // payload bytes of the largest record
}

func newView(m *Memory) view {
	buf := m.ring()
	return view{
		memory: m,
		ctl:    m.control(),
		base:   unsafe.Pointer(unsafe.SliceData(buf)),
		buf:    buf,
		size:   uint64(len(buf)),
		max:    len(buf)/8 - headerBytes,
	}
}

func (v *view) offset(pos uint64) uint64 { return pos & (v.size - 1) }

// word is the header word at pos, which is a multiple of 8, as are base and size: it lies within the ring.
func (v *view) word(pos uint64) *atomic.Int64 {
	return (*atomic.Int64)(unsafe.Add(v.base, v.offset(pos)))
}

// payload is sliced, not cast: a length that cannot be right stops here instead of reading beyond the ring.
func (v *view) payload(pos uint64, n int) []byte {
	at := v.offset(pos) + headerBytes
	return v.buf[at : at+uint64(n) : at+uint64(n)]
}

// place says where a record of need bytes starts and ends when tail is the first free byte.
func (v *view) place(tail, need uint64) (start, end uint64) {
	if left := v.size - v.offset(tail); left < need {
		tail += left
	}
	return tail, tail + need
}

// zero clears the stretch from one position to a later one, at most a ring apart.
func (v *view) zero(from, to uint64) {
	a, n := v.offset(from), to-from
	if first := v.size - a; n > first {
		clear(v.buf[a:])
		a, n = 0, n-first
	}
	clear(v.buf[a : a+n])
}

func (v *view) sizeError(n int) error {
	if n <= 0 {
		return ErrEmpty
	}
	return ErrTooLarge
}

// Cap is the ring's size in bytes.
func (v *view) Cap() int { return int(v.size) }

// MaxRecord is the payload of the largest record: with its header it takes an eighth of the ring.
func (v *view) MaxRecord() int { return v.max }

// Used is how many bytes are claimed and not yet released, headers and padding included. Any goroutine may ask.
// While others put and release it is a moment's truth; zero means that the ring was empty at one. A ring whose memory is
// gone is full.
func (v *view) Used() int {
	used := v.Cap()
	v.Guard(func() { used = v.Claimed() })
	return used
}

// Claimed is Used, for those who have a guard of their own.
func (v *view) Claimed() int {
	head := v.ctl.head.Load() // before tail, so that the difference is never negative
	return int(min(v.ctl.tail.Load()-head, v.size))
}

// Tail is where the next claim will start, and 0 when the ring's memory is gone. Any goroutine may ask.
func (v *view) Tail() (tail Position) {
	v.Guard(func() { tail = Position(v.ctl.tail.Load()) })
	return tail
}

// Taken is where a recovery would start. Any goroutine may ask.
func (v *view) Taken() Position { return Position(v.ctl.taken.Load()) }

// Head is the oldest byte that producers may not write yet. Any goroutine may ask.
func (v *view) Head() Position { return Position(v.ctl.head.Load()) }
