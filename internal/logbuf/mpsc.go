package logbuf

// MPSC is a ring with any number of producers and one consumer. See the package comment for who may call what.
type MPSC struct{ consumer }

// NewMPSC puts a ring over m, which no other ring may be over.
func NewMPSC(m *Memory) *MPSC { return &MPSC{newConsumer(m)} }

// Put copies b into the ring and returns where it lies. Any goroutine may call it. It does not wait: a full ring
// is ErrFull; no bytes are ErrEmpty; more than MaxRecord are ErrTooLarge.
func (r *MPSC) Put(b []byte) (Position, error) {
	pos, err := r.claim(len(b))
	if err != nil {
		return 0, err
	}
	copy(r.payload(pos, len(b)), b)
	r.word(pos).Store(int64(len(b)))
	return Position(pos), nil
}

// TryClaim claims a record of n bytes to be encoded in place. Any goroutine may call it; the errors are Put's.
func (r *MPSC) TryClaim(n int) (Claim, error) {
	pos, err := r.claim(n)
	if err != nil {
		return Claim{}, err
	}
	return Claim{word: r.word(pos), buf: r.payload(pos, n), pos: Position(pos)}, nil
}

// claim is steps 1 to 3 of the package comment.
func (r *MPSC) claim(n int) (uint64, error) {
	if n <= 0 || n > r.max {
		return 0, r.sizeError(n)
	}
	need := recordBytes(n)
	for {
		tail := r.ctl.tail.Load()
		start, end := r.place(tail, need)
		if !r.fits(end) {
			return 0, ErrFull
		}
		if r.ctl.tail.CompareAndSwap(tail, end) {
			if start != tail {
				r.word(tail).Store(skipWord(int(start-tail) - headerBytes))
			}
			r.mark(start, n)
			return start, nil
		}
	}
}

// fits says whether the stretch up to end is the producers'. The differences are signed: since tail was loaded
// others may have claimed and the consumer released beyond end, which then lies behind head; the swap will fail.
func (r *MPSC) fits(end uint64) bool {
	if int64(end-r.ctl.bound.Load()) <= int64(r.size) {
		return true
	}
	head := r.ctl.head.Load()
	r.ctl.bound.Store(head)
	return int64(end-head) <= int64(r.size)
}
