package sink

import (
	"errors"
	"fmt"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// A ring whose file somebody cuts off while it is mapped, or writes to, is severed: the sink's own look or a hook has
// met that. Then
//
//  1. hooks are kept out, and drop;
//  2. what can still be read of the ring goes the usual way, into the journal;
//  3. the ring starts again on the heap, at a position that it has never given out, and hooks are let in. What each
//     log's Recorder has put there and the sink has not seen is pending in it, as a drop is, and becomes a gap record.
//
// Who waits for a position before that of step 3 is told that it is lost, whether or not it is: nobody knows.

// errCutOff is the answer to who waits for what lay in such a ring.
var errCutOff = errors.New("the ring's file was cut off or overwritten by somebody: what was captured last may be lost; gap records tell what")

// Lost reports whether what was captured before a position may be lost with a ring that was cut off. Who has waited for a
// watermark to reach it asks afterwards.
func (s *Sink) Lost(position record.Position) bool {
	return s.o.Ring.Severed() || uint64(position) < s.beyond.Load()
}

// severed reports whether the ring is, and keeps hooks out then.
func (s *Sink) severed() bool {
	s.o.Ring.Inspect()
	if !s.o.Ring.Severed() {
		return false
	}
	s.o.Registry.Suspend()
	return true
}

// restart is step 3. It ends the batch at hand there.
func (s *Sink) restart() {
	at := s.o.Ring.Beyond()
	s.beyond.Store(uint64(at)) // before the ring is whole again: see Lost
	if err := s.o.Ring.Restart(at); err != nil {
		s.alarm(fmt.Errorf("the ring's file was cut off, and there is no memory for another: messages are dropped until there is: %w", err))
		s.failing = s.closing.Load() // then nobody waits for it
		return
	}
	s.batchEnd = record.Position(at)
	lost := s.o.Registry.Resume(s.endOf)
	s.passed.broadcast()
	s.alarm(fmt.Errorf("somebody cut off or overwrote the ring's file while it was in use: %d records that it held are lost, and what came "+
		"until now was dropped, as gap records tell; the archive goes on with a ring on the heap, so that a crash of this process "+
		"loses what is not yet on disk: see who did it, and restart the gateway when that suits", lost))
}

// endOf says where a log ends.
func (s *Sink) endOf(r *session.Recorder) (record.Sequence, record.Nanos, bool) {
	e, err := s.intake.of(r)
	if err != nil {
		s.alarm(err)
		return 0, 0, false
	}
	state := e.log.State()
	return state.Next, state.LastTime, true
}
