package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Report is what Verify found.
type Report struct {
	Log                     record.LogID
	Segments, Blocks        uint64
	Records, Messages, Gaps uint64 // Gaps: gap records
	IndexEntries            uint64 // spans of indexes and of the catalogue, each compared with the blocks
	Bytes                   int64  // of segments, read and proved
	Tail                    int64  // bytes at the end of the log that are no whole block: being written, or torn
	Unindexed               int64  // bytes of sealed segments that no index covers: no damage, lookups take longer
	Damage                  []*CorruptError
	End                     record.Snapshot // where the log ends, if there is no damage and Fast was not asked for
}

// VerifyOptions say how a log is proved.
type VerifyOptions struct {
	Known   *Known   // nil: the log is taken for what it says of itself
	Overlay []Extent // what a journal has of it that may not be in the segments

	// Fast proves headers, indexes, catalogue and sequences, which is what readers need to find things: each span is
	// compared with the header of its first block, and only what no span covers is read as a whole.
	Fast bool

	Progress func(bytes int64)          // told how many bytes of segments are done since it was told last; may be nil
	Check    func(*record.Record) error // see Verify; not asked where Fast reads no records
}

// Verify reads every byte of the log in dir and proves what can be proved of it: every checksum, that records and
// segments follow each other, that the state a segment begins with and the epoch of every record are what the
// records before them lead to, that what headers sum up is so, and that index and catalogue say what the blocks do.
//
// progress is told how many bytes were read since it was told last. check is asked about every record, whose body is
// valid for that call; what it finds wrong is damage. Both may be nil.
func Verify(fsys disk.FS, dir string, progress func(bytes int64), check func(*record.Record) error, overlay ...Extent) (Report, error) {
	return VerifyWith(fsys, dir, VerifyOptions{Progress: progress, Check: check, Overlay: overlay})
}

// VerifyWith is Verify with more to say about it. Of a log that is known it also proves that what was acknowledged is
// there.
func VerifyWith(fsys disk.FS, dir string, o VerifyOptions) (Report, error) {
	r, err := openReader(fsys, dir, o.Known, o.Overlay)
	if err != nil {
		return Report{}, err
	}
	v := newVerification(r, o)
	// First, since it grows while the segments are read, but only by what is sealed.
	catalogue := v.spans(cataloguePath(dir), r.catalogueHeader())
	if err := v.prove(); err != nil {
		return v.report, err
	}
	v.catalogue(catalogue)
	return v.report, nil
}

func newVerification(r *Reader, o VerifyOptions) *verification {
	return &verification{Reader: r, o: o, report: Report{Log: r.log}}
}

// prove proves all segments, and that none is missing.
func (v *verification) prove() error {
	for i, g := range v.Reader.segments {
		if i > 0 && g.number != v.end.segment+1 {
			v.damaged(segmentPath(v.dir, v.end.segment+1), 0, "the segment is missing: %d follows %d", g.number, v.end.segment)
			v.known, v.follows = false, false
		}
		v.end = place{g.number, 0}
		if err := v.segment(g); err != nil {
			return err
		}
	}
	v.report.Tail += v.beginning
	v.report.End = record.Snapshot{Log: v.log, Segment: v.end.segment, Length: v.end.offset, State: v.state}
	v.short()
	return nil
}

// short notes as damage that the log ends before what was acknowledged. Where an active segment ends, nothing in it says
// that more was there.
func (v *verification) short() {
	if v.expected == nil {
		return
	}
	want := &v.expected.End
	if v.state.Next >= want.State.Next || want.Segment == 0 || v.spoiled[want.Segment] {
		return
	}
	end := int64(0)
	if v.end.segment == want.Segment {
		end = v.end.offset
	}
	v.damaged(segmentPath(v.dir, want.Segment), end, "the log can be read up to sequence %d, and %d was acknowledged",
		max(v.state.Next, 1)-1, want.State.Next-1)
}

// verification is a Verify under way.
type verification struct {
	*Reader
	o      VerifyOptions
	report Report

	// For a repair, which compares indexes by itself: told of every good block, and of the end of a segment of so many
	// bytes. When they are set, indexes are not read.
	blocked func(at int64, h *block)
	ended   func(g *segment, size int64) error

	state   record.State // after the last record
	known   bool         // state follows from all that was read; else only its Next means anything, unless that is 0
	follows bool         // Next and Epoch of state follow from what was read, though the rest does not
	end     place        // of the last good block
	epochs  []span       // of all segments, as the catalogue should have them
	spoiled map[uint32]bool

	// Of the segment at hand.
	path  string
	index []span // not reached yet
	found span   // what the blocks of index[0] hold
	holed bool   // of which some are damaged
}

