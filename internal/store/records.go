package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Records returns the records that q asks for, by sequence. A body is valid until the iteration goes on: Clone
// keeps it.
//
// A place that is damaged yields a *CorruptError once, and the iteration goes on behind it. Where the newest segment
// ends in what is no whole block the iteration ends too: Tail says how much that is.
func (r *Reader) Records(q Query) iter.Seq2[record.Record, error] {
	return func(yield func(record.Record, error) bool) {
		w := walk{reader: r, q: q, yield: yield}
		for i := range r.segments {
			if !w.missing(i) || !w.segment(r.segments[i]) {
				return
			}
			r.segments[i].leave()
		}
	}
}

// Backward returns the records that q asks for as Records does, the last one first.
func (r *Reader) Backward(q Query) iter.Seq2[record.Record, error] {
	return func(yield func(record.Record, error) bool) {
		w := walk{reader: r, q: q, yield: yield, backward: true}
		for i := len(r.segments) - 1; i >= 0; i-- {
			if !w.segment(r.segments[i]) || !w.missing(i) {
				return
			}
			r.segments[i].leave()
		}
	}
}

// Last returns the last n records that q asks for, by sequence, with bodies of their own. It reads no further back than
// it must; the error joins the damage that it came by, beside what it found.
func (r *Reader) Last(n int, q Query) (found []record.Record, damage error) {
	if n <= 0 {
		return nil, nil
	}
	for rec, err := range r.Backward(q) {
		if err != nil {
			damage = errors.Join(damage, err)
			continue
		}
		if found = append(found, Clone(rec)); len(found) == n {
			break
		}
	}
	slices.Reverse(found)
	return found, damage
}

// Clone returns r with a body of its own.
func Clone(r record.Record) record.Record {
	r.Body = bytes.Clone(r.Body)
	return r
}

// walk is one iteration. Its methods report whether it is to go on.
type walk struct {
	reader   *Reader
	q        Query
	yield    func(record.Record, error) bool
	backward bool

	buf  []byte          // the span at hand
	held []record.Record // of it, for walking backward
}

func (w *walk) fail(err error) bool { return w.yield(record.Record{}, err) }

// missing tells that there is no segment between the i-th and the one before it, though their numbers say so.
func (w *walk) missing(i int) bool {
	r := w.reader
	if i == 0 || r.segments[i].number == r.segments[i-1].number+1 {
		return true
	}
	if h, _, err := r.header(r.segments[i].number); err == nil && w.q.SequenceFrom != 0 && h.state.Next <= w.q.SequenceFrom {
		return true
	}
	return w.fail(&CorruptError{
		Path:   segmentPath(r.dir, r.segments[i-1].number+1),
		Reason: fmt.Sprintf("the segment is missing: %d follows %d", r.segments[i].number, r.segments[i-1].number),
	})
}

// segment visits the spans of a segment that fit, and its damage, in their order.
func (w *walk) segment(g *segment) bool {
	if g.sealed && g.catalogue != nil && !slices.ContainsFunc(g.catalogue, func(s span) bool { return w.q.fits(&s.summary) }) {
		return true
	}
	if err := g.load(); err != nil {
		return w.fail(err)
	}
	spans, damage := g.all(), g.damage
	if w.backward {
		return w.backwards(g, spans, damage)
	}
	for i := range spans {
		for len(damage) > 0 && damage[0].Offset < spans[i].offset {
			if !w.damaged(damage[0], spans[:i], spans[i:]) {
				return false
			}
			damage = damage[1:]
		}
		if w.q.fits(&spans[i].summary) && !w.span(g, &spans[i]) {
			return false
		}
	}
	for _, d := range damage {
		if !w.damaged(d, spans, nil) {
			return false
		}
	}
	return true
}

func (w *walk) backwards(g *segment, spans []span, damage []*CorruptError) bool {
	for i := len(spans); i >= 0; i-- {
		if i < len(spans) && w.q.fits(&spans[i].summary) && !w.span(g, &spans[i]) {
			return false
		}
		for len(damage) > 0 && (i == 0 || damage[len(damage)-1].Offset >= spans[i-1].end()) {
			if !w.damaged(damage[len(damage)-1], spans[:i], spans[i:]) {
				return false
			}
			damage = damage[:len(damage)-1]
		}
	}
	return true
}

// damaged tells of damage, unless the sequences around it say that nothing wanted can have been there.
func (w *walk) damaged(d *CorruptError, before, behind []span) bool {
	if len(behind) > 0 && w.q.SequenceFrom != 0 && behind[0].first <= w.q.SequenceFrom {
		return true
	}
	if n := len(before); n > 0 && w.q.SequenceTo != 0 && before[n-1].last >= w.q.SequenceTo {
		return true
	}
	return w.fail(d)
}

// span visits the wanted records of one span.
func (w *walk) span(g *segment, s *span) bool {
	src, err := w.reader.source(g.number)
	if err != nil {
		return w.fail(err)
	}
	scan := newScanner(src, seedOf(w.reader.base, g.number), s.offset, s.end())
	scan.chunk, scan.buf = int(s.length), w.buf[:0]
	_, err = scan.view(s.length) // all of it, so that no file is open while the caller is at work
	src.close()
	w.buf, scan.src = scan.buf, &source{path: src.path}
	if err != nil {
		return w.fail(err)
	}
	if w.backward {
		return w.reversed(g, scan)
	}
	return w.blocks(g, scan, w.yield)
}

// blocks visits the wanted records of the blocks that scan comes to.
func (w *walk) blocks(g *segment, scan *scanner, yield func(record.Record, error) bool) bool {
	for {
		h, records, err := scan.next()
		switch place := bad(err); {
		case err == io.EOF:
			return true
		case place != nil:
			if !yield(record.Record{}, w.reader.corrupt(g.number, err)) {
				return false
			}
			if _, err := scan.resync(); err != nil {
				return yield(record.Record{}, err)
			}
			continue
		case err != nil:
			return yield(record.Record{}, err)
		}
		if !w.q.fits(&h.summary) || !w.q.mayHold(records) {
			continue
		}
		more := true
		err = h.each(records, func(r *record.Record) bool {
			more = !w.q.wants(r) || yield(*r, nil)
			return more
		})
		if more && err != nil {
			more = yield(record.Record{}, w.reader.corrupt(g.number, &badBlock{scan.at - h.size(), err}))
		}
		if !more {
			return false
		}
	}
}

// reversed visits the wanted records of a span from its end, after the damage in it.
func (w *walk) reversed(g *segment, scan *scanner) bool {
	w.held = w.held[:0]
	more := w.blocks(g, scan, func(r record.Record, err error) bool {
		if err != nil {
			return w.fail(err)
		}
		w.held = append(w.held, r)
		return true
	})
	for i := len(w.held) - 1; i >= 0 && more; i-- {
		more = w.yield(w.held[i], nil)
	}
	return more
}
