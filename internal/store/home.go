package store

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// OpenAway opens a log whose files cannot be used, from what a checkpoint says of it, without looking at one. Follow brings
// what came after that. The log is away then: what it gets is to be diverted until Return. It goes on in a new segment.
func (s *Set) OpenAway(known record.Snapshot, why error) *Log {
	_ = s.forget(known.Log) // what it could say of the file is said
	end := place{known.Segment, known.Length}
	return &Log{
		set: s, id: known.Log, dir: s.Dir(known.Log), base: baseOf(s.o.Archive, known.Log), begins: headerSize(known.Log),
		state: known.State, end: end, flushed: end, last: known.Segment, sealed: true, away: why,
	}
}

// Away says why the log's files are not written to; nil while they are.
func (l *Log) Away() error { return l.away }

// Follow brings a log that was opened away to where an extent ends, which follows the last one. One that lies before that
// is known already.
func (l *Log) Follow(e Extent) error {
	at := l.flushed
	if e.Segment < at.segment || e.Segment == at.segment && e.Offset < at.offset {
		return nil
	}
	if err := l.set.check(&redo{id: l.id, dir: l.dir, base: l.base}, e); err != nil {
		return err
	}
	if e.Offset == 0 {
		h, err := parseSegmentHeader(e.Bytes)
		if err != nil || h.state != l.state {
			return l.missing(e)
		}
		l.flushed = place{e.Segment, h.length}
		l.end, l.last = l.flushed, e.Segment
		return nil
	}
	h, records, err := parseBlock(e.Bytes, seedOf(l.base, e.Segment), e.Offset)
	if err != nil || e.Segment != at.segment || e.Offset != at.offset {
		return l.missing(e)
	}
	next, err := follow(l.state, &h, records)
	if err != nil || h.first != l.state.Next {
		return l.missing(e)
	}
	l.state = next
	l.flushed.offset += h.size()
	l.end = l.flushed
	return nil
}

func (l *Log) missing(e Extent) error {
	return fmt.Errorf("%s: offset %d does not follow what is known, which ends in segment %d at %d with sequence %d",
		segmentPath(l.dir, e.Segment), e.Offset, l.flushed.segment, l.flushed.offset, l.state.Next-1)
}

// Divert hands what was committed to take instead of writing it, and goes on as if it were written. The bytes are take's
// until it returns. The log's files are not touched; what they lack then a Homecoming brings, and Return ends it.
func (l *Log) Divert(take func(Extent)) {
	b := l.buffer
	if b == nil || b.handed == 0 {
		return
	}
	for at := 0; at < b.handed; {
		n := b.extent(at)
		if segment, begins := b.beginsAt(at); begins {
			l.flushed = place{segment, 0}
			l.run, l.ready, l.indexed = span{}, nil, 0
		}
		take(Extent{Segment: l.flushed.segment, Offset: l.flushed.offset, Bytes: b.data[at : at+n : at+n]})
		l.flushed.offset += int64(n)
		at += n
	}
	l.settle(b.handed)
}

// Return has Flush write again, once all that was diverted is home. The log goes on in a new segment: the index of the
// old one is not complete, and a file that failed once is trusted no further than it is proved.
func (l *Log) Return() error {
	l.sealed, l.disturbed, l.away = true, nil, nil
	return errors.Join(l.set.files.drop(&l.segmentFile), l.set.files.drop(&l.indexFile))
}

// Homecoming brings extents of a log to their places, on descriptors of its own: bytes that are written again are
// written, whatever became of those that a failed sync let go of. It may run beside the sink while the log's own
// writes are diverted.
//
// Of a log that was opened without its files nobody has looked at what a power cut left in them behind what was proved.
// Such a homecoming gets all that the log has got since, and moves to quarantine what lies behind that in a segment.
type Homecoming struct {
	set   *Set
	at    redo
	file  disk.File
	paths []string
}

// Homecoming begins one, for a log that was opened with its files. End it with Close.
func (s *Set) Homecoming(id record.LogID) *Homecoming {
	return &Homecoming{set: s, at: redo{id: id, dir: s.Dir(id), base: baseOf(s.o.Archive, id)}}
}

// StrictHomecoming begins one, for a log that was opened without its files, from what a checkpoint has proved of it.
func (s *Set) StrictHomecoming(proved record.Snapshot) *Homecoming {
	h := s.Homecoming(proved.Log)
	h.at.strict, h.at.end = true, place{proved.Segment, proved.Length}
	return h
}

// Write writes an extent to its place. One that was not made for that place is refused.
func (h *Homecoming) Write(e Extent) error {
	if err := h.set.check(&h.at, e); err != nil {
		return err
	}
	if h.file == nil || h.at.segment != e.Segment {
		if err := h.leave(); err != nil {
			return err
		}
		if e.Segment > h.at.end.segment {
			if err := h.set.cut(&h.at); err != nil {
				return err
			}
		}
		h.at.segment = e.Segment
		file, err := h.set.openForRedo(&h.at)
		if err != nil {
			return err
		}
		h.file = file
		h.paths = append(h.paths, file.Name())
	}
	_, err := h.file.WriteAt(e.Bytes, e.Offset)
	h.at.went(e)
	return err
}

// Rest lets go of the file that is open; the next Write opens what it needs.
func (h *Homecoming) Rest() { _ = h.leave() } // a write that the close tells of is proved by the sync

func (h *Homecoming) leave() error {
	if h.file == nil {
		return nil
	}
	file := h.file
	h.file = nil
	return file.Close()
}

// Close ends the homecoming, and returns what Sync must prove before what was written is durable.
func (h *Homecoming) Close() (paths []string, err error) {
	if err = h.leave(); err == nil {
		err = h.set.cut(&h.at)
	}
	if len(h.paths) > 0 {
		h.paths = append(h.paths, h.at.dir, h.set.root, filepath.Dir(h.set.root))
	}
	return h.paths, err
}

// Behind visits what a log's files hold behind what a checkpoint has proved, header by header and block by block, up to
// the first that is not good. The bytes are visit's until it returns.
func (s *Set) Behind(proved record.Snapshot, visit func(Extent) error) error {
	dir := s.Dir(proved.Log)
	numbers, err := segmentNumbers(s.fs, dir)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n < proved.Segment {
			continue
		}
		from := int64(0)
		if n == proved.Segment {
			from = proved.Length
		}
		if err := s.behind(proved.Log, n, from, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) behind(id record.LogID, segment uint32, from int64, visit func(Extent) error) error {
	src, err := openSource(s.fs, segmentPath(s.Dir(id), segment), nil)
	if err != nil {
		return err
	}
	defer src.close()
	if from == 0 {
		from = headerSize(id)
		header := make([]byte, from)
		if n, err := src.read(header, 0); err != nil || int64(n) < from {
			return err
		}
		if h, err := parseSegmentHeader(header); err != nil || h.belongs(s.o.Archive, id, segment) != nil {
			return nil
		}
		if err := visit(Extent{Segment: segment, Bytes: header}); err != nil {
			return err
		}
	}
	scan := newScanner(src, seedOf(baseOf(s.o.Archive, id), segment), from, src.size)
	for {
		at := scan.at
		_, _, err := scan.next()
		if err == io.EOF || bad(err) != nil {
			return nil
		}
		if err != nil {
			return err
		}
		block := scan.buf[at-scan.base : scan.at-scan.base]
		if err := visit(Extent{Segment: segment, Offset: at, Bytes: block}); err != nil {
			return err
		}
	}
}
