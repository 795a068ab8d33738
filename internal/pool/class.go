package pool

import "sync"

// A Buffer is lent by Get and given back by Put. B may be resliced and written at will in between.
type Buffer struct {
	B []byte

	home *class // where Put brings it; nil: larger than every class
	lent lent
}

// class is the buffers of one size.
type class struct {
	free sync.Pool
	size int
}

// fresh is no sync.Pool.New, whose closure would cost every session an allocation of its own.
func (c *class) fresh() *Buffer { return &Buffer{B: make([]byte, c.size), home: c} }

func (c *class) put(b *Buffer) {
	if checked {
		b.lent.back(b.B[:c.size])
	}
	c.free.Put(b)
}
