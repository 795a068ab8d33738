package store

import "github.com/fixarchive/fixarchive/internal/record"

// Kinds is a set of kinds of record. The empty set stands for all of them.
type Kinds uint16

// KindsOf is the set of some kinds.
func KindsOf(kinds ...record.Kind) (s Kinds) {
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

func (s Kinds) has(k record.Kind) bool { return s == 0 || s&(1<<k) != 0 }

// others is the set of the kinds that a summary does not count apart.
var others = KindsOf(record.StateChange, record.Mark, record.Void)

// Query says which records of a log are wanted: those that satisfy all of it. Every bound includes what it names,
// and is open where it is zero. Bounds of MsgSeqNum leave out what has none: of a mark and a void it is that of the
// message that they tell of. Those of sequences take a gap record in when they touch what it accounts for.
type Query struct {
	Kinds                      Kinds
	MsgSeqNumFrom, MsgSeqNumTo record.MsgSeqNum
	EpochFrom, EpochTo         record.Epoch
	TimeFrom, TimeTo           record.Nanos
	SequenceFrom, SequenceTo   record.Sequence

	// MayHold reports whether bytes can hold the body of a wanted record; nil: nobody knows. It is asked of whole
	// blocks, before their records are looked at.
	MayHold func([]byte) bool
}

func (q *Query) numbered() bool { return q.MsgSeqNumFrom != 0 || q.MsgSeqNumTo != 0 }

// overlaps reports whether something of low to high lies within from to to.
func overlaps[T ~uint32 | ~uint64 | ~int64](low, high, from, to T) bool {
	return (from == 0 || high >= from) && (to == 0 || low <= to)
}

// fits reports whether there may be a wanted record in what s sums up.
func (q *Query) fits(s *summary) bool {
	return overlaps(s.first, s.last, q.SequenceFrom, q.SequenceTo) &&
		overlaps(s.epoch, s.epoch, q.EpochFrom, q.EpochTo) &&
		overlaps(s.time.min, s.time.max, q.TimeFrom, q.TimeTo) &&
		q.fitsKinds(s)
}

func (q *Query) fitsKinds(s *summary) bool {
	in, out := q.Kinds.has(record.Inbound) && s.inbound > 0, q.Kinds.has(record.Outbound) && s.outbound > 0
	if q.numbered() {
		out = out || (q.Kinds.has(record.Mark) || q.Kinds.has(record.Void)) && s.others() > 0
		return in && q.holds(s.in) || out && q.holds(s.out)
	}
	return q.Kinds == 0 || in || out ||
		q.Kinds.has(record.Event) && s.events > 0 ||
		q.Kinds.has(record.Gap) && s.gaps > 0 ||
		q.Kinds&others != 0 && s.others() > 0
}

func (q *Query) mayHold(records []byte) bool { return q.MayHold == nil || q.MayHold(records) }

func (q *Query) holds(n numbers) bool {
	return n.max != 0 && overlaps(n.min, n.max, q.MsgSeqNumFrom, q.MsgSeqNumTo)
}

// wants reports whether r is wanted. This is what a query means; fits only saves work.
func (q *Query) wants(r *record.Record) bool {
	if q.numbered() && !q.holds(numbers{r.MsgSeqNum, r.MsgSeqNum}) {
		return false
	}
	return q.Kinds.has(r.Kind) &&
		overlaps(r.Sequence, r.Last(), q.SequenceFrom, q.SequenceTo) &&
		overlaps(r.Epoch, r.Epoch, q.EpochFrom, q.EpochTo) &&
		overlaps(r.Time, r.Time, q.TimeFrom, q.TimeTo)
}
