package logbuf

// consumer is the taking half of a ring. Its methods belong to one goroutine.
type consumer struct {
	view

	_ [128]byte // producers read view with every record; what follows is written with every record

	cursor uint64 // the next header to look at
	taken  uint64 // what ctl.taken says
	head   uint64 // what ctl.head says

	_ [128]byte
}

func newConsumer(m *Memory) consumer {
	if m.leftover {
		panic("logbuf: a leftover ring is recovered, then replaced: " + m.path)
	}
	c := consumer{view: newView(m)}
	c.head, c.taken = c.ctl.head.Load(), c.ctl.taken.Load()
	c.cursor = c.taken
	return c
}

// Next returns the next committed record, or false when the one at the cursor is not committed, or there is none.
// The bytes are the ring's and stay as they are until the Release after the next MarkTaken.
func (c *consumer) Next() (Position, []byte, bool) {
	for c.cursor-c.head < c.size { // beyond lies what was read and not yet released
		pos := c.cursor
		w := c.word(pos).Load()
		if w <= 0 {
			return 0, nil, false
		}
		kind, n := parseWord(w, c.max)
		need := recordBytes(n)
		if kind == wordBad || c.offset(pos)+need > c.size {
			return 0, nil, false // somebody else wrote here: Stalled tells
		}
		c.cursor = pos + need
		if kind == wordCommitted {
			return Position(pos), c.payload(pos, n), true
		}
	}
	return 0, nil, false
}

// Cursor is behind everything that Next has returned, and every skip it has passed: what MarkTaken would publish.
func (c *consumer) Cursor() Position { return Position(c.cursor) }

// MarkTaken publishes that everything Next has returned, and every skip it has passed, is safe elsewhere: a
// recovery begins behind it. It stores nothing when nothing was taken.
func (c *consumer) MarkTaken() {
	if c.taken != c.cursor {
		c.taken = c.cursor
		c.ctl.taken.Store(c.taken)
	}
}

// Release gives what is marked taken back to the producers. Zeroing comes before head: a producer that sees the
// new head claims zeros. Taken comes before both: a recovery must not take half-zeroed records for a dead
// producer's. Call it after every batch, an empty one too, since aborted claims take room and are never returned.
func (c *consumer) Release() {
	if c.head == c.taken {
		return
	}
	c.zero(c.head, c.taken)
	c.head = c.taken
	c.ctl.head.Store(c.head)
}

// Stalled says whether, and where, the consumer waits for a claim: something is claimed at its cursor and not
// committed. That is a moment in a producer's Put, or a claim that nobody will ever settle, or a header word that
// somebody else overwrote; only its age tells.
func (c *consumer) Stalled() (at Position, stalled bool) {
	c.Guard(func() { at, stalled = c.waiting() })
	return at, stalled
}

func (c *consumer) waiting() (Position, bool) {
	if c.cursor == c.ctl.tail.Load() || c.cursor-c.head >= c.size {
		return 0, false
	}
	switch kind, _ := parseWord(c.word(c.cursor).Load(), c.max); kind {
	case wordCommitted, wordSkip:
		return 0, false
	}
	return Position(c.cursor), true
}
