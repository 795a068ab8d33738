package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Flush writes what was committed. When it fails the log keeps what is not written, and Flush can be called again.
// Index and catalogue follow; what they cannot take is counted and left to readers.
func (l *Log) Flush() error {
	b := l.buffer
	if b == nil || b.handed == 0 {
		return nil
	}
	if l.disturbed != nil {
		return l.disturbed
	}
	written := 0
	var err error
	for written < b.handed && err == nil {
		n := b.stretch(written)
		if err = l.write(b, written, n); err == nil {
			written += n
		}
	}
	l.settle(written)
	return err
}

// stretch is how many committed bytes from at on belong to one segment.
func (b *buffer) stretch(at int) int {
	for _, c := range b.cuts {
		if c.at > at && c.at < b.handed {
			return c.at - at
		}
	}
	return b.handed - at
}

// write brings n bytes of one segment to its file with one call.
func (l *Log) write(b *buffer, at, n int) error {
	segment, begins := b.beginsAt(at)
	if begins {
		if err := l.leave(segment); err != nil {
			return err
		}
	}
	to := l.flushed
	if begins {
		to = place{segment, 0}
	}
	f, err := l.set.files.use(&l.segmentFile, func() (disk.File, error) { return l.openSegment(to) })
	if err == nil && !begins {
		err = l.undisturbed(f, to)
	}
	if err != nil {
		return err
	}
	l.set.openVolume()
	if _, err := f.WriteAt(b.data[at:at+n], to.offset); err != nil {
		return err
	}
	l.flushed = place{to.segment, to.offset + int64(n)}
	l.set.written.Add(uint64(n))
	l.set.touch(l)
	l.index(b.data[at:at+n], to)
	return nil
}

// undisturbed proves that the segment is as this process left it. What somebody removed, replaced or cut off is not written
// over as if nothing had happened: there would be a hole that nobody knows of.
func (l *Log) undisturbed(f disk.File, to place) error {
	linked, err := f.Linked()
	if err != nil {
		return err
	}
	size, err := f.Size()
	switch {
	case err != nil:
		return err
	case !linked:
		l.disturb(f.Name(), 0, "the segment was removed or replaced by another process")
	case size < to.offset:
		l.disturb(f.Name(), size, fmt.Sprintf("the segment ends here, %d bytes were written: another process cut it off", to.offset))
	}
	return l.disturbed
}

// disturb has every Flush fail until Return, so that a retry does not go on where the first try saw damage.
func (l *Log) disturb(path string, offset int64, reason string) {
	l.disturbed = &CorruptError{Path: path, Offset: offset, Reason: reason}
}

// leave ends the segment before a new one is made: its index is complete and the catalogue has it before readers can
// see that it is sealed.
func (l *Log) leave(next uint32) error {
	if l.flushed.segment != 0 && l.flushed.segment != next {
		l.seal()
		l.set.Touch(segmentPath(l.dir, l.flushed.segment))
	}
	l.run, l.ready, l.indexed = span{}, nil, 0
	return errors.Join(l.set.files.drop(&l.segmentFile), l.set.files.drop(&l.indexFile))
}

// openSegment opens the segment that is written to, and makes it when its header is what is written.
func (l *Log) openSegment(to place) (disk.File, error) {
	path := segmentPath(l.dir, to.segment)
	if to.offset > 0 {
		f, err := l.set.fs.OpenFile(path, 0)
		if errors.Is(err, fs.ErrNotExist) {
			l.disturb(path, 0, "the segment was removed by another process")
			err = l.disturbed
		}
		return f, err
	}
	f, err := l.set.create(l.dir, to.segment)
	if errors.Is(err, fs.ErrNotExist) {
		if err := l.set.fs.MkdirAll(l.dir); err != nil {
			return nil, err
		}
		f, err = l.set.create(l.dir, to.segment)
	}
	if err == nil { // a directory that is there may be of a process that died before it was synced
		l.set.Touch(filepath.Dir(l.set.root), l.set.root, l.dir)
	}
	return f, err
}

// create makes a segment. A power cut may have taken one of that number and left its index, which would tell readers of
// blocks that this one does not have: it goes first, durably.
func (s *Set) create(dir string, segment uint32) (disk.File, error) {
	err := s.fs.Remove(indexPath(dir, segment))
	if err == nil {
		err = s.fs.SyncDir(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s.fs.OpenFile(segmentPath(dir, segment), os.O_CREATE)
}

// settle forgets what was written: all of the buffer, mostly.
func (l *Log) settle(written int) {
	b := l.buffer
	switch {
	case written == 0:
	case written == len(b.data):
		l.class = classOf(written)
		l.set.buffers.put(b)
		l.buffer = nil
	default:
		if written == b.handed {
			b.flushed = b.committed
		} else {
			b.flushed = b.stateBefore(written)
		}
		b.shift(written)
	}
}

// stateBefore is the state at a place where a segment begins: its header has it.
func (b *buffer) stateBefore(at int) record.State {
	h, err := parseSegmentHeader(b.data[at:])
	if err != nil {
		panic("store: a buffer was written up to where no segment begins: " + err.Error())
	}
	return h.state
}

// shift drops the first n bytes.
func (b *buffer) shift(n int) {
	b.data = b.data[:copy(b.data, b.data[n:])]
	b.handed -= n
	if b.open >= 0 {
		b.open -= n
	}
	kept := b.cuts[:0]
	for _, c := range b.cuts {
		if c.at >= n {
			kept = append(kept, cut{c.at - n, c.segment})
		}
	}
	b.cuts = kept
}
