package store

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// memory is a file system that is fast to damage, and that counts what is open. failing may refuse a write.
type memory struct {
	mu      sync.Mutex
	files   map[string]*content
	dirs    map[string]bool
	open    int
	opened  int // the most that were open at once
	failing func(name string, b []byte, offset int64) error

	volumesOpen, volumeSyncs int
	volumeError              error // of the next Sync of a volume
}

type content struct{ b []byte }

type memoryFile struct {
	m    *memory
	name string
	c    *content
}

func newMemory() *memory { return &memory{files: map[string]*content{}, dirs: map[string]bool{}} }

func (m *memory) Open(name string) (disk.File, error) { return m.OpenFile(name, 0) }

func (m *memory) OpenFile(name string, flag int) (disk.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.files[name]
	switch {
	case c == nil && (flag&os.O_CREATE == 0 || !m.dirs[filepath.Dir(name)]):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case c != nil && flag&os.O_EXCL != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case c == nil:
		c = &content{}
		m.files[name] = c
	case flag&os.O_TRUNC != 0:
		c.b = nil
	}
	m.open++
	m.opened = max(m.opened, m.open)
	return &memoryFile{m, name, c}, nil
}

func (m *memory) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for ; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		m.dirs[dir] = true
	}
	return nil
}

func (m *memory) ReadDir(dir string) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[dir] {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: fs.ErrNotExist}
	}
	for _, all := range [][]string{slices.Collect(maps.Keys(m.files)), slices.Collect(maps.Keys(m.dirs))} {
		for _, name := range all {
			if filepath.Dir(name) == dir {
				names = append(names, filepath.Base(name))
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memory) Stat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.files[name]; c != nil {
		return memoryInfo{name, int64(len(c.b)), 0}, nil
	}
	if m.dirs[name] {
		return memoryInfo{name, 0, fs.ModeDir}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (m *memory) Rename(oldname, newname string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[newname] = m.files[oldname]
	delete(m.files, oldname)
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(m.files, name)
	return nil
}

func (m *memory) SyncDir(dir string) error {
	_, err := m.Stat(dir)
	return err
}

func (m *memory) Volume(string) (disk.Volume, error) {
	m.volumesOpen++
	return memoryVolume{m}, nil
}

func (m *memory) Space(string) (disk.Space, error) { return disk.Space{}, errors.ErrUnsupported }

type memoryVolume struct{ m *memory }

func (v memoryVolume) Sync() error {
	v.m.volumeSyncs++
	return v.m.volumeError
}

func (v memoryVolume) Close() error {
	v.m.volumesOpen--
	return nil
}

// below lists the files in a directory.
func (m *memory) below(dir string) (paths []string) {
	for _, path := range slices.Sorted(maps.Keys(m.files)) {
		if strings.HasPrefix(path, dir+"/") {
			paths = append(paths, path)
		}
	}
	return paths
}

func (f *memoryFile) Name() string { return f.name }
func (f *memoryFile) Sync() error  { return nil }

func (f *memoryFile) Close() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.c == nil {
		return os.ErrClosed
	}
	f.c = nil
	f.m.open--
	return nil
}

func (f *memoryFile) Linked() (bool, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return f.m.files[f.name] == f.c, nil
}

func (f *memoryFile) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return int64(len(f.c.b)), nil
}

func (f *memoryFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.c.b = append(f.c.b, make([]byte, max(0, size-int64(len(f.c.b))))...)[:size]
	return nil
}

func (f *memoryFile) Allocate(size int64) error { return f.Truncate(max(size, int64(len(f.c.b)))) }

func (f *memoryFile) ReadAt(b []byte, offset int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.c == nil {
		return 0, os.ErrClosed
	}
	n := 0
	if offset < int64(len(f.c.b)) {
		n = copy(b, f.c.b[offset:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(b []byte, offset int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.c == nil {
		return 0, os.ErrClosed
	}
	if f.m.failing != nil {
		if err := f.m.failing(f.name, b, offset); err != nil {
			return 0, err
		}
	}
	if need := offset + int64(len(b)); need > int64(len(f.c.b)) {
		f.c.b = append(f.c.b, make([]byte, need-int64(len(f.c.b)))...)
	}
	return copy(f.c.b[offset:], b), nil
}

var errRefused = errors.New("the disk refuses")

type memoryInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memoryInfo) Name() string       { return filepath.Base(i.name) }
func (i memoryInfo) Size() int64        { return i.size }
func (i memoryInfo) Mode() fs.FileMode  { return i.mode }
func (i memoryInfo) ModTime() time.Time { return time.Time{} }
func (i memoryInfo) IsDir() bool        { return i.mode.IsDir() }
func (i memoryInfo) Sys() any           { return nil }
