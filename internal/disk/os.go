package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// OS is the machine's own file system. Modes that are zero are the defaults.
func OS(m Modes) FS {
	if m.File == 0 {
		m.File = DefaultFileMode
	}
	if m.Dir == 0 {
		m.Dir = DefaultDirMode
	}
	return system{m}
}

type system struct{ modes Modes }

type file struct{ *os.File }

func (f file) Sync() error               { return syncData(f.File) }
func (f file) Allocate(size int64) error { return allocate(f, size) }

func (s system) Open(name string) (File, error) {
	f, err := openPlain(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// OpenFile makes a file under its final mode: the umask can only take from what the call asks for, so a file
// that was made here is given the rest afterwards.
func (s system) OpenFile(name string, flag int) (File, error) {
	plain := flag &^ (os.O_CREATE | os.O_EXCL)
	if flag&os.O_EXCL != 0 {
		plain &^= os.O_TRUNC // a file that is there is refused, and stays as it is
	}
	f, err := openPlain(name, os.O_RDWR|plain)
	if flag&os.O_CREATE == 0 || !errors.Is(err, fs.ErrNotExist) && flag&os.O_EXCL == 0 {
		if err != nil {
			return nil, err
		}
		return file{f}, nil
	}
	if err == nil {
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	return s.create(name, flag)
}

func (s system) create(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|flag, s.modes.File)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(s.modes.File); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		f.Close()
		return nil, err
	}
	return file{f}, nil
}

func (s system) MkdirAll(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("not a directory")}
		}
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := s.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, s.modes.Dir); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // another process made it meanwhile
		}
		return err
	}
	return os.Chmod(dir, s.modes.Dir)
}

func (s system) ReadDir(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (s system) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }
func (s system) Rename(oldname, newname string) error  { return os.Rename(oldname, newname) }
func (s system) Remove(name string) error              { return os.Remove(name) }
func (s system) SyncDir(dir string) error              { return syncDir(dir) }
func (s system) Volume(dir string) (Volume, error)     { return openVolume(dir) }
func (s system) Space(dir string) (Space, error)       { return spaceOf(dir) }
