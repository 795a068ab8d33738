package session

import (
	"iter"
	"math/bits"
	"sync/atomic"

	"github.com/fixarchive/fixarchive/internal/record"
)

// bitmap is a set of handles that hooks change and the sink walks: 100,000 logs are 1,563 words to look at.
type bitmap []atomic.Uint64

func newBitmap(n int) *bitmap {
	b := make(bitmap, (n+63)/64)
	return &b
}

func (b *bitmap) set(h record.Handle)   { (*b)[h/64].Or(1 << (h % 64)) }
func (b *bitmap) clear(h record.Handle) { (*b)[h/64].And(^(uint64(1) << (h % 64))) }

// below is the members less than end. One that is added meanwhile may be missed until the next walk.
func (b *bitmap) below(end int) iter.Seq[record.Handle] {
	return func(yield func(record.Handle) bool) {
		for i := range (*b)[:(end+63)/64] {
			for w := (*b)[i].Load(); w != 0; w &= w - 1 {
				if !yield(record.Handle(i*64 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}
