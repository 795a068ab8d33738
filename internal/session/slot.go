package session

import (
	"hash/fnv"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// The slot of a Recorder tells what it dropped and has not yet said in the ring. The count is not there: a
// pending range has no holes, so it is last - first + 1.
//
//	┌ first ┬ last ┬ bytes ┬ bytes ┬ till ┬ till ┬ time of first ┬ reason 8 bits, tag 56 ┐
//	│       │      │ even  │ odd   │ even │ odd  │               │                        │
//	└───────┴──────┴───────┴───────┴──────┴──────┴───────────────┴────────────────────────┘
//
// A process may be killed between any two stores, so each change becomes visible by one:
//
//   - A range begins with the store of first, which comes after all others; first 0 means that nothing is lost.
//   - It grows with the store of last, by one. Sum and time belonging to the new last were stored before, in the
//     pair that its parity picks; those of the old last stay until the range grows again.
//   - It ends with the store of 0 to first, after the gap frame is in the ring or the gap record in the journal.
//
// A reader can find a range that its log already accounts for, never one that promises too little.
const (
	slotFirst = iota
	slotLast
	slotBytes // and the next one
	_
	slotTill // and the next one
	_
	slotTime
	slotReason
)

// pending is a range of records that were dropped and stand in no gap frame or gap record yet.
type pending struct {
	first record.Sequence // 0: nothing is pending
	lost  record.Lost
}

// begin starts the range with its first record.
func (p *pending) begin(s *logbuf.Slot, tag uint64) {
	p.amount(s)
	s[slotLast].Store(uint64(p.lost.Last))
	s[slotTime].Store(uint64(p.lost.First))
	s[slotReason].Store(uint64(p.lost.Reason) | tag<<8)
	s[slotFirst].Store(uint64(p.first))
}

// grow publishes that the range has one more record.
func (p *pending) grow(s *logbuf.Slot) {
	p.amount(s)
	s[slotLast].Store(uint64(p.lost.Last))
}

// shrink publishes that the range begins later. Its old beginning is in the journal, which recovery reads first:
// between the stores it finds the right sequences, with the sum of bytes of more of them.
func (p *pending) shrink(s *logbuf.Slot) {
	s[slotFirst].Store(uint64(p.first))
	s[slotTime].Store(uint64(p.lost.First))
	p.amount(s)
}

func (p *pending) amount(s *logbuf.Slot) {
	odd := uint64(p.lost.Last) & 1
	s[slotBytes+odd].Store(p.lost.Bytes)
	s[slotTill+odd].Store(uint64(p.lost.Till))
}

// end forgets the range.
func (p *pending) end(s *logbuf.Slot) {
	*p = pending{}
	s[slotFirst].Store(0)
}

// ParseSlot reads what a Recorder dropped without a gap frame behind it: the first sequence lost, and the rest as
// in a gap record. It may be called while the Recorder is at work, or when its process is gone; the log may
// already account for some of the range or for all of it.
func ParseSlot(s *logbuf.Slot) (first record.Sequence, lost record.Lost, ok bool) {
	first = record.Sequence(s[slotFirst].Load())
	last := s[slotLast].Load()
	if first == 0 || last < uint64(first) {
		return 0, record.Lost{}, false
	}
	odd := last & 1
	return first, record.Lost{
		Last:   record.Sequence(last),
		Count:  last - uint64(first) + 1,
		Bytes:  s[slotBytes+odd].Load(),
		First:  record.Nanos(s[slotTime].Load()),
		Till:   record.Nanos(s[slotTill+odd].Load()),
		Reason: record.Reason(s[slotReason].Load()),
	}, true
}

// SlotIs reports whether a slot that ParseSlot accepted was written for id. Recovery asks for a handle whose
// registration never reached the ring.
func SlotIs(s *logbuf.Slot, id record.LogID) bool {
	return s[slotReason].Load()>>8 == slotTag(id)
}

// slotTag is 56 bits of a log's name.
func slotTag(id record.LogID) uint64 {
	h := fnv.New64a()
	h.Write(record.AppendLogID(nil, id))
	return h.Sum64() >> 8
}
