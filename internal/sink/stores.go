package sink

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// sweepEvery is how often the buffers are looked through: walking 10,000 of them costs some 50 µs.
const sweepEvery = 10 * time.Millisecond

// hold notes that e's buffer has grown by the batch at hand, and writes it when it is full.
func (s *Sink) hold(e *entry) {
	if !e.dirty {
		e.dirty, e.since, e.first = true, s.batchBegin, s.swept
	}
	if !e.listed {
		e.listed = true
		s.dirty = append(s.dirty, e)
	}
	e.last = s.swept
	s.buffered += e.log.Buffered() - e.buffered
	e.buffered = e.log.Buffered()
	if e.buffered >= flushBytes {
		s.write(e)
	}
}

// sweep writes the buffers whose time has come: old, idle for a while, or wanted by somebody; and those listed longest, when all
// together hold too much.
func (s *Sink) sweep(now time.Time) {
	wanted := s.asked()
	over := s.buffered >= s.o.BufferBytes
	if !wanted && !over && now.Sub(s.swept) < sweepEvery {
		return
	}
	s.swept = now
	s.checkClock()
	idle := s.idle()
	enough := s.o.BufferBytes / 8 * 7
	kept := s.dirty[:0]
	for _, e := range s.dirty {
		due := wanted || over && s.buffered > enough || now.Sub(e.last) >= idle || now.Sub(e.first) >= flushAge
		if e.dirty && due {
			s.write(e)
		}
		if e.listed = e.dirty; e.dirty {
			kept = append(kept, e)
		}
	}
	clear(s.dirty[len(kept):])
	s.dirty = kept
	s.conclude()
	s.sendFailing(now)
	s.publishStored()
	s.checkpointIfDue(now)
}

// asked reports whether somebody waits for the buffers: once all that he waits for is in them.
func (s *Sink) asked() bool {
	wanted := s.wanted.Load()
	return wanted > s.stored.Load() && wanted <= uint64(s.held()) || s.closing.Load() && s.o.Ring.Used() == 0
}

// held is where the records end that are in buffers or files: not those of a batch that the journal refused.
func (s *Sink) held() record.Position {
	if s.failing {
		return s.batchBegin
	}
	return s.batchEnd
}

// idle is how long a log is silent before its buffer is written. Ten thousand logs that get a record every 60 ms each
// would be opened and written for every one of them, some 20 µs a time, and the sink would do nothing else: so the
// more of them there are the longer they wait for company, and while the ring fills, nothing is idle.
func (s *Sink) idle() time.Duration {
	if s.pressed() {
		return flushAge
	}
	return min(flushIdle*time.Duration(1+len(s.dirty)/1000), flushAge)
}

// write flushes one log. One that cannot be written keeps its buffer, until it is sent away; the alarm is raised once for
// each time that this begins. The buffer of one that is away is let go of: the journal has it.
func (s *Sink) write(e *entry) {
	if e.away {
		e.log.Divert(func(store.Extent) {})
		s.wrote(e, nil)
		return
	}
	err := e.log.Flush()
	if s.makeRoom(err) {
		err = e.log.Flush()
	}
	s.wrote(e, err)
}

func (s *Sink) wrote(e *entry, err error) {
	left := e.log.Buffered()
	s.buffered += left - e.buffered
	e.buffered = left
	e.dirty = left > 0
	if err == nil {
		e.failing = nil
		return
	}
	e.first, e.last = s.swept, s.swept // try again when its time has come again
	if e.failing == nil {
		e.failed = s.swept
		s.sick.add(e, err)
	}
	e.failing = err
}

// publishStored moves the watermark to the oldest record that a buffer still holds.
func (s *Sink) publishStored() {
	stored := s.held()
	for _, e := range s.dirty {
		if e.dirty {
			stored = min(stored, e.since)
		}
	}
	if uint64(stored) > s.stored.Load() {
		s.stored.Store(uint64(stored))
		s.passed.broadcast()
	}
}

// checkClock notes a step of the wall clock in the archive's global log.
func (s *Sink) checkClock() {
	step, stepped := s.o.Clock.Check()
	if !stepped {
		return
	}
	global, err := s.o.Registry.Recorder(record.LogID{Source: record.Global})
	if err != nil {
		s.alarm(err)
		return
	}
	global.Change(record.Change{Op: record.ClockMoved, Value: int64(step)})
}

// beat moves the heartbeat.
func (s *Sink) beat(now time.Time) {
	if now.Sub(s.beaten) < time.Second {
		return
	}
	s.beaten = now
	s.o.Beat(s.Durable(), record.Position(s.stored.Load()))
}
