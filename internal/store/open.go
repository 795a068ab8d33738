package store

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Open opens a log for appending. known is what a checkpoint says of it, or nil.
//
// What lies before known's end was acknowledged: it is trusted unread, and where it is plainly missing or damaged
// that is reported, kept, and left behind: the log goes on in a new segment. What lies after it is read, block by
// block, as far as it is good; the rest was never acknowledged, and is cut off and kept in quarantine. Without
// known the last segment's header says where the log stood, and all behind it is read.
//
// A log that does not exist yet touches no disk before its first Flush. A segment of a newer format is an error.
func (s *Set) Open(id record.LogID, known *record.Snapshot) (*Log, error) {
	if err := s.forget(id); err != nil {
		return nil, err
	}
	l := &Log{
		set: s, id: id, dir: s.Dir(id), base: baseOf(s.o.Archive, id), begins: headerSize(id), state: record.Begin(),
	}
	numbers, err := segmentNumbers(s.fs, l.dir)
	if err != nil {
		return nil, err
	}
	o := opening{Log: l, numbers: numbers, checked: known != nil}
	if err := o.find(known); err != nil {
		return nil, err
	}
	l.flushed, l.last = l.end, max(l.end.segment, o.kept)
	if l.end.segment == 0 {
		return l, nil
	}
	l.touchBehind(known, numbers)
	if err := l.trimCatalogue(); err != nil {
		return nil, err
	}
	if err := l.reindex(); err != nil {
		return nil, err
	}
	l.appendIndex() // a log that gets nothing more would never have it written
	return l, nil
}

// touchBehind has the next Sync prove what lies behind a checkpoint: who wrote it may have died before its own.
func (l *Log) touchBehind(known *record.Snapshot, numbers []uint32) {
	first := uint32(0)
	if known != nil {
		first = known.Segment
	}
	if known != nil && l.end == (place{known.Segment, known.Length}) {
		return
	}
	l.set.Touch(filepath.Dir(l.set.root), l.set.root, l.dir)
	for _, n := range numbers {
		if n >= first && n <= l.end.segment {
			l.set.Touch(segmentPath(l.dir, n))
		}
	}
}

// opening finds the end of a log. It reads in the order of the segments; the Log in it is nobody's yet.
type opening struct {
	*Log
	numbers []uint32 // of the segments that there are
	durable int64    // the next segment is good up to here, says the checkpoint
	checked bool     // there was a checkpoint: no block behind it was ever acknowledged and is not in the journal
	kept    uint32   // the last segment that was left where it is
}

func (o *opening) find(known *record.Snapshot) error {
	var err error
	switch {
	case known == nil:
		err = o.startAtLast()
	case known.Segment == 0: // all there is was written since
		o.state = known.State
	default:
		o.startAt(known)
	}
	for err == nil && len(o.numbers) > 0 {
		n := o.numbers[0]
		o.numbers = o.numbers[1:]
		err = o.segment(n)
		o.durable = 0
	}
	return err
}

// startAt begins where a checkpoint ends.
func (o *opening) startAt(known *record.Snapshot) {
	o.state = known.State
	o.end = place{known.Segment, known.Length}
	at, found := slices.BinarySearch(o.numbers, known.Segment)
	o.numbers = o.numbers[at:]
	o.durable = known.Length
	if !found {
		o.leaveBehind(segmentPath(o.dir, known.Segment), 0, errors.New("the segment is missing"))
		o.durable = 0
	}
}

// startAtLast begins at the last segment whose header can be read.
func (o *opening) startAtLast() error {
	for i, n := range slices.Backward(o.numbers) {
		src, err := openSource(o.set.fs, segmentPath(o.dir, n), nil)
		if err != nil {
			return err
		}
		h, err := src.header()
		src.close()
		if errors.Is(err, ErrTooNew) {
			return fmt.Errorf("%s: %w", src.path, err)
		}
		if err == nil && h.belongs(o.set.o.Archive, o.id, n) == nil {
			o.indexEarlier(i)
			o.state, o.numbers = h.state, o.numbers[i:]
			return nil
		}
	}
	return nil
}

