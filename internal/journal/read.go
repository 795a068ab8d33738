package journal

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Entry is something that the journal holds: an extent of a log, or without Bytes (nil) the news that Handle stands
// for Log.
type Entry struct {
	Log     record.LogID
	Handle  record.Handle
	Segment uint32
	Offset  int64
	Bytes   []byte // valid until visit returns
}

// Stop says how the newest generation ends.
type Stop uint8

const (
	Ended Stop = iota // behind the last batch lies nothing, or what an earlier lap left
	Torn              // behind the last batch lies the beginning of another
	Cut               // behind the last batch one is missing, and what lies behind that one was never acknowledged
)

func (s Stop) String() string { return [...]string{"ended", "torn", "cut"}[s] }

// Report is what a Read found.
type Report struct {
	End        Mark // a fresh lap, behind everything that was found: where the next generation goes on
	Generation record.Generation
	UpTo       record.Position                // of the newest generation's last batch
	Handles    map[record.Handle]record.LogID // of the newest generation
	Batches    int                            // behind from
	Entries    int                            // extents in them
	Bytes      int64                          // of these
	Stop       Stop
	Reached    Mark    // behind the last batch that was read
	Damage     []error // *CorruptError: acknowledged batches that cannot be read
	Ignored    []error // files of other archives (ErrForeign) or without a readable header (*CorruptError)
}

// Read visits what the batches from a mark on hold, in the order in which they were written. A batch is believed
// whole or not at all.
//
// A generation ends at its first missing batch, whatever follows: what a power cut left behind a hole was never
// acknowledged. Each batch says up to where the journal was durable when it was written. Where a later one says
// so of a missing batch, that is damage to acknowledged bytes; it is reported, and reading goes on behind it.
// The last batches have nobody to speak for them: when one of those is damaged, it reads as the end.
//
// While a writer lives, its next checkpoint may free what is being read. A reader that is told of damage then asks
// whether the checkpoint has moved, and reads again from there.
func Read(fsys disk.FS, dir string, archive [16]byte, from Mark, visit func(Entry) error) (Report, error) {
	found, err := survey(fsys, dir, archive)
	if err != nil {
		return Report{}, err
	}
	r := &reader{
		fsys: fsys, seed: seedOf(archive), from: from, visit: visit,
		at: from, why: "the file is missing", path: dir,
	}
	r.report = Report{End: found.fresh(from), Ignored: found.ignored, Handles: map[record.Handle]record.LogID{}}
	for i, l := range found.laps {
		if l.header.lap >= from.Lap {
			r.laps = found.laps[i:]
			break
		}
	}
	for _, l := range r.laps {
		if err := r.read(l); err != nil {
			return r.report, err
		}
	}
	if len(r.laps) == 0 && from.Offset > headerPage {
		r.damage(fmt.Sprintf("%s (%v)", r.why, from))
	}
	r.report.Reached = r.at
	return r.report, nil
}

type reader struct {
	fsys  disk.FS
	seed  uint32
	laps  []lap
	from  Mark
	visit func(Entry) error
	buf   []byte

	// Behind the last good batch: the place, its file, and why there is no good batch there.
	at   Mark
	path string
	why  string

	proven map[record.Generation]Mark // see acknowledged
	report Report
}

// read reads one lap.
func (r *reader) read(l lap) error {
	b, err := load(r.fsys, l, r.buf)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a living writer has removed it
	}
	if err != nil {
		return err
	}
	r.buf = b[:0]
	if h, err := parseFileHeader(b); err != nil || h != l.header {
		return nil // a living writer has begun another lap here
	}
	if !r.enter(l) {
		return nil
	}
	for p := int64(headerPage); ; {
		h, entries, begun, err := batchAt(b, r.seed, l.header, p)
		if err == nil {
			p += batchBytes + int64(h.length)
			if err := r.take(l, h, entries, p); err != nil {
				return err
			}
			continue
		}
		if skip := r.from.Offset; l.header.lap == r.from.Lap && p < skip {
			p = skip // the checkpoint covers it
			r.at = r.from
			continue
		}
		r.why = err.Error()
		next, ok := r.resume(l, b, p)
		if !ok {
			if begun && r.report.Stop != Cut {
				r.report.Stop = Torn
			}
			return nil
		}
		p = next
	}
}

