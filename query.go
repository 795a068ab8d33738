package fixarchive

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fixarchive/fixarchive/internal/query"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Direction says who sent a message. The zero value stands for both.
type Direction uint8

const (
	Both Direction = iota
	In             // received by the session
	Out            // sent by the session
)

func (d Direction) String() string {
	switch d {
	case Both:
		return "both"
	case In:
		return "in"
	case Out:
		return "out"
	}
	return fmt.Sprintf("direction %d", uint8(d))
}

// EpochRange is a range of a session's epochs, both ends included. The zero value stands for all of them, a zero
// Till for an open end.
type EpochRange struct{ From, Till uint32 }

// OneEpoch is the range of n alone.
func OneEpoch(n uint32) EpochRange { return EpochRange{n, n} }

func (e EpochRange) contains(n uint32) bool {
	return n >= e.From && (e.Till == 0 || n <= e.Till)
}

// Query says which records are wanted. Its zero value asks for all messages of all sessions, and for the gap
// records that say where some are missing.
type Query struct {
	Session   string    // as Reader.Session takes it; empty: all of them, in the order of their capture
	Direction Direction // of messages
	From, To  uint64    // MsgSeqNum, both included; a zero To is an open end. Either leaves out what has no MsgSeqNum
	Epoch     EpochRange
	Since     time.Time // captured at or after; zero: from the beginning
	Until     time.Time // captured before; zero: to the end
	Types     []string  // MsgType, any of them; leaves out what is no message
	Kinds     []Kind    // which kinds of record; nil: messages and gaps, or those that Where asks for
	Where     *Where    // what else must hold, of sessions and archives too; nil: nothing
	Limit     int       // at most so many records; 0: all
	Reverse   bool      // the last one first

	Handovers bool // look up Message.Handover, which reads an index and a block for each saved message
	Pending   bool // only messages that a store saved and that were never handed to the socket, nor taken back

	exact bool // Session is a whole name
}

// check refuses what could only be a mistake.
func (q *Query) check() error {
	switch {
	case q.Direction > Out:
		return fmt.Errorf("query: %v, want Both, In or Out", q.Direction)
	case q.To != 0 && q.To < q.From:
		return fmt.Errorf("query: MsgSeqNums from %d to %d, want an end at or behind the beginning", q.From, q.To)
	case q.Epoch.Till != 0 && q.Epoch.Till < q.Epoch.From:
		return fmt.Errorf("query: epochs from %d till %d, want an end at or behind the beginning", q.Epoch.From, q.Epoch.Till)
	case !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until):
		return fmt.Errorf("query: from %s until %s, want an end behind the beginning", q.Since.Format(time.RFC3339Nano), q.Until.Format(time.RFC3339Nano))
	case q.Limit < 0:
		return fmt.Errorf("query: Limit is %d, want 0 or more", q.Limit)
	}
	return nil
}

// numbered reports whether q asks for MsgSeqNums, which only messages have.
func (q *Query) numbered() bool { return q.From != 0 || q.To != 0 }

// kinds says which kinds of record can satisfy q at all.
func (q *Query) kinds() kindSet {
	set := kindSet(0).with(Inbound).with(Outbound).with(Gap)
	kinds := q.Kinds
	if kinds == nil && q.Where.asksForKinds() {
		kinds = AllKinds()
	}
	if kinds != nil {
		set = 0
		for _, k := range kinds {
			set = set.with(k)
		}
	}
	if q.numbered() || len(q.Types) > 0 {
		set &= kindSet(0).with(Inbound).with(Outbound)
	}
	switch q.Direction {
	case In:
		set &^= kindSet(0).with(Outbound)
	case Out:
		set &^= kindSet(0).with(Inbound)
	}
	return set
}

// kindSet is a set of kinds, a bit each.
type kindSet uint32

func (s kindSet) with(k Kind) kindSet { return s | 1<<k }
func (s kindSet) has(k Kind) bool     { return s&(1<<k) != 0 }

// filter is a query made ready for being asked of every record.
type filter struct {
	kinds        kindSet
	from, to     record.MsgSeqNum
	epoch        EpochRange
	since, until record.Nanos
	types        []string
	where        *Where
	plan         *query.Plan // of where, for the log at hand; nil: nothing more is asked
	upTo         bound       // of whoever follows

	handovers, pending bool
}

