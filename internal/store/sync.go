package store

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// manyFiles is from where on syncing the whole file system is cheaper than syncing files: a thousand took 74 ms, sixteen
// at once, and 22 ms together. A stranger's writes are then waited for too, which is why it is not the rule.
const manyFiles = 500

// openVolume opens what the logs lie on, before the first write that a Sync of it is to prove.
func (s *Set) openVolume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked {
		return
	}
	v, err := s.fs.Volume(s.root)
	if err == nil {
		s.volume = v
	}
	// One that cannot be opened now, for want of a descriptor, can later; what was written by then is proved by the
	// error that nobody has collected yet.
	s.asked = err == nil || errors.Is(err, errors.ErrUnsupported)
}

// Sync makes durable what TakeDirty returned. Files come before directories, so that no name survives a power cut
// whose file does not.
func (s *Set) Sync(paths []string) error {
	files, dirs, err := s.sorted(paths)
	if err != nil {
		return err
	}
	s.mu.Lock()
	volume := s.volume
	s.mu.Unlock()
	// A volume tells of every write that failed on it, a stranger's and the journal's too. Files tell whose it was.
	if volume != nil && len(paths) >= manyFiles && volume.Sync() == nil {
		return nil
	}
	if err := s.inParallel(files, func(path string) error { return syncFile(s.fs, path) }); err != nil {
		return err
	}
	return s.inParallel(dirs, s.fs.SyncDir)
}

// sorted tells files from directories. One that is gone is an error.
func (s *Set) sorted(paths []string) (files, dirs []string, err error) {
	for _, path := range paths {
		info, err := s.fs.Stat(path)
		switch {
		case err != nil:
			return nil, nil, err
		case info.IsDir():
			dirs = append(dirs, path)
		default:
			files = append(files, path)
		}
	}
	return files, dirs, nil
}

func syncFile(fsys disk.FS, path string) error {
	f, err := fsys.OpenFile(path, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// inParallel calls f for every path, on a few goroutines, and joins the errors.
func (s *Set) inParallel(paths []string, f func(string) error) error {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		all   error
	)
	for range min(s.o.SyncsAtOnce, len(paths)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(paths)); i = next.Add(1) - 1 {
				if err := f(paths[i]); err != nil {
					mu.Lock()
					all = errors.Join(all, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return all
}
