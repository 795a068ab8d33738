package logbuf

import "sync/atomic"

// Claim is a stretch of the ring that its holder, and nobody else, may write. It must be committed or aborted,
// once, by whoever holds it: until then the consumer cannot pass. It is a value; use one copy of it.
//
//	c, err := ring.TryClaim(n)
//	if err != nil { ... }
//	defer c.Abort() // does nothing after Commit
//	encode(c.Bytes())
//	c.Commit()
type Claim struct {
	word *atomic.Int64 // nil once settled
	buf  []byte
	pos  Position
}

// Bytes is the record's payload, all zeros at first. It is not the holder's any more after Commit or Abort.
func (c *Claim) Bytes() []byte { return c.buf }

// Position is where the record starts in the stream.
func (c *Claim) Position() Position { return c.pos }

// Commit hands the record to the consumer.
func (c *Claim) Commit() { c.settle(int64(len(c.buf))) }

// Abort gives the stretch up; the consumer passes over it. After Commit it does nothing.
func (c *Claim) Abort() { c.settle(skipWord(len(c.buf))) }

func (c *Claim) settle(w int64) {
	if c.word == nil {
		return
	}
	c.word.Store(w)
	c.word, c.buf = nil, nil
}