func newFilter(q *Query) filter {
	f := filter{
		kinds: q.kinds(), epoch: q.Epoch, types: q.Types, where: q.Where,
		from: record.MsgSeqNum(q.From), to: record.MsgSeqNum(q.To),
		since: math.MinInt64, until: math.MaxInt64,
		upTo: noBound, handovers: q.Handovers, pending: q.Pending,
	}
	if f.to == 0 {
		f.to = math.MaxUint64
	}
	if !q.Since.IsZero() {
		f.since = nanos(q.Since)
	}
	if !q.Until.IsZero() {
		f.until = nanos(q.Until)
	}
	return f
}

// forLog is the filter for one log.
func (f filter) forLog(archive string, l *logAt) filter {
	if f.where != nil {
		f.plan = f.where.expr.For(&query.Log{Archive: archive, Name: l.name, ID: l.id})
	}
	return f
}

// never reports whether nothing of the log can be wanted, so that it need not be opened.
func (f *filter) never() bool { return f.kinds == 0 || f.plan != nil && f.plan.Never() }

// wants is all that f asks of a record of its log.
func (f *filter) wants(r *record.Record) bool {
	return f.matches(r) && (f.plan == nil || f.plan.Matches(r)) && f.ofType(r)
}

// matches is a query's whole meaning but for session, types, where and limit. What indexes do beforehand only saves work.
func (f *filter) matches(r *record.Record) bool {
	return f.kinds.has(Kind(r.Kind)) &&
		(!r.Kind.IsMessage() || r.MsgSeqNum >= f.from && r.MsgSeqNum <= f.to) &&
		f.epoch.contains(uint32(r.Epoch)) &&
		r.Time >= f.since && r.Time < f.until && f.upTo.holds(r)
}

// ofType is asked last, for it looks into the message.
func (f *filter) ofType(r *record.Record) bool {
	return len(f.types) == 0 || r.Kind.IsMessage() && slices.Contains(f.types, msgType(r.Body))
}

// inStore is as much of f as the indexes know.
func (f *filter) inStore() store.Query {
	q := store.Query{
		MsgSeqNumFrom: f.from, EpochFrom: record.Epoch(f.epoch.From), EpochTo: record.Epoch(f.epoch.Till),
	}
	if f.to != math.MaxUint64 {
		q.MsgSeqNumTo = f.to
	}
	if f.since != math.MinInt64 {
		q.TimeFrom = f.since
	}
	if f.until != math.MaxInt64 {
		q.TimeTo = f.until - 1
	}
	var kinds []record.Kind
	for _, k := range AllKinds() {
		if f.kinds.has(k) {
			kinds = append(kinds, record.Kind(k))
		}
	}
	q.Kinds = store.KindsOf(kinds...)
	if f.plan != nil {
		narrow(&q, f.plan)
	}
	return q
}

// narrow bounds what is asked of a store by what a plan knows of its answers.
func narrow(q *store.Query, p *query.Plan) {
	b := &p.Bounds
	if both := q.Kinds & store.Kinds(b.Kinds); both != 0 { // none: nothing is wanted, and 0 would stand for all
		q.Kinds = both
	}
	q.MsgSeqNumFrom = max(q.MsgSeqNumFrom, record.MsgSeqNum(b.SeqFrom))
	if b.SeqTill != math.MaxUint64 {
		q.MsgSeqNumTo = least(q.MsgSeqNumTo, record.MsgSeqNum(b.SeqTill))
	}
	q.EpochFrom = max(q.EpochFrom, record.Epoch(min(b.EpochFrom, math.MaxUint32)))
	if b.EpochTo < math.MaxUint32 {
		q.EpochTo = least(q.EpochTo, record.Epoch(b.EpochTo))
	}
	if b.TimeFrom != math.MinInt64 && (q.TimeFrom == 0 || record.Nanos(b.TimeFrom) > q.TimeFrom) {
		q.TimeFrom = record.Nanos(b.TimeFrom)
	}
	if b.TimeTill != math.MaxInt64 {
		q.TimeTo = least(q.TimeTo, record.Nanos(b.TimeTill))
	}
	if p.Hinted() {
		q.MayHold = p.MayHold
	}
}

// least is the smaller of two upper bounds, of which 0 is none.
func least[T ~uint32 | ~uint64 | ~int64](a, b T) T {
	if a == 0 {
		return b
	}
	return min(a, b)
}
