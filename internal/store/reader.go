package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Entry is a log's directory. Err says why its identity could not be read; Log is zero then.
type Entry struct {
	Dir string
	Log record.LogID
	Err error
}

// List returns the logs below root, in the order of their directories' names, each with the identity that its
// segments carry. A directory without a segment, or with none but an empty one, is not a log yet.
func List(fsys disk.FS, root string) ([]Entry, error) {
	names, err := fsys.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []Entry
	for _, name := range names {
		dir := filepath.Join(root, name)
		if info, err := fsys.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		r, err := OpenReader(fsys, dir)
		switch {
		case errors.Is(err, ErrEmpty):
		case err != nil:
			all = append(all, Entry{Dir: dir, Err: err})
		default:
			all = append(all, Entry{Dir: dir, Log: r.log})
		}
	}
	return all, nil
}

// Reader reads one log. It belongs to one goroutine, holds no file open between steps, and sees what was there when it
// was opened or last refreshed.
type Reader struct {
	fs      disk.FS
	dir     string
	overlay map[uint32][]Extent

	archive  [16]byte
	log      record.LogID
	base     uint32 // of the seeds
	expected *Known // nil: nothing is known but what the log says of itself

	segments  []*segment // ascending; the last one is active, or was
	beginning int64      // bytes of a file that is to be the next segment and has no header yet
}

// Known is what is known of a log beside its own files.
type Known struct {
	Archive [16]byte
	Log     record.LogID
	// End is where a checkpoint says that the log ended: what lies before it was acknowledged, so where no block can
	// be read there, one is damaged, and not merely not there yet. Of the zero value nothing was acknowledged.
	End record.Snapshot
}

// OpenReader opens the log in a directory, whichever it is. overlay is what a journal has of it that may not be in the
// segments: it is read as if it were.
func OpenReader(fsys disk.FS, dir string, overlay ...Extent) (*Reader, error) {
	return openReader(fsys, dir, nil, overlay)
}

// OpenKnown opens the log in a directory as a certain one. Then it can be read although no header of a segment is
// left, and what belongs to another log is damage in it. A directory that holds nothing but another log is a
// *CorruptError.
func OpenKnown(fsys disk.FS, dir string, known Known, overlay ...Extent) (*Reader, error) {
	return openReader(fsys, dir, &known, overlay)
}

func openReader(fsys disk.FS, dir string, known *Known, overlay []Extent) (*Reader, error) {
	r := &Reader{fs: fsys, dir: dir, expected: known, overlay: map[uint32][]Extent{}}
	for _, e := range overlay {
		r.overlay[e.Segment] = append(r.overlay[e.Segment], e)
	}
	if err := r.identify(); err != nil {
		return nil, err
	}
	return r, r.Refresh()
}

// Log is the log's identity.
func (r *Reader) Log() record.LogID { return r.log }

// Archive is the identity of the archive that the log belongs to.
func (r *Reader) Archive() [16]byte { return r.archive }

