package store

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// segment is a segment as a Reader knows it: where which records are, and where damage is. load finds that out.
type segment struct {
	reader    *Reader
	number    uint32
	sealed    bool   // there is a later one
	stale     bool   // it may have grown since load, or was never loaded
	catalogue []span // by epoch; nil: the catalogue does not know it

	loaded bool
	header segmentHeader
	size   int64 // of the file
	end    int64 // everything before is in what follows
	next   record.Sequence
	spans  []span          // from the index, and complete ones that were counted
	run    span            // counted, may grow
	damage []*CorruptError // found where the index says nothing, by offset
}

func (g *segment) compare(n uint32) int { return int(int64(g.number) - int64(n)) }

func (g *segment) path() string { return segmentPath(g.reader.dir, g.number) }

// all returns the spans by offset, until the next load. The last may lie where load puts another.
func (g *segment) all() []span {
	if g.run.records == 0 {
		return g.spans
	}
	return append(g.spans, g.run)
}

// load brings what is known of the segment up to date. An error is the file system's, ErrTooNew, or says
// that the segment is another log's.
func (g *segment) load() error {
	if !g.stale {
		return nil
	}
	src, err := g.reader.source(g.number)
	if err != nil {
		return err
	}
	defer src.close()
	h, err := src.header()
	if err != nil && bad(err) == nil {
		return g.reader.corrupt(g.number, err)
	}
	if g.loaded && (src.size < g.end || h != g.header) {
		g.forget() // an Open cut it off meanwhile, or put another in its place
	}
	var index []span
	if !g.loaded {
		if index, err = g.begin(src, h, err); err != nil {
			return err
		}
	}
	g.size = src.size
	if err := g.fill(src, index); err != nil {
		g.forget()
		return err
	}
	g.spans = slices.Grow(g.spans, 1) // for all
	g.stale = false
	return nil
}

func (g *segment) forget() {
	*g = segment{reader: g.reader, number: g.number, sealed: g.sealed, stale: true, catalogue: g.catalogue}
}

// leave lets go of the spans of a segment that was gone through: of a large log they fill more memory than all else. The
// catalogue says whether it must be looked at again.
func (g *segment) leave() {
	if g.sealed && g.catalogue != nil {
		g.forget()
	}
}

// begin takes notice of the header and returns what the index says.
func (g *segment) begin(src *source, h segmentHeader, wrong error) ([]span, error) {
	r := g.reader
	g.loaded, g.header, g.end, g.next = true, h, headerSize(r.log), h.state.Next
	if wrong == nil {
		wrong = h.belongs(r.archive, r.log, g.number)
	}
	if errors.Is(wrong, ErrForeign) {
		g.damage = append(g.damage, &CorruptError{Path: src.path, Reason: wrong.Error()})
		g.end, g.next = src.size, 0
		return nil, nil
	}
	if wrong != nil {
		g.damage = append(g.damage, &CorruptError{Path: src.path, Reason: bad(wrong).reason.Error()})
	}
	b, err := disk.ReadFile(r.fs, indexPath(r.dir, g.number))
	if err != nil {
		return nil, nil // derived: the blocks say it all
	}
	index, err := parseSpans(b, r.indexHeader(g.number), r.base, nil)
	if err != nil {
		return nil, nil
	}
	return index, nil
}

// fill takes over what the index says, and reads the blocks of which it says nothing.
func (g *segment) fill(src *source, index []span) error {
	if g.spans == nil {
		g.spans = make([]span, 0, len(index)+1)
	}
	for _, s := range index {
		if s.offset < g.end || s.end() > g.size {
			continue
		}
		if s.offset > g.end {
			if err := g.scan(src, s.offset, s.offset); err != nil {
				return err
			}
		}
		if g.next != 0 && s.first != g.next {
			continue // stale: the blocks in its place are read
		}
		g.spans, g.run = g.all(), span{}
		g.spans = append(g.spans, s)
		g.end, g.next = s.end(), s.last+1
	}
	whole := g.size
	if !g.sealed {
		whole = g.reader.acknowledged(g.number)
	}
	if err := g.scan(src, g.size, whole); err != nil || !g.sealed {
		return err
	}
	return g.meets()
}

// scan counts blocks from g.end up to an offset. What is none is damage where there ought to be blocks, which is
// before whole; behind that it is not there yet.
func (g *segment) scan(src *source, to, whole int64) error {
	s := newScanner(src, seedOf(g.reader.base, g.number), g.end, to)
	s.expect = g.next
	for {
		at := s.at
		h, _, err := s.next()
		switch place := bad(err); {
		case err == io.EOF:
			return nil
		case place != nil && at >= whole:
			return nil
		case place != nil:
			g.damage = append(g.damage, &CorruptError{Path: src.path, Offset: place.offset, Reason: place.reason.Error()})
			more, err := s.resync()
			if err != nil {
				return err
			}
			if !more && whole < to {
				s.at = whole // what lies behind it may be on its way
			}
			g.next = 0
		case err != nil:
			return err
		default:
			g.spans = g.run.count(g.spans, g.number, at, &h)
			g.next = s.expect
		}
		g.end = s.at
	}
}

// meets notes as damage that a sealed segment ends before the next one begins: where blocks are missing at its end,
// nothing else in it says so.
func (g *segment) meets() error {
	h, _, err := g.reader.header(g.number + 1)
	if err != nil || h.belongs(g.reader.archive, g.reader.log, g.number+1) != nil || g.next == 0 || g.next == h.state.Next {
		return nil // told where the walk comes to the next segment
	}
	g.damage = append(g.damage, &CorruptError{
		Path: g.path(), Offset: g.size,
		Reason: fmt.Sprintf("the segment ends before sequence %d, the next begins with %d", g.next, h.state.Next),
	})
	return nil
}
