package store

import (
	"errors"
	"io/fs"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Names are the directories of the logs that there are.
func (s *Set) Names() ([]string, error) {
	names, err := s.fs.ReadDir(s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// Grown reports whether the files of a log hold more than a checkpoint says. It reads none of them.
func (s *Set) Grown(known record.Snapshot) (bool, error) {
	dir := s.Dir(known.Log)
	numbers, err := segmentNumbers(s.fs, dir)
	if err != nil || len(numbers) == 0 {
		return false, err
	}
	if last := numbers[len(numbers)-1]; last != known.Segment {
		return last > known.Segment, nil
	}
	info, err := s.fs.Stat(segmentPath(dir, known.Segment))
	return err == nil && info.Size() > known.Length, err
}