func (v *verification) damaged(path string, offset int64, format string, args ...any) {
	v.report.Damage = append(v.report.Damage, &CorruptError{Path: path, Offset: offset, Reason: fmt.Sprintf(format, args...)})
}

// spans reads an index or catalogue. That there is none is no damage.
func (v *verification) spans(path string, header *spansFile) []span {
	b, err := disk.ReadFile(v.fs, path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return nil
	}
	if err == nil {
		var all []span
		all, err = parseSpans(b, header, v.base, func(offset int64, reason string) { v.damaged(path, offset, "%s", reason) })
		if err == nil {
			return all
		}
	}
	v.damaged(path, 0, "%v", err)
	return nil
}

func (v *verification) segment(g *segment) error {
	v.path = g.path()
	v.report.Segments++
	src, err := v.source(g.number)
	if err != nil {
		return err
	}
	defer src.close()
	if proceed, err := v.header(g, src); !proceed {
		return err
	}
	if v.ended != nil {
		v.end.offset = headerSize(v.log)
		return errors.Join(v.blocks(g, src, headerSize(v.log), src.size), v.ended(g, src.size))
	}
	v.index = v.spans(indexPath(v.dir, g.number), v.indexHeader(g.number))
	if g.sealed {
		v.report.Unindexed += src.size - headerSize(v.log)
		for i := range v.index {
			v.report.Unindexed -= v.index[i].length
		}
	}
	v.found, v.holed = span{}, false
	v.end.offset = headerSize(v.log)
	if v.o.Fast {
		return v.passOver(g, src)
	}
	err = v.blocks(g, src, headerSize(v.log), src.size)
	v.indexUpTo(src.size)
	if left := len(v.index); left > 0 && !v.spoiled[g.number] {
		v.damaged(v.path, src.size, "the segment ends here, its index tells of blocks up to offset %d", v.index[left-1].end())
	}
	return err
}

// header proves a segment's header and reports whether what follows it is worth reading.
func (v *verification) header(g *segment, src *source) (proceed bool, err error) {
	h, err := src.header()
	if err != nil && bad(err) == nil {
		return false, v.corrupt(g.number, err)
	}
	if err == nil {
		err = h.belongs(v.archive, v.log, g.number)
	}
	switch {
	case errors.Is(err, ErrForeign):
		v.damaged(v.path, 0, "%v", err)
		v.known, v.follows = false, false
		return false, nil
	case err != nil:
		v.damaged(v.path, 0, "%v", bad(err).reason)
		return true, nil
	case v.known && h.state != v.state:
		v.damaged(v.path, 0, "the segment begins with %+v, the records before it lead to %+v", h.state, v.state)
	case v.follows && (h.state.Next != v.state.Next || h.state.Epoch != v.state.Epoch), !v.known && v.state.Next > h.state.Next:
		v.damaged(v.path, 0, "the segment begins with sequence %d of epoch %d, the one before it ends with %d of %d",
			h.state.Next, h.state.Epoch, v.state.Next-1, v.state.Epoch)
	}
	v.state, v.known, v.follows = h.state, true, false
	v.read(h.length)
	return true, nil
}

func (v *verification) read(n int64) {
	v.report.Bytes += n
	v.done(n)
}

func (v *verification) done(n int64) {
	if v.o.Progress != nil {
		v.o.Progress(n)
	}
}

func (v *verification) spoil(segment uint32) {
	if v.spoiled == nil {
		v.spoiled = map[uint32]bool{}
	}
	v.known, v.follows, v.holed, v.spoiled[segment] = false, false, true, true
}