// segment reads the next segment, from its first block or from where the checkpoint ends.
func (o *opening) segment(n uint32) error {
	src, err := openSource(o.set.fs, segmentPath(o.dir, n), nil)
	if err != nil {
		return err
	}
	defer src.close()
	h, err := src.header()
	switch {
	case errors.Is(err, ErrTooNew):
		return fmt.Errorf("%s: %w", src.path, err)
	case err == nil:
		err = h.belongs(o.set.o.Archive, o.id, n)
	case bad(err) == nil:
		return err
	}
	return o.accept(src, n, &h, err)
}

// accept decides what to do about a segment, whose header may be bad.
func (o *opening) accept(src *source, n uint32, h *segmentHeader, wrong error) error {
	switch {
	case errors.Is(wrong, ErrForeign):
		o.kept = n
		o.leaveBehind(src.path, 0, wrong)
		return nil
	case o.durable > src.size:
		o.kept = n
		o.leaveBehind(src.path, src.size, fmt.Errorf("the segment ends here, the checkpoint says at %d", o.durable))
		return nil
	case wrong != nil && (o.durable > 0 || !o.checked && o.goesOn(src, n)):
		o.leaveBehind(src.path, 0, wrong)
	case wrong != nil:
		return o.cut(src, n, 0, wrong)
	case o.durable == 0 && h.state != o.state:
		return o.cut(src, n, 0, fmt.Errorf("it begins with sequence %d, want %d", h.state.Next, o.state.Next))
	default:
		o.sealed = false // whatever was left behind, the log went on here
	}
	o.kept = n
	if o.end.segment != 0 && o.end.segment != n {
		o.complete()
	}
	o.seed, o.created = seedOf(o.base, n), h.created
	return o.blocks(src, n, max(o.durable, o.begins))
}

// goesOn reports whether the segment has a block, behind the place of its header, that follows the log's last record:
// then the header is damaged, and not merely never written.
func (o *opening) goesOn(src *source, n uint32) bool {
	s := newScanner(src, seedOf(o.base, n), headerSize(o.id), src.size)
	s.expect = o.state.Next
	_, _, err := s.next()
	return err == nil
}

// blocks follows the blocks from an offset on and cuts off what is none.
func (o *opening) blocks(src *source, n uint32, from int64) error {
	s := newScanner(src, seedOf(o.base, n), from, src.size)
	s.expect = o.state.Next
	for {
		o.end = place{n, s.at}
		h, records, err := s.next()
		var next record.State
		if err == nil {
			if next, err = follow(o.state, &h, records); err != nil {
				err = &badBlock{o.end.offset, err}
			}
		}
		if err == nil {
			o.state = next
			continue
		}
		if err == io.EOF {
			return nil
		}
		if bad(err) == nil {
			return err
		}
		return o.cut(src, n, o.end.offset, err)
	}
}

// follow is the state after a block.
func follow(s record.State, h *block, records []byte) (record.State, error) {
	var wrong error
	err := h.each(records, func(r *record.Record) bool {
		s, _ = s.After(r)
		if s.Epoch != h.epoch {
			wrong = fmt.Errorf("sequence %d is of epoch %d, its block says %d", r.Sequence, s.Epoch, h.epoch)
		}
		return wrong == nil
	})
	return s, errors.Join(err, wrong)
}

// leaveBehind reports damage in what was acknowledged, and lets the log go on in a new segment.
func (o *opening) leaveBehind(path string, offset int64, why error) {
	o.sealed = true
	o.set.o.Report(&CorruptError{Path: path, Offset: offset, Reason: why.Error()})
}

// cut takes what lies from offset on out of a segment, the whole file when offset is 0. The next segment then goes the
// same way, unless it begins with the state that the log has now: then nothing is missing between them.
func (o *opening) cut(src *source, n uint32, offset int64, why error) error {
	kept, err := o.set.quarantine(src, fmt.Sprintf("%s.%08d.%d", o.set.o.DirName(o.id), n, offset), offset)
	if err != nil {
		return err
	}
	if offset == 0 {
		err = o.set.removeSegment(o.dir, n)
	} else {
		err = o.set.truncate(src.path, offset)
	}
	if err == nil && src.size > 0 {
		o.set.o.Report(&TornError{Path: src.path, Offset: offset, Bytes: src.size - offset, Kept: kept, Reason: why.Error()})
	}
	return err
}
