package query

import "math"

// Bounds say outside of which nothing is wanted. All ends are included.
type Bounds struct {
	Kinds              uint32 // a bit for each record.Kind
	SeqFrom, SeqTill   uint64 // MsgSeqNum; a SeqFrom above 0 leaves out what has none
	EpochFrom, EpochTo uint64
	TimeFrom, TimeTill int64 // nanoseconds since the Unix epoch
}

var everything = Bounds{
	Kinds: math.MaxUint32, SeqTill: math.MaxUint64, EpochTo: math.MaxUint64, TimeFrom: math.MinInt64, TimeTill: math.MaxInt64,
}

// Nothing are the bounds within which nothing lies.
var nothing = Bounds{}

func (b *Bounds) empty() bool {
	return b.Kinds == 0 || b.SeqFrom > b.SeqTill || b.EpochFrom > b.EpochTo || b.TimeFrom > b.TimeTill
}

// and is what lies within both.
func (b Bounds) and(c Bounds) Bounds {
	b.Kinds &= c.Kinds
	b.SeqFrom, b.SeqTill = max(b.SeqFrom, c.SeqFrom), min(b.SeqTill, c.SeqTill)
	b.EpochFrom, b.EpochTo = max(b.EpochFrom, c.EpochFrom), min(b.EpochTo, c.EpochTo)
	b.TimeFrom, b.TimeTill = max(b.TimeFrom, c.TimeFrom), min(b.TimeTill, c.TimeTill)
	return b
}

// or takes in what lies within either, and what lies between them.
func (b Bounds) or(c Bounds) Bounds {
	if b.empty() {
		return c
	}
	if c.empty() {
		return b
	}
	b.Kinds |= c.Kinds
	b.SeqFrom, b.SeqTill = min(b.SeqFrom, c.SeqFrom), max(b.SeqTill, c.SeqTill)
	b.EpochFrom, b.EpochTo = min(b.EpochFrom, c.EpochFrom), max(b.EpochTo, c.EpochTo)
	b.TimeFrom, b.TimeTill = min(b.TimeFrom, c.TimeFrom), max(b.TimeTill, c.TimeTill)
	return b
}

// ofKinds are the bounds of some kinds of record.
func ofKinds(kinds uint32) Bounds {
	b := everything
	b.Kinds = kinds
	return b
}
