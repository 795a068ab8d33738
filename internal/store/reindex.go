package store

import (
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// indexEarlier completes the indexes of the segments right before the i-th, as far back as they are not complete: a
// recovery wrote the end of those from the journal.
func (o *opening) indexEarlier(i int) {
	ends := make([]place, 0, i)
	for _, n := range slices.Backward(o.numbers[:i]) {
		info, err := o.set.fs.Stat(segmentPath(o.dir, n))
		if err != nil {
			break
		}
		end := place{n, info.Size()}
		if _, whole := o.indexOf(end); whole {
			break
		}
		ends = append(ends, end)
	}
	for _, end := range slices.Backward(ends) {
		o.end = end
		o.complete()
	}
	o.end, o.sealed = place{}, false
}

// complete completes index and catalogue of a segment behind which another one follows, as the sink would have done had
// it not been stopped.
func (o *opening) complete() {
	o.flushed = o.end
	err := o.reindex()
	if err == nil && o.run.records > 0 {
		o.ready = append(o.ready, o.run)
	}
	if err == nil && len(o.ready) > 0 {
		b := o.encodeReady(nil)
		err = o.set.writeFileAt(o.openIndex, b, o.indexed)
		o.entered(len(b), err)
	}
	if err != nil || o.enter(o.flushed) != nil {
		o.set.indexErrors.Add(1)
	}
	o.run, o.ready, o.indexed = span{}, nil, 0
}

// trimCatalogue takes out of the catalogue what a power cut made active again.
func (l *Log) trimCatalogue() error {
	path := cataloguePath(l.dir)
	b, err := disk.ReadFile(l.set.fs, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for at := spansHeader; at+spanSize <= len(b); at += spanSize {
		if s, err := parseSpan(b[at:], l.base); err == nil && s.segment >= l.end.segment && !(l.sealed && s.segment == l.end.segment) {
			return l.set.truncate(path, int64(at))
		}
	}
	return nil
}

// reindex brings the index of the active segment and the blocks together: spans of what is not there are cut off,
// and the blocks behind the last span are counted.
func (l *Log) reindex() error {
	spans, _ := l.indexOf(l.flushed)
	from := l.begins
	if n := len(spans); n > 0 {
		l.indexed = int64(spansHeader + n*spanSize)
		from = spans[n-1].end()
	}
	path := indexPath(l.dir, l.flushed.segment)
	info, err := l.set.fs.Stat(path)
	if err == nil && info.Size() > l.indexed {
		// Durably: a span that came back in a power cut could hide what was written in place of its blocks.
		err = l.set.truncate(path, l.indexed)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.count(from)
}

// count goes through the blocks of the active segment from an offset to its end.
func (l *Log) count(from int64) error {
	src, err := openSource(l.set.fs, segmentPath(l.dir, l.flushed.segment), nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // reported
	}
	if err != nil {
		return err
	}
	defer src.close()
	s := newScanner(src, seedOf(l.base, l.flushed.segment), max(from, l.begins), min(l.flushed.offset, src.size))
	for {
		at := s.at
		h, _, err := s.next()
		switch place := bad(err); {
		case err == io.EOF:
			return nil
		case place != nil:
			l.sealed = true
			l.set.o.Report(&CorruptError{Path: src.path, Offset: place.offset, Reason: place.reason.Error()})
			if _, err := s.resync(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			l.ready = l.run.count(l.ready, l.flushed.segment, at, &h)
		}
	}
}