// enter decides whether l goes on where reading stands, begins a generation, or lies behind a hole that ends one.
func (r *reader) enter(l lap) bool {
	if l.header.lap != r.from.Lap {
		if r.at.Before(l.header.follows) && !r.hole(l, l.header.follows) {
			return false
		}
	}
	if l.header.generation != r.report.Generation {
		clear(r.report.Handles)
		r.report.UpTo = 0
	}
	r.report.Generation = l.header.generation
	r.report.Stop, r.path = Ended, l.path
	r.at = Mark{l.header.lap, headerPage}
	return true
}

// resume says where in l reading goes on when there is no good batch at p.
func (r *reader) resume(l lap, b []byte, p int64) (int64, bool) {
	_, next, ok := nextBatch(b, r.seed, l.header, p+8)
	if !ok {
		return 0, false
	}
	to := Mark{l.header.lap, next}
	if !r.hole(l, to) {
		return 0, false
	}
	r.at = to
	return next, true
}

// hole judges that batches are missing between where reading stands and to: whether reading goes on there.
func (r *reader) hole(l lap, to Mark) bool {
	if r.at.Before(r.acknowledged(l.header.generation)) {
		r.damage(fmt.Sprintf("%s; batches are missing from %v to %v", r.why, r.at, to))
		return true
	}
	r.report.Stop = Cut // reading stands where it stood, so later laps of the generation lie behind the hole too
	return false
}

func (r *reader) damage(reason string) {
	r.report.Damage = append(r.report.Damage, &CorruptError{Path: r.path, Offset: r.at.Offset, Reason: reason})
}

// acknowledged is the greatest mark up to which a batch of the generation says that the journal was durable. It reads
// the files once more, and only when something is missing.
func (r *reader) acknowledged(generation record.Generation) Mark {
	if m, ok := r.proven[generation]; ok {
		return m
	}
	if r.proven == nil {
		r.proven = map[record.Generation]Mark{}
	}
	var greatest Mark
	for _, l := range r.laps {
		if l.header.generation != generation {
			continue
		}
		b, err := load(r.fsys, l, nil)
		if err != nil {
			continue // reading comes to it, and says so
		}
		h, p, ok := nextBatch(b, r.seed, l.header, headerPage)
		for ; ok; h, p, ok = nextBatch(b, r.seed, l.header, p+batchBytes+int64(h.length)) {
			if greatest.Before(h.synced) {
				greatest = h.synced
			}
		}
	}
	r.proven[generation] = greatest
	return greatest
}

// take visits the entries of a good batch that ends at end. Of those that the checkpoint covers only the registrations
// matter.
func (r *reader) take(l lap, h batchHeader, entries []byte, end int64) error {
	r.at = Mark{l.header.lap, end}
	behind := r.from.Before(r.at)
	if behind {
		r.report.Batches++
	}
	r.report.UpTo = h.upTo
	for len(entries) > 0 {
		e, n, err := parseEntry(entries)
		if err != nil {
			return err // parseBatch has proved that there is none
		}
		entries = entries[n:]
		switch {
		case e.kind == registering:
			err = r.register(e)
		case behind:
			err = r.extent(l, h, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) register(e entry) error {
	id, _, err := record.ParseLogID(e.bytes)
	if err != nil {
		return err
	}
	if known, ok := r.report.Handles[e.handle]; ok && known == id {
		return nil
	}
	r.report.Handles[e.handle] = id
	return r.visit(Entry{Log: id, Handle: e.handle})
}

func (r *reader) extent(l lap, h batchHeader, e entry) error {
	id, ok := r.report.Handles[e.handle]
	if !ok {
		r.report.Damage = append(r.report.Damage, &CorruptError{
			Path: l.path, Offset: h.at.Offset,
			Reason: fmt.Sprintf("batch %d has %d bytes for handle %d, whose registration cannot be read", h.number, len(e.bytes), e.handle),
		})
		return nil
	}
	r.report.Entries++
	r.report.Bytes += int64(len(e.bytes))
	return r.visit(Entry{Log: id, Handle: e.handle, Segment: e.segment, Offset: e.offset, Bytes: e.bytes})
}
