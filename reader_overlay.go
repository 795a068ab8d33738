package fixarchive

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// overlay is what a writer that is gone had brought to its journal and not to its stores.
type overlay struct {
	generation record.Generation
	of         map[record.LogID][]store.Extent
	entries    int
	bytes      int64
	damage     []*CorruptError // of journal and checkpoint: what was acknowledged may be missing, of any log
}

// overlaid returns what readers have to lay over the stores: nothing while a writer lives whose logs' files take what is
// written to them, or after one that closed the archive. It is looked for once for each writer that is gone, and each
// time while one lives.
func (r *Reader) overlaid() (*overlay, error) {
	life, err := r.life()
	if err != nil {
		return nil, err
	}
	if life.away() {
		return r.readBesideWriter(life.meta)
	}
	if !life.unclean() {
		return &overlay{}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.overlay != nil && r.overlay.generation == life.meta.Generation {
		return r.overlay, nil
	}
	if r.overlay, err = r.readJournal(life.meta); err != nil {
		r.overlay = nil
		return nil, err
	}
	return r.overlay, nil
}

// readBesideWriter is readJournal while checkpoints move: one that has freed what was being read is followed.
func (r *Reader) readBesideWriter(meta *journal.Meta) (o *overlay, err error) {
	for range 8 {
		if o, err = r.readJournal(meta); err != nil || len(o.damage) == 0 {
			break
		}
	}
	if o != nil {
		o.damage = nil // what lies behind the last good batch is being written
	}
	return o, err
}

// readJournal gathers the extents behind the last checkpoint that the segments do not have.
func (r *Reader) readJournal(meta *journal.Meta) (*overlay, error) {
	o := &overlay{generation: meta.Generation, of: map[record.LogID][]store.Extent{}}
	point, err := r.readCheckpoint()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrCorrupt) {
		o.hurt(err)
		point, err = &journal.Checkpoint{}, nil // all that the journal holds then
	}
	if err != nil {
		return nil, err
	}
	segments := segmentFiles{fs: r.fs, root: r.at("logs"), open: map[string]disk.File{}}
	defer segments.close()
	gather := func(e journal.Entry) error {
		if e.Bytes == nil || segments.hold(e) {
			return nil
		}
		o.of[e.Log] = append(o.of[e.Log], store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: bytes.Clone(e.Bytes)})
		o.entries++
		o.bytes += int64(len(e.Bytes))
		return nil
	}
	// The spill first: what it holds of a log came before what the journal holds.
	for _, from := range []struct {
		dir  string
		mark journal.Mark
	}{{r.at("spill"), journal.Mark{}}, {r.at("journal"), point.Journal}} {
		report, err := journal.Read(r.fs, from.dir, meta.Archive, from.mark, gather)
		for _, d := range slices.Concat(report.Damage, report.Ignored) {
			o.hurt(d)
		}
		if err != nil {
			return o, ours(err)
		}
	}
	return o, nil
}

// hurt notes damage. That a file is not there, or another archive's, is none.
func (o *overlay) hurt(err error) {
	var c *CorruptError
	if errors.As(ours(err), &c) {
		o.damage = append(o.damage, c)
	}
}

// damaged is the damage as one error: a reader of any log is told of it, for nobody can say whose records they
// were.
func (o *overlay) damaged() (all error) {
	for _, d := range o.damage {
		all = errors.Join(all, d)
	}
	return all
}

// segmentFiles are segments, a few of them open.
type segmentFiles struct {
	fs   disk.FS
	root string
	open map[string]disk.File
	buf  []byte
}

const segmentFilesMax = 64

// hold reports whether the bytes of a journal entry are where they belong. After a power cut a file may have the
// length and not the bytes.
func (s *segmentFiles) hold(e journal.Entry) bool {
	path := segmentPath(filepath.Join(s.root, session.DirName(e.Log)), e.Segment)
	f, ok := s.open[path]
	if !ok {
		if len(s.open) >= segmentFilesMax {
			s.close()
		}
		var err error
		if f, err = s.fs.Open(path); err != nil {
			return false
		}
		s.open[path] = f
	}
	if cap(s.buf) < len(e.Bytes) {
		s.buf = make([]byte, len(e.Bytes))
	}
	there := s.buf[:len(e.Bytes)]
	n, _ := f.ReadAt(there, e.Offset)
	return n == len(there) && bytes.Equal(there, e.Bytes)
}

func (s *segmentFiles) close() {
	for path, f := range s.open {
		f.Close()
		delete(s.open, path)
	}
}
