package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// redo is a log that is written to before it is opened.
type redo struct {
	slot    slot
	id      record.LogID
	dir     string
	base    uint32
	segment uint32 // whose file the slot is for
	strict  bool
	end     place // of what the log has; kept when it is strict
}

// went notes that an extent is in its place.
func (r *redo) went(e Extent) {
	end := e.Offset + int64(len(e.Bytes))
	if e.Segment > r.end.segment || e.Segment == r.end.segment && end > r.end.offset {
		r.end = place{e.Segment, end}
	}
}

// cut moves what lies behind the log's end to quarantine.
func (s *Set) cut(r *redo) error {
	if !r.strict || r.end.segment == 0 {
		return nil
	}
	src, err := openSource(s.fs, segmentPath(r.dir, r.end.segment), nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer src.close()
	switch {
	case src.size < r.end.offset:
		return nil
	case src.size == r.end.offset:
		// It may have been cut off before, and the sync of that have failed: the length is set anew, so that there is
		// something to sync.
		return errors.Join(s.truncate(src.path, r.end.offset+1), s.truncate(src.path, r.end.offset))
	}
	kept, err := s.quarantine(src, fmt.Sprintf("%s.%08d.%d", s.o.DirName(r.id), r.end.segment, r.end.offset), r.end.offset)
	if err == nil {
		err = s.truncate(src.path, r.end.offset)
	}
	if err == nil {
		s.o.Report(&TornError{Path: src.path, Offset: r.end.offset, Bytes: src.size - r.end.offset, Kept: kept,
			Reason: "the log has nothing there"})
	}
	return err
}

// Redo writes an extent again that Commit had handed out, before its log is opened. An extent that was not made for
// its place in this log is refused.
func (s *Set) Redo(id record.LogID, e Extent) error { return s.redoAt(s.redo(id), e) }

// StrictRedo is Redo of all, in order, that a log has got since a checkpoint has proved it. Where a segment begins, the one
// before ended with what was redone of it last: what a power cut or a recovery that was cut short left behind
// that would keep the log from going on there, and is moved to quarantine.
func (s *Set) StrictRedo(proved record.Snapshot, e Extent) error {
	r := s.redo(proved.Log)
	if !r.strict {
		r.strict, r.end = true, place{proved.Segment, proved.Length}
	}
	return s.redoAt(r, e)
}

func (s *Set) redoAt(r *redo, e Extent) error {
	if err := s.check(r, e); err != nil {
		return err
	}
	if r.segment != e.Segment {
		if r.strict && e.Segment > r.end.segment {
			if err := s.cut(r); err != nil {
				return err
			}
		}
		if err := s.files.drop(&r.slot); err != nil {
			return err
		}
		r.segment = e.Segment
		s.Touch(segmentPath(r.dir, e.Segment))
	}
	f, err := s.files.use(&r.slot, func() (disk.File, error) { return s.openForRedo(r) })
	if err != nil {
		return err
	}
	s.openVolume()
	_, err = f.WriteAt(e.Bytes, e.Offset)
	r.went(e)
	return err
}

func (s *Set) redo(id record.LogID) *redo {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.redoing[id]
	if r == nil {
		r = &redo{id: id, dir: s.Dir(id), base: baseOf(s.o.Archive, id)}
		s.redoing[id] = r
	}
	return r
}

// check proves an extent by the checksum that it carries.
func (s *Set) check(r *redo, e Extent) error {
	err := s.checkBytes(r, e)
	if err != nil {
		err = fmt.Errorf("%s: redo of %d bytes at offset %d: %w", segmentPath(r.dir, e.Segment), len(e.Bytes), e.Offset, err)
	}
	return err
}

func (s *Set) checkBytes(r *redo, e Extent) error {
	if e.Offset == 0 {
		h, err := parseSegmentHeader(e.Bytes)
		if err == nil {
			err = h.belongs(s.o.Archive, r.id, e.Segment)
		}
		if err == nil && h.length != int64(len(e.Bytes)) {
			err = fmt.Errorf("a header of %d bytes", h.length)
		}
		return err
	}
	h, _, err := parseBlock(e.Bytes, seedOf(r.base, e.Segment), e.Offset)
	if err == nil && h.size() != int64(len(e.Bytes)) {
		err = fmt.Errorf("a block of %d bytes", h.size())
	}
	return err
}

// openForRedo opens a segment and makes it where it is missing: bytes that the journal has are kept, whatever became
// of the file around them.
func (s *Set) openForRedo(r *redo) (disk.File, error) {
	path := segmentPath(r.dir, r.segment)
	f, err := s.fs.OpenFile(path, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if err := s.fs.MkdirAll(r.dir); err != nil {
		return nil, err
	}
	s.Touch(filepath.Dir(s.root), s.root, r.dir)
	return s.create(r.dir, r.segment)
}

// forget ends the redo of a log that is opened.
func (s *Set) forget(id record.LogID) error {
	s.mu.Lock()
	r := s.redoing[id]
	delete(s.redoing, id)
	s.mu.Unlock()
	if r == nil {
		return nil
	}
	return s.files.drop(&r.slot)
}
