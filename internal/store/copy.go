package store

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Original is a log in another root, of which a Set takes a copy.
type Original struct {
	Dir string

	// Every segment before Sealed is durable and never written again: a checkpoint ends in a later one, and what a
	// recovery does begins where that checkpoint ends.
	Sealed uint32

	// The copy ends before Length in Segment. Whole is the end of what is there.
	Segment uint32
	Length  int64
}

// Whole as an Original's Segment stands for all segments that there are.
const Whole = math.MaxUint32

// end is how much of a segment is copied.
func (o *Original) end(n uint32) int64 {
	switch {
	case n < o.Segment:
		return math.MaxInt64
	case n == o.Segment:
		return o.Length
	}
	return 0
}

// Copier says how logs are copied, and counts.
type Copier struct {
	// Link gives a file a second name. It is for sealed segments; when it fails they are copied. nil: they always are.
	Link     func(oldname, newname string) error
	Progress func(n int64) // told of bytes of segments as they are done, linked or copied; nil: nobody asks

	Linked, Copied           int // segments
	LinkedBytes, CopiedBytes int64
	NotLinked                error // the first reason for which Link failed
}

// Copy brings the files of a log from another root, before anything is written to it here. It reports whether the
// original holds more than was copied. Index and catalogue come along as they are: they are checked wherever they are
// read, and Open trims them to what there is.
//
// What is damaged or missing in the original stays so in the copy, for Verify to name.
func (s *Set) Copy(id record.LogID, from Original, c *Copier) (more bool, err error) {
	names, err := s.fs.ReadDir(from.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	dir := s.Dir(id)
	if err := s.fs.MkdirAll(dir); err != nil {
		return false, err
	}
	s.openVolume()
	s.Touch(filepath.Dir(s.root), s.root, dir)
	// In this order no index is copied that tells of blocks beyond the length at which its segment is looked at later.
	for _, name := range names {
		if err := s.copyDerived(&from, dir, name); err != nil {
			return false, err
		}
	}
	return s.copySegments(&from, dir, c)
}

// copyDerived copies a file if it is an index or the catalogue. Such a file may go away while it is copied, and is
// done without then.
func (s *Set) copyDerived(from *Original, dir, name string) error {
	if stem, ok := strings.CutSuffix(name, indexSuffix); ok {
		n, ok := segmentNumber(stem + segmentSuffix)
		if !ok || from.end(n) == 0 {
			return nil
		}
	} else if name != catalogueName {
		return nil
	}
	to := filepath.Join(dir, name)
	_, err := disk.CopyFile(s.fs, filepath.Join(from.Dir, name), to, math.MaxInt64, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.Touch(to)
	return err
}

func (s *Set) copySegments(from *Original, dir string, c *Copier) (more bool, err error) {
	numbers, err := segmentNumbers(s.fs, from.Dir)
	for _, n := range numbers {
		if err != nil {
			break
		}
		old, name := segmentPath(from.Dir, n), segmentPath(dir, n)
		switch end := from.end(n); {
		case end == 0:
			more = true
		case n < from.Sealed:
			err = s.linkSegment(old, name, c)
		default:
			var longer bool
			longer, err = s.copySegment(old, name, end, c)
			more = more || longer
		}
	}
	return more, err
}

// linkSegment gives a sealed segment a second name, and copies it where that cannot be.
func (s *Set) linkSegment(old, name string, c *Copier) error {
	if c.Link == nil {
		_, err := s.copySegment(old, name, math.MaxInt64, c)
		return err
	}
	info, err := s.fs.Stat(old)
	if err == nil {
		err = disk.Plain(s.fs, old)
	}
	if err != nil {
		return err
	}
	if err := c.Link(old, name); err != nil {
		if c.NotLinked == nil {
			c.NotLinked = err
		}
		_, err := s.copySegment(old, name, math.MaxInt64, c)
		return err
	}
	c.Linked++
	c.LinkedBytes += info.Size()
	c.progress(info.Size())
	return nil
}

// copySegment copies a segment up to an offset, and reports whether it is longer.
func (s *Set) copySegment(old, name string, end int64, c *Copier) (longer bool, err error) {
	n, err := disk.CopyFile(s.fs, old, name, end, c.progress)
	if err != nil {
		return false, err
	}
	s.Touch(name)
	c.Copied++
	c.CopiedBytes += n
	info, err := s.fs.Stat(old)
	return err == nil && info.Size() > n, err
}

func (c *Copier) progress(n int64) {
	if c.Progress != nil {
		c.Progress(n)
	}
}
