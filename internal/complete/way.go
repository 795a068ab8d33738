package complete

import (
	"fmt"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// way is one direction of a life.
type way struct {
	tracks   []track // by log
	garbled  ranges  // numbers of messages whose frame does not hold
	late     ranges  // numbers below the highest that came without PossDup, and not twice
	unsent   ranges  // numbers of saves that were not seen being sent
	skips    []skip
	skipped  ranges // all numbers of skips
	setBack  *Cause // the last of what made numbers begin again
	repeats  repeats
	messages uint64
	bare     uint64 // messages without a number
}

// track is what one log has of a direction.
type track struct {
	held  ranges
	twice ranges // held, and came again
	first uint64 // the first number that was no resend; 0 before it
	next  uint64 // the number that comes if none is missing
	last  uint64 // the number of the last message, whatever it was
	at    Place  // where next was reached
	heard int    // how many of the log's gaps came before that
	end   int    // how many gaps the log had when it left the life; -1 while it is in it
	jumps []jump
}

// jump is where a log went from one number to another that does not follow.
type jump struct {
	Range         // what was passed over
	log           int
	before, after Place
	gaps          Range // the indexes of the log's gaps in between, [From, To)
}

// jumpsMax bounds the jumps of a track. Beyond it, holes are found all the same, but not what explains them.
const jumpsMax = 1 << 16

// skip is numbers that will not come, and what says so.
type skip struct {
	Range
	cause Cause
}

// message accounts for a message with a number. own says that the log's store had put it before it was sent.
func (w *way) message(r *Record, l *log, own bool) (again bool) {
	t := &w.tracks[r.Log]
	one := Range{r.MsgSeqNum, r.MsgSeqNum}
	if r.Garbled {
		w.garbled.add(one)
		return false
	}
	var fill *fixwire.Message
	if r.MsgType == "4" {
		m := fixwire.Parse(r.Raw)
		if m.NewSeqNo > numberMax {
			m.NewSeqNo = 0 // nobody counts that far
		}
		fill = &m
		if !m.GapFill && m.NewSeqNo > 0 {
			w.sequenceReset(r, l, &m)
			return false
		}
	}
	t.last = r.MsgSeqNum
	if again = t.held.has(r.MsgSeqNum); !again {
		t.held.add(one)
	}
	switch {
	case r.PossDup, again, fill != nil: // a gap fill may stand in the place of what it passes over
	case t.first != 0 && r.MsgSeqNum < t.next:
		w.late.add(one)
	}
	if again && fill == nil && !own {
		t.twice.add(one)
	}
	t.advance(r, l)
	if fill != nil && fill.NewSeqNo > r.MsgSeqNum+1 {
		text := fmt.Sprintf("gap fill from %d to %d", r.MsgSeqNum, fill.NewSeqNo)
		w.skip(&t.held, &skip{Range{r.MsgSeqNum + 1, fill.NewSeqNo - 1}, Cause{r.place(), text}})
		if t.first != 0 {
			t.passTo(fill.NewSeqNo, r, l)
		}
	}
	return again
}

// void takes back a save, whose number the engine will use again.
func (w *way) void(log int, e *save) {
	t := &w.tracks[log]
	w.messages--
	if e.again {
		return
	}
	t.held.remove(e.n)
	if t.next == e.n+1 {
		t.next = e.n
	}
}

// advance brings a track to a number that is not a resend of what was before it.
func (t *track) advance(r *Record, l *log) {
	if t.first == 0 {
		if r.PossDup {
			return
		}
		t.first = r.MsgSeqNum
		t.next = max(t.next, 1)
	}
	if r.MsgSeqNum >= t.next {
		t.jump(Range{t.next, r.MsgSeqNum - 1}, r, l)
		if r.PossDup { // it was sent before: what was lost since then may still be what comes behind it
			t.next = r.MsgSeqNum + 1
			return
		}
		t.passTo(r.MsgSeqNum+1, r, l)
	}
}

// jump remembers what was passed over.
func (t *track) jump(over Range, r *Record, l *log) {
	if over.From > over.To || len(t.jumps) >= jumpsMax {
		return
	}
	t.jumps = append(t.jumps, jump{over, r.Log, t.at, r.place(), Range{uint64(t.heard), uint64(len(l.gaps))}})
}

// passTo brings a track to the number that comes next.
func (t *track) passTo(next uint64, r *Record, l *log) {
	if next > t.next {
		t.next, t.at, t.heard = next, r.place(), len(l.gaps)
	}
}

// sequenceReset accounts for a SequenceReset that is no gap fill. Its own MsgSeqNum means nothing to an engine, but
// where it is one that was waited for, it is the first of those that will not come.
func (w *way) sequenceReset(r *Record, l *log, m *fixwire.Message) {
	t := &w.tracks[r.Log]
	next := max(t.next, 1)
	if t.first == 0 {
		t.first = min(r.MsgSeqNum, m.NewSeqNo)
		next = t.first
	}
	if !t.held.has(r.MsgSeqNum) && r.MsgSeqNum <= next && r.MsgSeqNum < m.NewSeqNo {
		t.held.add(Range{r.MsgSeqNum, r.MsgSeqNum})
	}
	text := fmt.Sprintf("sequence reset to %d", m.NewSeqNo)
	if m.NewSeqNo < next {
		w.setBack = &Cause{r.place(), text}
		return
	}
	if from := min(r.MsgSeqNum, next); from < m.NewSeqNo {
		w.skip(&t.held, &skip{Range{from, m.NewSeqNo - 1}, Cause{r.place(), text}})
	}
	t.passTo(m.NewSeqNo, r, l)
}

// set accounts for a number that the engine's store was set to.
func (w *way) set(s *skip) {
	t := &w.tracks[s.cause.Log]
	next := s.To + 1
	switch {
	case next == t.last+1: // counted on, within a resend too
	case next < t.next:
		w.setBack = &s.cause
	case next > t.next:
		w.skip(&t.held, &skip{Range{max(t.next, 1), s.To}, s.cause})
		if t.first == 0 {
			return // whether what follows begins there is for its first message to say
		}
		t.next = next
	}
}

// skip keeps what of s is not held, and not explained already: most gap fills stand in a resend for what was sent before.
func (w *way) skip(held *ranges, s *skip) {
	for lacking := range held.missing(s.Range) {
		for piece := range w.skipped.missing(lacking) {
			if len(w.skips) < rangesMax {
				w.skips = append(w.skips, skip{piece, s.cause})
			}
		}
	}
	w.skipped.add(s.Range)
}