// numbers lists the segments that there are, in files or in the overlay.
func (r *Reader) numbers() ([]uint32, error) {
	numbers, err := segmentNumbers(r.fs, r.dir)
	if err != nil {
		return nil, err
	}
	for n := range r.overlay {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// identify reads whose log it is from the first segment that says so.
func (r *Reader) identify() error {
	numbers, err := r.numbers()
	if err != nil {
		return err
	}
	if k := r.expected; k != nil {
		r.archive, r.log, r.base = k.Archive, k.Log, baseOf(k.Archive, k.Log)
	}
	none := fmt.Errorf("%s: %w", r.dir, ErrEmpty)
	for _, n := range numbers {
		h, size, err := r.header(n)
		if err == nil && r.expected == nil {
			r.archive, r.log, r.base = h.archive, h.log, baseOf(h.archive, h.log)
			return nil
		}
		if err == nil {
			if err = h.belongs(r.archive, r.log, n); err == nil {
				return nil
			}
			err = &badBlock{0, err}
		}
		if size > 0 && errors.Is(none, ErrEmpty) {
			none = r.corrupt(n, err)
		}
	}
	if r.expected == nil || errors.Is(none, ErrEmpty) || errors.Is(none, ErrTooNew) {
		return none
	}
	return r.identifyByBlocks(numbers, none)
}

// identifyByBlocks accepts a log without a header when a block proves whose it is: its checksum begins with that.
func (r *Reader) identifyByBlocks(numbers []uint32, none error) error {
	for _, n := range numbers {
		src, err := r.source(n)
		if err != nil {
			return err
		}
		found, err := anyBlock(src, seedOf(r.base, n), headerSize(r.log))
		src.close()
		if found || err != nil {
			return err
		}
	}
	return none
}

// anyBlock reports whether there is a good block behind an offset.
func anyBlock(src *source, seed uint32, from int64) (bool, error) {
	s := newScanner(src, seed, from, src.size)
	_, _, err := s.next()
	if bad(err) != nil {
		return s.resync()
	}
	if err == io.EOF {
		return false, nil
	}
	return err == nil, err
}

// acknowledged is up to where the bytes of a segment were acknowledged.
func (r *Reader) acknowledged(n uint32) int64 {
	switch {
	case r.expected == nil || n > r.expected.End.Segment:
		return 0
	case n < r.expected.End.Segment:
		return math.MaxInt64
	}
	return r.expected.End.Length
}

// header reads the header of a segment, and says how many bytes the segment has.
func (r *Reader) header(n uint32) (segmentHeader, int64, error) {
	src, err := r.source(n)
	if err != nil {
		return segmentHeader{}, 0, err
	}
	defer src.close()
	h, err := src.header()
	return h, src.size, err
}

func (r *Reader) source(n uint32) (*source, error) {
	return openSource(r.fs, segmentPath(r.dir, n), r.overlay[n])
}

// corrupt is err with the place of a segment where it is about bytes, and err itself where it is the file system's.
func (r *Reader) corrupt(n uint32, err error) error {
	path := segmentPath(r.dir, n)
	if errors.Is(err, ErrTooNew) {
		return fmt.Errorf("%s: %w", path, err)
	}
	if b := bad(err); b != nil {
		return &CorruptError{Path: path, Offset: b.offset, Reason: b.reason.Error()}
	}
	return err
}

// Refresh takes notice of what was appended, and of new segments. It must not be called within an iteration.
func (r *Reader) Refresh() error {
	numbers, err := r.numbers()
	if err != nil {
		return err
	}
	if numbers, err = r.withoutBeginning(numbers); err != nil {
		return err
	}
	old := r.segments
	r.segments = make([]*segment, 0, len(numbers))
	for i, n := range numbers {
		g := &segment{reader: r, number: n, stale: true}
		if at, found := slices.BinarySearchFunc(old, n, (*segment).compare); found {
			g = old[at]
		}
		sealed := i < len(numbers)-1
		g.stale = g.stale || !sealed || !g.sealed
		g.sealed = sealed
		r.segments = append(r.segments, g)
	}
	if len(r.segments) != len(old) {
		r.readCatalogue()
	}
	return nil
}

// withoutBeginning leaves out a last segment that has no header yet. If it has blocks, its header is damaged, and it
// counts.
func (r *Reader) withoutBeginning(numbers []uint32) ([]uint32, error) {
	r.beginning = 0
	if len(numbers) < 2 {
		return numbers, nil
	}
	n := numbers[len(numbers)-1]
	if r.acknowledged(n) > 0 {
		return numbers, nil
	}
	src, err := r.source(n)
	if err != nil {
		return nil, err
	}
	defer src.close()
	if _, err := src.header(); bad(err) == nil {
		return numbers, err
	}
	s := newScanner(src, seedOf(r.base, n), headerSize(r.log), src.size)
	if _, _, err := s.next(); err == nil {
		return numbers, nil
	}
	r.beginning = src.size
	return numbers[:len(numbers)-1], nil
}

// readCatalogue gives each sealed segment what the catalogue says of it. What it does not say, the segments' own
// indexes do.
func (r *Reader) readCatalogue() {
	b, err := disk.ReadFile(r.fs, cataloguePath(r.dir))
	if err != nil {
		return
	}
	spans, err := parseSpans(b, r.catalogueHeader(), r.base, nil)
	if err != nil {
		return
	}
	for _, g := range r.segments {
		from, _ := slices.BinarySearchFunc(spans, g.number, func(s span, n uint32) int { return int(int64(s.segment) - int64(n)) })
		to := from
		for to < len(spans) && spans[to].segment == g.number {
			to++
		}
		g.catalogue = nil
		if to > from && connected(spans[from:to], headerSize(r.log)) && r.wholly(spans, to) {
			g.catalogue = spans[from:to]
		}
	}
}

// wholly reports whether the spans before the i-th say all of the segment that they end in. Each epoch of a segment has a
// span, and one that was lost from the end must not hide its records: what follows goes on from there, or the file is
// asked.
func (r *Reader) wholly(spans []span, i int) bool {
	last := &spans[i-1]
	if i < len(spans) && spans[i].segment == last.segment+1 && spans[i].first == last.last+1 && spans[i].offset == headerSize(r.log) {
		return true
	}
	info, err := r.fs.Stat(segmentPath(r.dir, last.segment))
	return err == nil && info.Size() == last.end()
}

func (r *Reader) catalogueHeader() *spansFile {
	return &spansFile{magic: catalogueMagic, archive: r.archive, log: r.log}
}

func (r *Reader) indexHeader(segment uint32) *spansFile {
	return &spansFile{magic: indexMagic, archive: r.archive, log: r.log, segment: segment}
}

// connected reports whether spans follow each other from an offset on.
func connected(spans []span, at int64) bool {
	for i := range spans {
		if spans[i].offset != at || i > 0 && spans[i].first != spans[i-1].last+1 {
			return false
		}
		at = spans[i].end()
	}
	return true
}

// Tail is how many bytes at the end of the log are no whole block: being written, or torn.
func (r *Reader) Tail() (int64, error) {
	g := r.segments[len(r.segments)-1]
	if err := g.load(); err != nil {
		return 0, err
	}
	return g.size - g.end + r.beginning, nil
}