// blocks proves a stretch of a segment.
func (v *verification) blocks(g *segment, src *source, from, to int64) error {
	acknowledged := to // where the newest segment ends in what is no block, this may say that there was one
	if !g.sealed && to == src.size {
		acknowledged = v.acknowledged(g.number)
	}
	s := newScanner(src, seedOf(v.base, g.number), from, to)
	for {
		at := s.at
		h, records, err := s.next()
		switch place := bad(err); {
		case err == io.EOF:
			return nil
		case place != nil:
			more, err := s.resync()
			if err != nil {
				return err
			}
			if !more && at >= acknowledged {
				v.report.Tail = to - at
				return nil
			}
			if !more && acknowledged < to {
				s.at = acknowledged
			}
			v.damaged(v.path, at, "%v", place.reason)
			v.indexUpTo(at)
			v.spoil(g.number)
			v.skipIndex(s.at)
		case err != nil:
			return err
		default:
			v.block(g, at, &h, records)
		}
	}
}

// block proves what a block says of its records, and counts it.
func (v *verification) block(g *segment, at int64, h *block, records []byte) {
	v.report.Blocks++
	v.read(h.size())
	v.end.offset = at + h.size()
	if v.blocked != nil {
		v.blocked(at, h)
	}
	if v.state.Next != 0 && (h.first < v.state.Next || (v.known || v.follows) && h.first != v.state.Next) {
		v.damaged(v.path, at, "a block that begins with sequence %d, want %d", h.first, v.state.Next)
		v.spoil(g.number)
	}
	var found summary
	err := h.each(records, func(r *record.Record) bool {
		found.add(r)
		v.record(at, r)
		return true
	})
	switch {
	case err != nil:
		v.damaged(v.path, at, "%v", err)
		v.spoil(g.number)
	case found != h.summary:
		v.damaged(v.path, at, "the header of the block says %+v, its records %+v", h.summary, found)
		v.spoil(g.number)
	}
	v.indexUpTo(at)
	if len(v.index) > 0 && at >= v.index[0].offset {
		v.found.add(g.number, at, h.size(), &h.summary)
	}
	v.epochs = appendByEpoch(v.epochs, &span{segment: g.number, offset: at, length: h.size(), summary: h.summary})
}

func (v *verification) record(at int64, r *record.Record) {
	v.report.Records++
	switch {
	case r.Kind.IsMessage():
		v.report.Messages++
	case r.Kind == record.Gap:
		v.report.Gaps++
	}
	next, low := v.state.After(r)
	if v.known && next.Epoch != r.Epoch {
		v.damaged(v.path, at, "sequence %d is of epoch %d, the records before it lead to %d", r.Sequence, r.Epoch, next.Epoch)
	}
	if v.known && low != (r.Flags&record.LowSeqNum != 0) {
		v.damaged(v.path, at, "sequence %d has flags %#x, that its MsgSeqNum %d is low is %v", r.Sequence, r.Flags, r.MsgSeqNum, low)
	}
	if v.state = next; !v.known {
		v.state.Epoch = r.Epoch
	}
	if v.o.Check == nil {
		return
	}
	if err := v.o.Check(r); err != nil {
		v.damaged(v.path, at, "sequence %d: %v", r.Sequence, err)
	}
}

// indexUpTo compares the spans of the index that end before an offset with what their blocks held.
func (v *verification) indexUpTo(offset int64) {
	for len(v.index) > 0 && v.index[0].end() <= offset {
		want := &v.index[0]
		v.report.IndexEntries++
		if !v.holed && v.found != *want {
			v.damaged(indexPath(v.dir, want.segment), 0, "a span says %+v, its blocks %+v", *want, v.found)
		}
		v.index, v.found, v.holed = v.index[1:], span{}, false
	}
}

// skipIndex passes over the spans that damage before an offset has a part in.
func (v *verification) skipIndex(offset int64) {
	for len(v.index) > 0 && v.index[0].end() <= offset {
		v.index = v.index[1:]
	}
	v.found, v.holed = span{}, len(v.index) > 0 && v.index[0].offset < offset
}

// catalogue compares the catalogue's spans with what the segments hold.
func (v *verification) catalogue(spans []span) {
	for i := range spans {
		v.report.IndexEntries++
		if v.spoiled[spans[i].segment] {
			continue
		}
		if !v.has(&spans[i]) {
			v.damaged(cataloguePath(v.dir), int64(spansHeader+i*spanSize), "a span says %+v, which is not so", spans[i])
		}
	}
}

func (v *verification) has(s *span) bool {
	for i := range v.epochs {
		if v.epochs[i] == *s {
			return true
		}
	}
	return false
}
