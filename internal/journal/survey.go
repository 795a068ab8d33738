package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
)

const suffix = ".journal"

// lap is a file and what its header says.
type lap struct {
	path   string
	header fileHeader
	size   int64
}

// surveyed is what lies in a journal's directory.
type surveyed struct {
	laps    []lap    // in the order in which they were written
	empty   []string // created, and never written
	ignored []error  // another archive's, or without a header that can be read
}

// survey reads the headers of the files in dir. A directory that is not there holds none.
func survey(fsys disk.FS, dir string, archive [16]byte) (*surveyed, error) {
	names, err := fsys.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s := &surveyed{}
	page := make([]byte, headerPage)
	for _, name := range names {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		if err := s.file(fsys, filepath.Join(dir, name), archive, page); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.laps, func(a, b lap) int { return cmp.Compare(a.header.lap, b.header.lap) })
	return s, nil
}

func (s *surveyed) file(fsys disk.FS, path string, archive [16]byte, page []byte) error {
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its writer took it away in this moment
	}
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	b, err := readFull(f, page)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(b) < headerPage || blank(b) {
		s.empty = append(s.empty, path)
		return nil
	}
	h, err := parseFileHeader(b)
	switch {
	case errors.Is(err, ErrTooNew):
		return fmt.Errorf("%s: %w", path, err)
	case err != nil:
		s.ignored = append(s.ignored, &CorruptError{Path: path, Reason: err.Error()})
	case h.archive != archive:
		s.ignored = append(s.ignored, fmt.Errorf("%s: %w: %x, this one is %x", path, ErrForeign, h.archive, archive))
	default:
		s.laps = append(s.laps, lap{path, h, size})
	}
	return nil
}

// fresh is the beginning of a lap that is newer than all there are and than all that a checkpoint at m knew of.
func (s *surveyed) fresh(m Mark) Mark {
	last := uint64(0)
	if n := len(s.laps); n > 0 {
		last = s.laps[n-1].header.lap
	}
	if m.Lap > last && m.Offset <= headerPage {
		return Mark{m.Lap, headerPage} // it is such a mark itself, and nothing was written since
	}
	return Mark{max(last, m.Lap) + 1, headerPage}
}

// load reads a whole file, into buf if it is large enough.
func load(fsys disk.FS, l lap, buf []byte) ([]byte, error) {
	f, err := fsys.Open(l.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if int64(cap(buf)) < size {
		buf = make([]byte, size)
	}
	b, err := readFull(f, buf[:size])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	return b, nil
}

// readFull reads what there is of b from the beginning of f.
func readFull(f disk.File, b []byte) ([]byte, error) {
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

// batchAt reads the batch at offset p of a lap's file b.
func batchAt(b []byte, seed uint32, h fileHeader, p int64) (batchHeader, []byte, bool, error) {
	if p > int64(len(b)) {
		return batchHeader{}, nil, false, fmt.Errorf("the file ends at offset %d", len(b))
	}
	return parseBatch(b[p:], seed, Mark{h.lap, p}, h.generation)
}

// nextBatch finds the first good batch of a lap at offset p or behind it.
func nextBatch(b []byte, seed uint32, h fileHeader, p int64) (batch batchHeader, at int64, ok bool) {
	for p < int64(len(b)) {
		i := bytes.Index(b[p:], []byte(batchMagic))
		if i < 0 {
			break
		}
		p += int64(i)
		if p%8 == 0 {
			if batch, _, _, err := batchAt(b, seed, h, p); err == nil {
				return batch, p, true
			}
		}
		p++
	}
	return batch, 0, false
}
