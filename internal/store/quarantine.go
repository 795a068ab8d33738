package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// quarantine copies a segment from offset on to a file of its own, durably, and says which.
func (s *Set) quarantine(src *source, name string, offset int64) (path string, err error) {
	if src.size == 0 {
		return "", nil
	}
	if err := s.fs.MkdirAll(s.o.Quarantine); err != nil {
		return "", err
	}
	f, err := s.createNew(filepath.Join(s.o.Quarantine, name))
	if err != nil {
		return "", err
	}
	err = copyFrom(f, src, offset)
	// The directory above, too: the first that is put in quarantine makes it.
	return f.Name(), errors.Join(err, f.Sync(), f.Close(), s.fs.SyncDir(s.o.Quarantine), s.fs.SyncDir(filepath.Dir(s.o.Quarantine)))
}

// createNew makes a file of that name, or of one like it where that is taken: nothing in quarantine is overwritten.
func (s *Set) createNew(path string) (disk.File, error) {
	f, err := s.fs.OpenFile(path, os.O_CREATE|os.O_EXCL)
	for i := 2; errors.Is(err, fs.ErrExist); i++ {
		f, err = s.fs.OpenFile(fmt.Sprintf("%s.%d", path, i), os.O_CREATE|os.O_EXCL)
	}
	return f, err
}

func copyFrom(f disk.File, src *source, offset int64) error {
	b := make([]byte, min(1<<20, src.size-offset))
	for at := offset; at < src.size; {
		n, err := src.read(b, at)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s: ends at %d, want %d", src.path, at, src.size)
		}
		if _, err := f.WriteAt(b[:n], at-offset); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// truncate cuts a file off, durably.
func (s *Set) truncate(path string, size int64) error {
	f, err := s.fs.OpenFile(path, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// writeFileAt writes to a file that is opened for that alone.
func (s *Set) writeFileAt(open func() (disk.File, error), b []byte, offset int64) error {
	f, err := open()
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, offset)
	return errors.Join(err, f.Close())
}

// removeSegment removes a segment and its index, durably.
func (s *Set) removeSegment(dir string, n uint32) error {
	err := s.fs.Remove(indexPath(dir, n))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(s.fs.Remove(segmentPath(dir, n)), s.fs.SyncDir(dir))
}
