package fixarchive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// target is the directory that a snapshot goes to. While the snapshot is made it holds that directory's lock, so that no
// other snapshot and no gateway begins anything there.
type target struct {
	dir  string
	fs   disk.FS
	made bool // by take: else it was there, and empty
	lock *disk.Lock
}

// check says why no snapshot of the archive can go there, and what to do instead. It writes nothing.
func (t *target) check(archive string) error {
	if t.dir == "" {
		return fmt.Errorf("%w: no directory is named", ErrNoPlace)
	}
	if err := t.checkApart(archive); err != nil {
		return err
	}
	if _, err := os.Lstat(t.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	info, err := os.Stat(t.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t.refused("it is a link that leads nowhere")
	case err != nil:
		return err
	case !info.IsDir():
		return t.refused("it is a file")
	}
	return t.checkEmpty()
}

// checkEmpty lets a lock pass: an attempt that failed leaves it in a directory that it found there.
func (t *target) checkEmpty() error {
	names, err := t.fs.ReadDir(t.dir)
	if err != nil {
		return err
	}
	switch has := func(name string) bool { return slices.Contains(names, name) }; {
	case len(names) == 0, len(names) == 1 && names[0] == "lock":
		return nil
	case has("meta"):
		return t.refused("it holds an archive already")
	case has("logs"), has("journal"):
		return t.refused("it holds what looks like a snapshot that was cut short and may be removed")
	}
	return t.refused("it is not empty")
}

func (t *target) refused(why string) error {
	return fmt.Errorf("%s: %w: %s; name a directory that does not exist yet", t.dir, ErrNoPlace, why)
}

// checkApart keeps the copy out of the archive, and the archive out of the copy, by whatever names they go.
func (t *target) checkApart(archive string) error {
	for _, part := range []string{"", "logs", "journal", "spill", "quarantine"} {
		if within(t.dir, filepath.Join(archive, part)) {
			return fmt.Errorf("%s: %w: it lies in the archive %s; name a directory outside of it", t.dir, ErrNoPlace, archive)
		}
	}
	if within(archive, t.dir) {
		return fmt.Errorf("%s: %w: the archive %s lies in it; name a directory beside that", t.dir, ErrNoPlace, archive)
	}
	return nil
}

// within reports whether a path, which may not exist yet, lies in a directory or is it.
func within(path, dir string) bool {
	outer, err := os.Stat(dir)
	if err != nil {
		return false
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	for {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, outer) {
			return true
		}
		up := filepath.Dir(path)
		if up == path {
			return false
		}
		if real, err := filepath.EvalSymlinks(up); err == nil {
			up = real
		}
		path = up
	}
}

// take makes the directory, durably, and locks it.
func (t *target) take(archive string) (err error) {
	if t.dir, err = filepath.Abs(t.dir); err != nil {
		return err
	}
	existing := t.dir
	for {
		if _, err := os.Stat(existing); err == nil || filepath.Dir(existing) == existing {
			break
		}
		existing, t.made = filepath.Dir(existing), true
	}
	if err := t.fs.MkdirAll(t.dir); err != nil {
		return err
	}
	for at := t.dir; at != existing; {
		at = filepath.Dir(at)
		if err := t.fs.SyncDir(at); err != nil {
			return err
		}
	}
	t.lock, err = disk.AcquireLock(filepath.Join(t.dir, "lock"), fmt.Sprintf("pid %d, which takes a snapshot of %s", os.Getpid(), archive))
	if err != nil {
		return err
	}
	if err := t.checkEmpty(); err != nil { // somebody was quicker
		return errors.Join(err, t.release())
	}
	return nil
}

func (t *target) release() error { return t.lock.Release() }

// undo removes what was written, and says how that went. meta goes first: what is left without it is no archive.
func (t *target) undo() string {
	err := os.RemoveAll(filepath.Join(t.dir, "meta"))
	err = errors.Join(err, t.release())
	if t.made {
		err = errors.Join(err, os.RemoveAll(t.dir))
	} else {
		for _, name := range []string{"meta.tmp", "checkpoint", "checkpoint.tmp", "journal", "spill", "logs", "quarantine"} {
			err = errors.Join(err, os.RemoveAll(filepath.Join(t.dir, name)))
		}
	}
	if err != nil {
		return fmt.Sprintf("what was written of it could not be removed, remove %s: %v", t.dir, err)
	}
	return "what was written of it was removed"
}
