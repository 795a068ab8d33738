package store

import "github.com/fixarchive/fixarchive/internal/record"

// summary says what a stretch of adjacent records of one epoch holds. Of no records it is the zero value.
type summary struct {
	first, last record.Sequence // last: what the last record accounts for, which for a gap is the last one lost
	epoch       record.Epoch
	records     uint32
	inbound     uint32 // messages
	outbound    uint32
	events      uint32
	gaps        uint32 // gap records
	time        times
	in, out     numbers // MsgSeqNums by direction; of marks and voids too, which tell of outbound messages
}

type times struct{ min, max record.Nanos }

// numbers is a range of MsgSeqNums; zeros: there are none.
type numbers struct{ min, max record.MsgSeqNum }

// add counts r, which follows what is in s.
func (s *summary) add(r *record.Record) {
	if s.records == 0 {
		*s = summary{first: r.Sequence, epoch: r.Epoch, time: times{r.Time, r.Time}}
	}
	s.records++
	s.last = r.Last()
	s.time.min, s.time.max = min(s.time.min, r.Time), max(s.time.max, r.Time)
	switch r.Kind {
	case record.Inbound:
		s.inbound++
		s.in.add(r.MsgSeqNum)
	case record.Outbound:
		s.outbound++
		s.out.add(r.MsgSeqNum)
	case record.Event:
		s.events++
	case record.Gap:
		s.gaps++
	case record.Mark, record.Void:
		if r.MsgSeqNum != 0 {
			s.out.add(r.MsgSeqNum)
		}
	}
}

func (n *numbers) add(v record.MsgSeqNum) { n.join(numbers{v, v}) }

// join counts what t counts, which follows what is in s and is of the same epoch.
func (s *summary) join(t *summary) {
	if s.records == 0 {
		*s = *t
		return
	}
	s.last = t.last
	s.records += t.records
	s.inbound += t.inbound
	s.outbound += t.outbound
	s.events += t.events
	s.gaps += t.gaps
	s.time.min, s.time.max = min(s.time.min, t.time.min), max(s.time.max, t.time.max)
	s.in.join(t.in)
	s.out.join(t.out)
}

func (n *numbers) join(m numbers) {
	switch {
	case m.max == 0:
	case n.max == 0:
		*n = m
	default:
		n.min, n.max = min(n.min, m.min), max(n.max, m.max)
	}
}

// others is how many records are of none of the kinds that are counted apart.
func (s *summary) others() uint32 { return s.records - s.inbound - s.outbound - s.events - s.gaps }

// plausible reports whether records could add up to s.
func (s *summary) plausible() bool {
	counted := uint64(s.inbound) + uint64(s.outbound) + uint64(s.events) + uint64(s.gaps)
	return s.records > 0 && counted <= uint64(s.records) &&
		s.epoch > 0 && s.first > 0 && s.last >= s.first && uint64(s.last-s.first) >= uint64(s.records)-1 &&
		s.time.min <= s.time.max &&
		s.in.plausible(s.inbound) && s.out.plausible(s.outbound+s.others())
}

func (n numbers) plausible(messages uint32) bool {
	if n.max == 0 {
		return n.min == 0
	}
	return n.min > 0 && n.min <= n.max && messages > 0
}

// span is a summary of adjacent blocks, and where they lie.
type span struct {
	segment        uint32
	offset, length int64
	summary
}

func (s *span) end() int64 { return s.offset + s.length }

// takes reports whether a block may be counted in s and leave it within SpanBytesMax.
func (s *span) takes(offset, length int64, b *summary) bool {
	return s.records == 0 || s.continues(offset, b) && s.length+length <= SpanBytesMax
}

// continues reports whether a block of the same segment goes on where s ends, in bytes, sequence and epoch.
func (s *span) continues(offset int64, b *summary) bool {
	return offset == s.end() && s.epoch == b.epoch && b.first == s.last+1
}

// count counts a block in s. When it does not fit, what s had is appended to complete and s begins again.
func (s *span) count(complete []span, segment uint32, offset int64, b *block) []span {
	if !s.takes(offset, b.size(), &b.summary) {
		complete = append(complete, *s)
		*s = span{}
	}
	s.add(segment, offset, b.size(), &b.summary)
	return complete
}

func (s *span) add(segment uint32, offset, length int64, b *summary) {
	if s.records == 0 {
		s.segment, s.offset, s.length = segment, offset, 0
	}
	s.length += length
	s.join(b)
}
