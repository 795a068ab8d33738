package logbuf

// SPSC is a ring with one producer and one consumer: as MPSC, without the swap that arbitrates between producers.
type SPSC struct {
	consumer

	// Owned by the producer.
	tail  uint64
	bound uint64 // the last head it loaded
	_     [128]byte
}

// NewSPSC puts a ring over m, which no other ring may be over.
func NewSPSC(m *Memory) *SPSC {
	r := &SPSC{consumer: newConsumer(m)}
	r.tail, r.bound = r.ctl.tail.Load(), r.head
	return r
}

// Put copies b into the ring and returns where it lies. One goroutine may call it; otherwise as MPSC.Put.
func (r *SPSC) Put(b []byte) (Position, error) {
	pos, err := r.claim(len(b))
	if err != nil {
		return 0, err
	}
	copy(r.payload(pos, len(b)), b)
	r.word(pos).Store(int64(len(b)))
	return Position(pos), nil
}

// TryClaim claims a record of n bytes to be encoded in place. It belongs to the producer's goroutine, which may
// hold several claims and settle them in any order.
func (r *SPSC) TryClaim(n int) (Claim, error) {
	pos, err := r.claim(n)
	if err != nil {
		return Claim{}, err
	}
	return Claim{word: r.word(pos), buf: r.payload(pos, n), pos: Position(pos)}, nil
}

// claim is steps 1 to 3 of the package comment; the stretch has one writer because there is only one. Tail is
// stored first all the same: a recovery looks no further than tail.
func (r *SPSC) claim(n int) (uint64, error) {
	if n <= 0 || n > r.max {
		return 0, r.sizeError(n)
	}
	tail := r.tail
	start, end := r.place(tail, recordBytes(n))
	if end-r.bound > r.size {
		r.bound = r.ctl.head.Load()
		if end-r.bound > r.size {
			return 0, ErrFull
		}
	}
	r.tail = end
	r.ctl.tail.Store(end)
	if start != tail {
		r.word(tail).Store(skipWord(int(start-tail) - headerBytes))
	}
	r.mark(start, n)
	return start, nil
}
