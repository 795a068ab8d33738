package journal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// memory is a file system that a test can damage byte by byte, and that fails when it is told to.
type memory struct {
	disk.FS // what a journal does not use
	mu      sync.Mutex
	files   map[string][]byte
	syncs   map[string]int

	// onWrite may let only a part of b through. onSync and onOpen may refuse.
	onWrite func(name string, b []byte, off int64) (int, error)
	onSync  func(name string) error
	onOpen  func(name string, create bool) error
}

func newMemory() *memory { return &memory{files: map[string][]byte{}, syncs: map[string]int{}} }

type memoryFile struct {
	disk.File
	m    *memory
	name string
}

func (m *memory) Open(name string) (disk.File, error) { return m.OpenFile(name, 0) }

func (m *memory) OpenFile(name string, flag int) (disk.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	create := flag&os.O_CREATE != 0
	if m.onOpen != nil {
		if err := m.onOpen(name, create); err != nil {
			return nil, err
		}
	}
	_, ok := m.files[name]
	switch {
	case !ok && !create:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case ok && flag&os.O_EXCL != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case !ok:
		m.files[name] = nil
	}
	return &memoryFile{m: m, name: name}, nil
}

func (m *memory) MkdirAll(string) error { return nil }

func (m *memory) ReadDir(dir string) (names []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		if filepath.Dir(name) == dir {
			names = append(names, filepath.Base(name))
		}
	}
	return names, nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memory) SyncDir(dir string) error { return m.sync(dir) }

func (m *memory) sync(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.syncs[name]++
	if m.onSync != nil {
		return m.onSync(name)
	}
	return nil
}

func (f *memoryFile) Sync() error  { return f.m.sync(f.name) }
func (f *memoryFile) Close() error { return nil }

func (f *memoryFile) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return int64(len(f.m.files[f.name])), nil
}

func (f *memoryFile) ReadAt(b []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	data := f.m.files[f.name]
	n := 0
	if off < int64(len(data)) {
		n = copy(b, data[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(b []byte, off int64) (n int, err error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	n = len(b)
	if f.m.onWrite != nil {
		n, err = f.m.onWrite(f.name, b, off)
	}
	data := f.m.files[f.name]
	if need := int(off) + n; n > 0 && need > len(data) {
		data = append(data, make([]byte, need-len(data))...)
	}
	copy(data[min(int(off), len(data)):], b[:n])
	f.m.files[f.name] = data
	return n, err
}

var errBroken = errors.New("the disk is broken")
