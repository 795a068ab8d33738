package store

import (
	"errors"
	"fmt"
	"path/filepath"
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

// Unsynced is a file or directory of which a Sync could not prove that it is durable.
type Unsynced struct {
	Path string
	Err  error
}

func (u *Unsynced) Error() string { return fmt.Sprintf("%s: sync: %v", u.Path, u.Err) }

// Unwrap makes errors.Is see what the file system said.
func (u *Unsynced) Unwrap() error { return u.Err }

// Together is several failures as one error, nil when there are none.
func Together(failed []*Unsynced) (all error) {
	for _, u := range failed {
		all = errors.Join(all, u)
	}
	return all
}

// Sync makes durable what TakeDirty returned, and returns what could not be made so. Files come before directories, so
// that no name survives a power cut whose file does not. A file whose sync failed may have lost any of what was written
// to it since the last one that succeeded, and a later success says nothing about that.
func (s *Set) Sync(paths []string) (failed []*Unsynced) {
	files, dirs, failed := s.sorted(compact(paths))
	s.mu.Lock()
	volume := s.volume
	s.mu.Unlock()
	// A volume tells of every write that failed on it, a stranger's and the journal's too. Files tell whose it was.
	if volume != nil && len(paths) >= manyFiles && volume.Sync() == nil {
		return failed
	}
	failed = append(failed, s.inParallel(files, func(path string) error { return syncFile(s.fs, path) })...)
	return append(failed, s.inParallel(dirs, s.fs.SyncDir)...)
}

// compact drops what is in paths twice.
func compact(paths []string) []string {
	seen := make(map[string]struct{}, len(paths))
	kept := paths[:0]
	for _, p := range paths {
		if _, twice := seen[p]; !twice {
			seen[p] = struct{}{}
			kept = append(kept, p)
		}
	}
	return kept
}

// sorted tells files from directories, and from what is gone.
func (s *Set) sorted(paths []string) (files, dirs []string, gone []*Unsynced) {
	for _, path := range paths {
		info, err := s.fs.Stat(path)
		switch {
		case err != nil:
			gone = append(gone, &Unsynced{path, err})
		case info.IsDir():
			dirs = append(dirs, path)
		default:
			files = append(files, path)
		}
	}
	return files, dirs, gone
}

// Derived reports whether a file can be made again from others: then it may fail without anything being lost.
func Derived(path string) bool {
	return filepath.Ext(path) == indexSuffix || filepath.Base(path) == catalogueName
}

func syncFile(fsys disk.FS, path string) error {
	f, err := fsys.OpenFile(path, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// inParallel calls f for every path, on a few goroutines.
func (s *Set) inParallel(paths []string, f func(string) error) (failed []*Unsynced) {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
	)
	for range min(s.o.SyncsAtOnce, len(paths)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(paths)); i = next.Add(1) - 1 {
				if err := f(paths[i]); err != nil {
					mu.Lock()
					failed = append(failed, &Unsynced{paths[i], err})
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return failed
}
