package crashfs

import (
	"math"
	"sync/atomic"
)

const (
	sectorBytes = 512
	blockBytes  = 2048 // unit of space and of sharing
)

var _ = [1]struct{}{}[blockBytes%sectorBytes]

// content is the bytes of a file: blocks that several contents share until one of them writes. What no block
// covers is zero, and so is the rest of the last block behind size.
type content struct {
	blocks []block
	size   int64
	owner  uint64 // blocks of another owner are copied before they are written
	own    bool   // whether the slice of blocks is ours alone
	used   int    // how many blocks are there
}

type block struct {
	b     *[blockBytes]byte // nil: zeros
	owner uint64
}

var owners atomic.Uint64

// share gives a second content of the same bytes. From now on both copy what they write.
func (c *content) share() content {
	c.owner, c.own = owners.Add(1), false
	twin := *c
	twin.owner = owners.Add(1)
	return twin
}

func (c *content) read(b []byte, at int64) {
	for len(b) > 0 {
		i, in := int(at/blockBytes), int(at%blockBytes)
		n := min(len(b), blockBytes-in)
		if i < len(c.blocks) && c.blocks[i].b != nil {
			copy(b[:n], c.blocks[i].b[in:])
		} else {
			clear(b[:n])
		}
		b, at = b[n:], at+int64(n)
	}
}

func (c *content) write(b []byte, at int64) {
	if len(b) == 0 {
		return
	}
	c.size = max(c.size, at+int64(len(b)))
	for len(b) > 0 {
		i, in := int(at/blockBytes), int(at%blockBytes)
		n := copy(c.writable(i)[in:], b)
		b, at = b[n:], at+int64(n)
	}
}

// writable is block i, made and ours.
func (c *content) writable(i int) *[blockBytes]byte {
	c.reach(i + 1)
	p := &c.blocks[i]
	switch {
	case p.b == nil:
		p.b = new([blockBytes]byte)
		c.used++
	case p.owner != c.owner:
		twin := *p.b
		p.b = &twin
	}
	p.owner = c.owner
	return p.b
}

// reach makes the slice of blocks ours and at least n long.
func (c *content) reach(n int) {
	if !c.own {
		blocks := make([]block, max(n, len(c.blocks)), max(n, len(c.blocks))+2)
		copy(blocks, c.blocks)
		c.blocks, c.own = blocks, true
	}
	if n > len(c.blocks) {
		c.blocks = append(c.blocks, make([]block, n-len(c.blocks))...)
	}
}

// unwritten is the one block of zeros that stands for all that were allocated and never written. Its owner is nobody.
var unwritten = block{new([blockBytes]byte), math.MaxUint64}

// allocate makes every block up to size, and the size at least that.
func (c *content) allocate(size int64) {
	blocks := int((size + blockBytes - 1) / blockBytes)
	c.reach(blocks)
	for i := range c.blocks[:blocks] {
		if c.blocks[i].b == nil {
			c.blocks[i] = unwritten
			c.used++
		}
	}
	c.size = max(c.size, size)
}

// cut drops what lies at size or behind it. A size beyond the end changes nothing but the size.
func (c *content) cut(size int64) {
	c.size = size
	whole := int((size + blockBytes - 1) / blockBytes)
	if whole < len(c.blocks) {
		for _, p := range c.blocks[whole:] {
			if p.b != nil {
				c.used--
			}
		}
		c.reach(0)
		clear(c.blocks[whole:])
		c.blocks = c.blocks[:whole]
	}
	if in := size % blockBytes; in > 0 && whole == len(c.blocks) && c.blocks[whole-1].b != nil {
		clear(c.writable(whole - 1)[in:])
	}
}

// adopt takes from another content the blocks that hold [from, to), without copying them. Both share them afterwards.
func (c *content) adopt(from *content, at, to int64) {
	from.owner = owners.Add(1)
	last := int((to - 1) / blockBytes)
	c.reach(last + 1)
	for i := int(at / blockBytes); i <= last; i++ {
		if c.blocks[i].b == nil && from.blocks[i].b != nil {
			c.used++
		}
		c.blocks[i] = from.blocks[i]
	}
	c.size = max(c.size, to)
}

// missing says how many blocks a write of [at, to) would have to make.
func (c *content) missing(at, to int64) (n int) {
	for i := int(at / blockBytes); int64(i)*blockBytes < to; i++ {
		if i >= len(c.blocks) || c.blocks[i].b == nil {
			n++
		}
	}
	return n
}
