package query

import (
	"math"

	"github.com/fixarchive/fixarchive/internal/record"
)

// always is a step whose answer is known beforehand.
type always bool

func (a always) matches(*record.Record) bool { return bool(a) }
func (a always) hints() []needle             { return nil }

func (a always) bounds() Bounds {
	if a {
		return everything
	}
	return nothing
}

// every matches what all of its steps do.
type every []step

func (e every) matches(r *record.Record) bool {
	for _, s := range e {
		if !s.matches(r) {
			return false
		}
	}
	return true
}

func (e every) bounds() Bounds {
	b := everything
	for _, s := range e {
		b = b.and(s.bounds())
	}
	return b
}

// hints are those of the step that has the best: all of them are right.
func (e every) hints() (best []needle) {
	for _, s := range e {
		if h := s.hints(); h != nil && (best == nil || seldom(h) > seldom(best)) {
			best = h
		}
	}
	return best
}

// either matches what any of its steps does.
type either []step

func (e either) matches(r *record.Record) bool {
	for _, s := range e {
		if s.matches(r) {
			return true
		}
	}
	return false
}

func (e either) bounds() Bounds {
	b := nothing
	for _, s := range e {
		b = b.or(s.bounds())
	}
	return b
}

// hintsMax is how many needles are still found faster than what holds them is read.
const hintsMax = 4

func (e either) hints() (all []needle) {
	for _, s := range e {
		h := s.hints()
		if h == nil {
			return nil
		}
		if all = append(all, h...); len(all) > hintsMax {
			return nil
		}
	}
	return all
}

// inverse matches what its step does not. Where that lies nobody knows, but for kinds.
type inverse struct{ of step }

func (i inverse) matches(r *record.Record) bool { return !i.of.matches(r) }
func (i inverse) hints() []needle               { return nil }

func (i inverse) bounds() Bounds {
	if w, ok := i.of.(*wordStep); ok && !w.flag {
		return ofKinds(^w.kinds)
	}
	return everything
}

// wordStep asks for kinds, directions and flags, of which a record has those that it has.
type wordStep struct {
	kinds uint32
	flag  bool // or asks for flags
	flags uint32
	none  bool // of the flags
}

func newWordStep(t *test) *wordStep {
	var set uint32
	for i := range t.values {
		set |= t.values[i].set
	}
	switch {
	case t.subject == subjectFlag:
		return &wordStep{kinds: messages, flag: true, flags: set, none: t.op == notEqual}
	case t.op == notEqual && t.subject == subjectDirection:
		return &wordStep{kinds: messages &^ set}
	case t.op == notEqual:
		return &wordStep{kinds: ^set}
	}
	return &wordStep{kinds: set}
}

func (s *wordStep) matches(r *record.Record) bool {
	return s.kinds>>r.Kind&1 != 0 && (!s.flag || uint32(r.Flags)&s.flags != 0 != s.none)
}

func (s *wordStep) bounds() Bounds  { return ofKinds(s.kinds) }
func (s *wordStep) hints() []needle { return nil }

// numberStep asks for MsgSeqNums and epochs.
type numberStep struct{ *test }

func (s *numberStep) matches(r *record.Record) bool {
	if s.subject == subjectEpoch {
		return s.fulfilled(uint64(r.Epoch))
	}
	return r.Kind.IsMessage() && r.MsgSeqNum != 0 && s.fulfilled(uint64(r.MsgSeqNum))
}

func (s *numberStep) fulfilled(n uint64) bool {
	for i := range s.values {
		low, high := s.values[i].low, s.values[i].high
		switch s.op {
		case less:
			return n < low
		case lessEqual:
			return n <= low
		case greater:
			return n > low
		case greaterEqual:
			return n >= low
		case notEqual:
			return n < low || n > high
		}
		if n >= low && n <= high {
			return true
		}
	}
	return false
}

func (s *numberStep) bounds() Bounds {
	low, high := s.ends()
	if s.subject == subjectEpoch {
		b := everything
		b.EpochFrom, b.EpochTo = low, high
		return b
	}
	b := ofKinds(messages)
	b.SeqFrom, b.SeqTill = low, high
	return b
}

func (s *numberStep) hints() []needle { return nil }

// ends are the least and the greatest number that may fulfil the test.
func (s *numberStep) ends() (low, high uint64) {
	low, high = math.MaxUint64, 0
	for i := range s.values {
		low, high = min(low, s.values[i].low), max(high, s.values[i].high)
	}
	switch s.op {
	case less:
		return 1, high - 1
	case lessEqual:
		return 1, high
	case greater:
		if low == math.MaxUint64 {
			return 1, 0
		}
		return low + 1, math.MaxUint64
	case greaterEqual:
		return low, math.MaxUint64
	case notEqual:
		return 1, math.MaxUint64
	}
	return low, high
}

// timeStep asks when a record was captured.
type timeStep struct{ *test }

func (s *timeStep) matches(r *record.Record) bool {
	for i := range s.values {
		if s.values[i].span.fulfils(s.op, int64(r.Time)) {
			return true
		}
	}
	return false
}

func (s *timeStep) bounds() Bounds {
	b := nothing
	for i := range s.values {
		b = b.or(s.values[i].span.bounds(s.op))
	}
	return b
}

func (s *timeStep) hints() []needle { return nil }

func (s nanoSpan) bounds(o op) Bounds {
	b := everything
	switch o {
	case equal, greaterEqual:
		b.TimeFrom = s.from
	case greater:
		b.TimeFrom = s.till
	}
	switch o {
	case equal, lessEqual:
		b.TimeTill = before(s.till)
	case less:
		b.TimeTill = before(s.from)
	}
	return b
}

func before(t int64) int64 { return max(t, math.MinInt64+1) - 1 }
