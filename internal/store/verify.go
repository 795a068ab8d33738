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
}

// Verify reads every byte of the log in dir and proves what can be proved of it: every checksum, that records and
// segments follow each other, that the state a segment begins with and the epoch of every record are what the
// records before them lead to, that what headers sum up is so, and that index and catalogue say what the blocks do.
//
// progress is told how many bytes were read since it was told last. check is asked about every record, whose body is
// valid for that call; what it finds wrong is damage. Both may be nil.
func Verify(fsys disk.FS, dir string, progress func(bytes int64), check func(*record.Record) error, overlay ...Extent) (Report, error) {
	r, err := OpenReader(fsys, dir, overlay...)
	if err != nil {
		return Report{}, err
	}
	v := verification{Reader: r, progress: progress, check: check, report: Report{Log: r.log}}
	// First, since it grows while the segments are read, but only by what is sealed.
	catalogue := v.spans(cataloguePath(dir), r.catalogueHeader())
	for i, g := range r.segments {
		if i > 0 && g.number != r.segments[i-1].number+1 {
			v.damaged(segmentPath(dir, r.segments[i-1].number+1), 0, "the segment is missing: %d follows %d", g.number, r.segments[i-1].number)
			v.known = false
		}
		if err := v.segment(g); err != nil {
			return v.report, err
		}
	}
	v.catalogue(catalogue)
	v.report.Tail += r.beginning
	return v.report, nil
}

// verification is a Verify under way.
type verification struct {
	*Reader
	progress func(int64)
	check    func(*record.Record) error
	report   Report

	state   record.State // after the last record
	known   bool         // state follows from all that was read; else only its Next means anything, unless that is 0
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
	v.index = v.spans(indexPath(v.dir, g.number), &spansFile{magic: indexMagic, archive: v.archive, log: v.log, segment: g.number})
	if g.sealed {
		v.report.Unindexed += src.size - headerSize(v.log)
		for i := range v.index {
			v.report.Unindexed -= v.index[i].length
		}
	}
	v.found, v.holed = span{}, false
	err = v.blocks(g, src)
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
		v.known = false
		return false, nil
	case err != nil:
		v.damaged(v.path, 0, "%v", bad(err).reason)
		return true, nil
	case v.known && h.state != v.state:
		v.damaged(v.path, 0, "the segment begins with %+v, the records before it lead to %+v", h.state, v.state)
	case !v.known && v.state.Next > h.state.Next:
		v.damaged(v.path, 0, "the segment begins with sequence %d, the one before it ends with %d", h.state.Next, v.state.Next-1)
	}
	v.state, v.known = h.state, true
	v.read(h.length)
	return true, nil
}

func (v *verification) read(n int64) {
	v.report.Bytes += n
	if v.progress != nil {
		v.progress(n)
	}
}

func (v *verification) spoil(segment uint32) {
	if v.spoiled == nil {
		v.spoiled = map[uint32]bool{}
	}
	v.known, v.holed, v.spoiled[segment] = false, true, true
}

// blocks proves a segment from its header to its end.
func (v *verification) blocks(g *segment, src *source) error {
	s := newScanner(src, seedOf(v.base, g.number), headerSize(v.log), src.size)
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
			if !more && !g.sealed {
				v.report.Tail = src.size - at
				return nil
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
	if v.state.Next != 0 && (h.first < v.state.Next || v.known && h.first != v.state.Next) {
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
	v.state = next
	if v.check == nil {
		return
	}
	if err := v.check(r); err != nil {
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
