package filestore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// Place is where a store's files lie: Dir/Prefix.header and so on.
type Place struct{ Dir, Prefix string }

func (p Place) path(ending string) string { return filepath.Join(p.Dir, p.Prefix+"."+ending) }

// Size is how many bytes of messages there are to read, as far as that can be told.
func (p Place) Size(fsys disk.FS) int64 {
	info, err := fsys.Stat(p.path(bodyFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p Place) String() string { return filepath.Join(p.Dir, p.Prefix) }

// Find lists the stores in directories, by name, and those that files belong to. Each is listed once. A file that is
// none of a store's is an error where it was named, and passed over in a directory. What is there of a store is at least
// a header or a body.
func Find(fsys disk.FS, paths ...string) (found []Place, err error) {
	for _, path := range paths {
		info, err := fsys.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			in, err := inDir(fsys, path)
			if err != nil {
				return nil, err
			}
			found = append(found, in...)
			continue
		}
		p, ok := placeOf(path)
		if !ok {
			return nil, fmt.Errorf("%s: not a file of a message store: want .%s", path, strings.Join(endings, ", ."))
		}
		found = append(found, p)
	}
	slices.SortFunc(found, func(a, b Place) int {
		return cmp.Or(strings.Compare(a.Dir, b.Dir), strings.Compare(a.Prefix, b.Prefix))
	})
	return slices.Compact(found), nil
}

func placeOf(path string) (Place, bool) {
	dir, name := filepath.Split(path)
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || !slices.Contains(endings, name[dot+1:]) {
		return Place{}, false
	}
	return Place{filepath.Clean(dir), name[:dot]}, true
}

func inDir(fsys disk.FS, dir string) (found []Place, err error) {
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p, ok := placeOf(filepath.Join(dir, name))
		if !ok || !strings.HasSuffix(name, "."+headerFile) && !strings.HasSuffix(name, "."+bodyFile) {
			continue
		}
		if info, err := fsys.Stat(p.path(name[len(p.Prefix)+1:])); err != nil || !info.Mode().IsRegular() {
			continue // a fifo, or a directory, or gone
		}
		found = append(found, p)
	}
	return found, nil
}

// small reads one of the small files; b is nil when it is not there.
func (p Place) small(fsys disk.FS, ending string) (b []byte, err error) {
	b, err = p.beginning(fsys, ending, smallMost+1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && len(b) > smallMost {
		b = b[:smallMost]
	}
	return b, err
}

func (p Place) beginning(fsys disk.FS, ending string, most int) ([]byte, error) {
	if err := disk.Plain(fsys, p.path(ending)); err != nil {
		return nil, err
	}
	f, err := fsys.Open(p.path(ending))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(int64(most), size))
	n, err := f.ReadAt(b, 0)
	if n == len(b) {
		err = nil
	}
	return b[:n], err
}

// Recognise says which engine wrote the store.
func (p Place) Recognise(fsys disk.FS) (Format, error) {
	clues, err := p.clues(fsys)
	if err != nil {
		return Unknown, err
	}
	return decide(p.Prefix, clues)
}

func (p Place) clues(fsys disk.FS) (clues []clue, err error) {
	for _, ending := range endings[1:] {
		b, err := p.beginning(fsys, ending, lookedAtMost)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		clues = append(clues, clue{ending, looksLike(ending, b)})
	}
	return clues, nil
}
