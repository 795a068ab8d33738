//go:build race || invariant

package pool

import (
	"fmt"
	"sync/atomic"
)

const (
	checked = true
	poison  = 0xCC
)

// lent knows whether its buffer lies in the pool, and that nobody touched it there. The zero value is
// a buffer that is out: it begins its life in the hands of the borrower.
type lent struct{ inPool atomic.Bool }

// out is called on a buffer that leaves the pool, with all of its memory.
func (l *lent) out(mem []byte) {
	if !l.inPool.CompareAndSwap(true, false) {
		panic("pool: lent a buffer that is already out")
	}
	for i, c := range mem {
		if c != poison {
			panic(fmt.Sprintf("pool: byte %d of %d was written after Put: %#02x", i, len(mem), c))
		}
	}
}

// back is called on a buffer that enters the pool.
func (l *lent) back(mem []byte) {
	if !l.inPool.CompareAndSwap(false, true) {
		panic("pool: Put of a buffer that was put before")
	}
	for i := range mem {
		mem[i] = poison
	}
}
