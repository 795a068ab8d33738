package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Summary says what a log holds.
type Summary struct {
	Segments                    int
	Records                     uint64
	Inbound, Outbound           uint64 // messages
	Events                      uint64
	Gaps                        uint64 // gap records
	Bytes                       int64  // of segments, as far as they can be read
	First, Last                 record.Nanos
	FirstSequence, LastSequence record.Sequence
	Epochs                      []EpochSummary // in their order
}

// EpochSummary says what an epoch holds.
type EpochSummary struct {
	Epoch             record.Epoch
	First, Last       record.Nanos // the earliest and the latest time of its records
	Records           uint64
	Inbound, Outbound uint64
	In, Out           Range
}

// Range is a range of MsgSeqNums, both ends included; zeros: there are none.
type Range struct{ Min, Max record.MsgSeqNum }

// Summary sums the log up from its catalogue and indexes, and reads only the blocks that those do not cover. Damage
// that it comes by is the error, beside what it found.
func (r *Reader) Summary() (Summary, error) {
	var sum Summary
	var failed error
	for _, g := range r.segments {
		spans := g.catalogue
		if !g.sealed || spans == nil {
			if err := g.load(); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			spans = g.all()
			for _, d := range g.damage {
				failed = errors.Join(failed, d)
			}
		}
		sum.Segments++
		sum.Bytes += headerSize(r.log)
		for i := range spans {
			sum.add(&spans[i])
		}
	}
	return sum, failed
}

func (s *Summary) add(p *span) {
	if s.Records == 0 {
		s.First, s.Last, s.FirstSequence = p.time.min, p.time.max, p.first
	}
	s.Records += uint64(p.records)
	s.Inbound += uint64(p.inbound)
	s.Outbound += uint64(p.outbound)
	s.Events += uint64(p.events)
	s.Gaps += uint64(p.gaps)
	s.Bytes += p.length
	s.First, s.Last = min(s.First, p.time.min), max(s.Last, p.time.max)
	s.LastSequence = p.last
	if n := len(s.Epochs); n == 0 || s.Epochs[n-1].Epoch != p.epoch {
		s.Epochs = append(s.Epochs, EpochSummary{Epoch: p.epoch, First: p.time.min, Last: p.time.max})
	}
	s.Epochs[len(s.Epochs)-1].add(p)
}

func (e *EpochSummary) add(p *span) {
	e.First, e.Last = min(e.First, p.time.min), max(e.Last, p.time.max)
	e.Records += uint64(p.records)
	e.Inbound += uint64(p.inbound)
	e.Outbound += uint64(p.outbound)
	in, out := numbers{e.In.Min, e.In.Max}, numbers{e.Out.Min, e.Out.Max}
	in.join(p.in)
	out.join(p.out)
	e.In, e.Out = Range{in.min, in.max}, Range{out.min, out.max}
}

// Epochs lists the log's epochs.
func (r *Reader) Epochs() ([]EpochSummary, error) {
	sum, err := r.Summary()
	return sum.Epochs, err
}

// EpochsHolding lists the epochs that have a record which q asks for, ascending. Damage that it comes by is the
// error, beside what it found.
func (r *Reader) EpochsHolding(q Query) (epochs []record.Epoch, damage error) {
	for rec, err := range r.Records(q) {
		if err != nil {
			damage = errors.Join(damage, err)
		} else if n := len(epochs); n == 0 || epochs[n-1] != rec.Epoch {
			epochs = append(epochs, rec.Epoch)
		}
	}
	return slices.Compact(epochs), damage
}

// Numbers is a range that holds the MsgSeqNums of the outbound messages that q asks for, as narrow as the indexes know;
// zeros when there are none.
func (r *Reader) Numbers(q Query) (n Range, err error) {
	for _, g := range r.segments {
		spans := g.catalogue
		if !g.sealed || spans == nil {
			if err := g.load(); err != nil {
				return n, err
			}
			spans = g.all()
		}
		for i := range spans {
			out := spans[i].out
			if !q.fits(&spans[i].summary) || out.max == 0 {
				continue
			}
			if n.Max == 0 || out.min < n.Min {
				n.Min = out.min
			}
			n.Max = max(n.Max, out.max)
		}
	}
	return n, nil
}

// Whole says where records are missing from one sequence to another, as far as that shows without reading what the indexes
// know: a *CorruptError where blocks cannot be read, or are not there.
func (r *Reader) Whole(from, to record.Sequence) error {
	next := from
	for _, g := range r.segments {
		spans := g.catalogue
		if !g.sealed || spans == nil {
			if err := g.load(); err != nil {
				return err
			}
			spans = g.all()
		}
		for i := range spans {
			if next > to || spans[i].first > next {
				return r.lacks(g.path(), next, to)
			}
			next = max(next, spans[i].last+1)
		}
	}
	return r.lacks(r.dir, next, to)
}

func (r *Reader) lacks(path string, next, to record.Sequence) error {
	if next > to {
		return nil
	}
	return &CorruptError{Path: path, Reason: fmt.Sprintf("the record with sequence %d cannot be read, and it was written", next)}
}
