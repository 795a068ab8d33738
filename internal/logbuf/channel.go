package logbuf

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Queue is the ring under a channel: an MPSC or an SPSC, whose consumer's half becomes the Receiver's.
type Queue interface {
	Put([]byte) (Position, error)
	TryClaim(int) (Claim, error)
	Next() (Position, []byte, bool)
	MarkTaken()
	Release()
	Cap() int
}

// How long an end insists before it gives up or parks. A full ring is usually full until the receiver is scheduled
// again: a few tries for a receiver on another processor, some yields for one that waits for this one.
const (
	sendSpins  = 64
	sendYields = 64
	recvYields = 64
)

// What a receiver is doing. Notify is one load of it while the receiver is awake.
const (
	awake  uint32 = iota
	parked        // or about to: whoever changes it back to awake owes it a token
	gone
)

// channel is a ring whose receiver may wait. No wake-up is lost:
//
//  1. A sender commits a record (an atomic store of its header), then loads state.
//  2. The receiver stores parked in state, then looks at the ring once more (an atomic load of the header).
//
// Atomic operations have one order for all: either the sender's load comes after the receiver's store and sees
// parked, or the receiver's load comes after the sender's store and sees the record. The same holds for the last
// sender's departure.
type channel struct {
	queue  Queue
	single bool // the ring bears one sender only
	wake   chan struct{}

	_       [64]byte
	state   atomic.Uint32 // stored by the receiver, and back to awake by whoever wakes it
	_       [64]byte
	senders atomic.Int32
}

// Sender is the end that puts. Any number of goroutines may share one over an MPSC; each that wants to say for
// itself when it is done takes a Clone.
type Sender struct {
	ch     *channel
	closed atomic.Bool
}

// Receiver is the end that takes. It belongs to one goroutine.
type Receiver struct {
	ch    *channel
	timer *time.Timer
	held  int // ring bytes returned and not released
}

// NewChannel makes a channel over a ring that nobody else uses.
func NewChannel(q Queue) (*Sender, *Receiver) {
	_, single := q.(*SPSC)
	ch := &channel{queue: q, single: single, wake: make(chan struct{}, 1)}
	ch.senders.Store(1)
	return &Sender{ch: ch}, &Receiver{ch: ch}
}

// Send copies b into the ring and wakes the receiver if it is parked. While the ring is full it tries again for
// some microseconds, spinning and then yielding, but never enters the kernel to wait; then it returns ErrFull.
// ErrClosed means that the receiver is gone or this sender closed; ErrEmpty and ErrTooLarge are Put's.
func (s *Sender) Send(b []byte) (Position, error) {
	for try := 0; ; try++ {
		if s.gone() {
			return 0, ErrClosed
		}
		pos, err := s.ch.queue.Put(b)
		if err == nil {
			s.Notify()
		}
		if err != ErrFull || !again(try) {
			return pos, err
		}
	}
}

// Claim claims n bytes to encode in place, as insistently as Send. Call Notify after its Commit, and after its
// Abort too: later records may have been waiting behind it.
func (s *Sender) Claim(n int) (Claim, error) {
	for try := 0; ; try++ {
		if s.gone() {
			return Claim{}, ErrClosed
		}
		c, err := s.ch.queue.TryClaim(n)
		if err != ErrFull || !again(try) {
			return c, err
		}
	}
}

func (s *Sender) gone() bool { return s.closed.Load() || s.ch.state.Load() == gone }

// again lets some time pass before the next try, or says that there were enough.
func again(try int) bool {
	if try >= sendSpins {
		runtime.Gosched()
	}
	return try < sendSpins+sendYields
}

// Notify wakes the receiver if it is parked. While it is awake that is one load.
func (s *Sender) Notify() { s.ch.notify() }

// Clone is another sender, to be closed on its own. A ring for one producer has no clones: that panics.
func (s *Sender) Clone() *Sender {
	if s.ch.single {
		panic("logbuf: an SPSC ring has one sender")
	}
	s.ch.senders.Add(1)
	return &Sender{ch: s.ch}
}

// Close says that this sender is done; every claim of its is settled, every Send returned. After the last one the
// receiver gets what is left and then ErrClosed. Closing twice is closing once.
func (s *Sender) Close() {
	if s.closed.Swap(true) {
		return
	}
	if s.ch.senders.Add(-1) == 0 {
		s.ch.notify()
	}
}

func (ch *channel) notify() {
	if ch.state.Load() == parked && ch.state.CompareAndSwap(parked, awake) {
		select {
		case ch.wake <- struct{}{}:
		default: // a token that nobody needed is still there; it wakes just as well
		}
	}
}

// Recv returns the next record, waiting up to timeout: 0 does not wait, less than 0 waits for ever. The bytes are
// the ring's and good until the next Recv, which also means that the caller is done with them. It returns ErrTimeout
// when nothing came, and ErrClosed when every sender is closed and the ring is drained, or after Close.
func (r *Receiver) Recv(timeout time.Duration) (Position, []byte, error) {
	if r.ch.state.Load() == gone {
		return 0, nil, ErrClosed
	}
	if r.held >= r.ch.queue.Cap()/8 {
		r.Release()
	}
	for try := 0; ; try++ {
		if pos, b, ok := r.take(); ok {
			return pos, b, nil
		}
		r.Release()
		if try == recvYields || timeout == 0 {
			return r.park(timeout)
		}
		runtime.Gosched()
	}
}

// Release gives the producers back what Recv has returned, and marks it taken. Recv does so by itself before it
// waits, and after every eighth of the ring; a caller that goes away for long does it first.
func (r *Receiver) Release() {
	r.ch.queue.MarkTaken()
	r.ch.queue.Release()
	r.held = 0
}

// Close tells the senders that nobody listens any more. Records in the ring stay there.
func (r *Receiver) Close() {
	r.ch.state.Store(gone)
	if r.timer != nil {
		r.timer.Stop()
	}
}

func (r *Receiver) take() (Position, []byte, bool) {
	pos, b, ok := r.ch.queue.Next()
	if ok {
		r.held += int(recordBytes(len(b)))
	}
	return pos, b, ok
}

// park says that it is about to sleep, looks again, and sleeps until somebody wakes it or time is up.
func (r *Receiver) park(timeout time.Duration) (Position, []byte, error) {
	expired := r.expired(timeout)
	for {
		r.ch.state.Store(parked)
		over := r.ch.senders.Load() == 0 // before the look at the ring: the last sender put before it left
		if pos, b, ok := r.take(); ok {
			r.ch.state.Store(awake)
			return pos, b, nil
		}
		switch {
		case over:
			r.ch.state.Store(awake)
			return 0, nil, ErrClosed
		case timeout == 0:
			r.ch.state.Store(awake)
			return 0, nil, ErrTimeout
		}
		select {
		case <-r.ch.wake:
		case <-expired:
			timeout = 0 // one more look
		}
	}
}

// expired is nil, which never comes, when there is no limit. The timer is kept: waiting allocates nothing.
func (r *Receiver) expired(timeout time.Duration) <-chan time.Time {
	switch {
	case timeout <= 0:
		return nil
	case r.timer == nil:
		r.timer = time.NewTimer(timeout)
	default:
		r.timer.Reset(timeout)
	}
	return r.timer.C
}
