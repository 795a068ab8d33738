package store

import (
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"

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

// Growth is what Grown says of a log.
type Growth struct {
	Grown bool
	Err   error
}

// GrownOf is Grown for many logs, as many at once as files are synced at once: one after the other they take 30 µs each, and
// 10,000 of them a third of a second.
func (s *Set) GrownOf(known []record.Snapshot) []Growth {
	found := make([]Growth, len(known))
	var (
		next  atomic.Int64
		group sync.WaitGroup
	)
	for range min(s.o.SyncsAtOnce, len(known)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(known)); i = next.Add(1) - 1 {
				found[i].Grown, found[i].Err = s.Grown(known[i])
			}
		})
	}
	group.Wait()
	return found
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
