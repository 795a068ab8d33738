package sink

import "time"

// A hook that wakes a parked sink pays for it, some 16 µs one time in ten; so the sink polls. Each look costs the
// machine up to 200 µs of timer and scheduler, and a hook that happens to be under way on the same processor pays for
// that: at one message a millisecond the hook's p99 was 40 to 52 µs with rests from 50 µs on, and 2 to 5 µs from 5 ms
// on. So the sink looks seldom, and more seldom the longer nothing comes: it rests for half of the silence so far.
// A message then waits for restShortest, or half as long as nothing had come before it, and never for longer than
// restLongest. Who waits for one wakes the sink, and so does a burst that fills a quarter of the ring.
const (
	restShortest = 5 * time.Millisecond
	restLongest  = 50 * time.Millisecond

	// restLong is a rest after which the first message is synced at once, so that durable does not trail capture by
	// the rest and the interval.
	restLong = 10 * time.Millisecond
)

// pressed reports whether the sink goes on without a rest: there is a lot to take, or somebody waits. Else it rests
// after each batch, however much comes: a consumer at the producers' heels takes the cache line that they are
// about to write, which makes a Put four times as dear, and its batches are small.
func (s *Sink) pressed() bool {
	return s.o.Ring.Used() > s.o.Ring.Cap()/8 || s.closing.Load() ||
		s.wanted.Load() > s.stored.Load() || s.syncer.demanded.Load() > s.syncer.journaled.Load()
}

// rest waits for something to do.
func (s *Sink) rest(now time.Time) {
	s.rested = min(max(now.Sub(s.worked)/2, restShortest), restLongest)
	if s.failing {
		s.rested = restLong
	}
	s.parked.Store(true)
	defer s.parked.Store(false)
	// A hook that saw the sink awake had put its record before this load.
	if s.o.Ring.Used() > s.o.Ring.Cap()/4 && !s.failing {
		return
	}
	if s.timer == nil {
		s.timer = time.NewTimer(s.rested)
	} else {
		s.timer.Reset(s.rested)
	}
	select {
	case <-s.wake:
	case <-s.timer.C:
	}
	s.timer.Stop()
}
