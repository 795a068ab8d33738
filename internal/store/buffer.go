package store

import (
	"math/bits"
	"sync"

	"github.com/fixarchive/fixarchive/internal/record"
)

// buffer is what a log holds between Add and Flush, and gives back after it, so that an idle log holds none:
//
//	data  │ extents handed out by Commit │ finished blocks │ open block …
//	      0                            handed            open          len
type buffer struct {
	data   []byte
	handed int // everything before it was handed out
	open   int // where the open block begins; -1: there is none

	block summary // of the open block
	cuts  []cut   // segments that begin in data, in order

	next      place        // of what Commit hands out next
	committed record.State // after what was handed out
	flushed   record.State // after what lies before data
}

// cut is where a segment's header begins in a buffer.
type cut struct {
	at      int
	segment uint32
}

// place is a place in a log: the end of a segment, or of what was written so far.
type place struct {
	segment uint32
	offset  int64
}

// Buffers come in sizes of 1 KiB to 2 MiB. A log starts with the size that it needed last time: 10,000 logs
// that commit a record each hold 10 MiB, and a log that fills blocks does not copy them while it grows.
const (
	smallestShift = 10
	sizes         = 12
)

type buffers [sizes]sync.Pool

// get returns a buffer of a size class, empty.
func (b *buffers) get(class uint8) *buffer {
	if v := b[class].Get(); v != nil {
		return v.(*buffer)
	}
	return &buffer{data: make([]byte, 0, 1<<(smallestShift+class)), open: -1}
}

// put takes a buffer back. One that outgrew all classes is let go of.
func (b *buffers) put(old *buffer) {
	class := classOf(cap(old.data))
	if cap(old.data) != 1<<(smallestShift+class) {
		return
	}
	*old = buffer{data: old.data[:0], cuts: old.cuts[:0], open: -1}
	b[class].Put(old)
}

// grow returns a buffer with what is in old and room for n bytes more.
func (b *buffers) grow(old *buffer, n int) *buffer {
	need := len(old.data) + n
	class := classOf(need)
	if need > 1<<(smallestShift+class) {
		old.data = append(make([]byte, 0, need+need/4), old.data...)
		return old
	}
	bigger := b.get(class)
	data, cuts := append(bigger.data, old.data...), append(bigger.cuts, old.cuts...)
	*bigger = *old
	bigger.data, bigger.cuts = data, cuts
	b.put(old)
	return bigger
}

// classOf is the smallest class that has n bytes, or the largest.
func classOf(n int) uint8 {
	return uint8(min(max(bits.Len(uint(max(n, 1)-1)), smallestShift)-smallestShift, sizes-1))
}
