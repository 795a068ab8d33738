package store

import (
	"errors"
	"fmt"
	"io"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// source is the bytes of a segment: its file's, and over them what a journal has that may not be in the file yet.
type source struct {
	path    string
	file    disk.File // nil: there is none, and the patches are all
	size    int64
	patches []Extent // of this segment, in the order of their writing
}

// openSource opens a segment. size is what the file has at this moment.
func openSource(fsys disk.FS, path string, patches []Extent) (*source, error) {
	s := &source{path: path, patches: patches}
	file, err := fsys.Open(path)
	if err != nil {
		if len(patches) == 0 {
			return nil, err
		}
		file = nil
	}
	s.file = file
	if file != nil {
		if s.size, err = file.Size(); err != nil {
			file.Close()
			return nil, err
		}
	}
	for _, p := range patches {
		s.size = max(s.size, p.Offset+int64(len(p.Bytes)))
	}
	return s, nil
}

func (s *source) close() {
	if s.file != nil {
		s.file.Close()
	}
}

// read fills b from an offset on, as far as there are bytes.
func (s *source) read(b []byte, offset int64) (int, error) {
	b = b[:max(0, min(int64(len(b)), s.size-offset))]
	n := 0
	if s.file != nil {
		var err error
		if n, err = s.file.ReadAt(b, offset); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
	}
	if len(s.patches) == 0 {
		return n, nil
	}
	clear(b[n:])
	for _, p := range s.patches {
		from, to := max(offset, p.Offset), min(offset+int64(len(b)), p.Offset+int64(len(p.Bytes)))
		if from < to {
			copy(b[from-offset:to-offset], p.Bytes[from-p.Offset:])
		}
	}
	return len(b), nil
}

// header reads the segment's header; a *badBlock where there is none.
func (s *source) header() (segmentHeader, error) {
	b := make([]byte, min(512, s.size))
	for {
		n, err := s.read(b, 0)
		if err != nil {
			return segmentHeader{}, err
		}
		h, err := parseSegmentHeader(b[:n])
		if err == nil {
			return h, nil
		}
		if errors.Is(err, ErrTooNew) || len(b) >= headerBytesMax || int64(len(b)) == s.size {
			return h, &badBlock{0, err}
		}
		b = make([]byte, min(headerBytesMax, s.size))
	}
}

// chunkBytes is how much a scan reads at once.
const chunkBytes = 256 << 10

// scanner goes from block to block. Its buffer is used again: what next returns is valid until the next call.
type scanner struct {
	src    *source
	seed   uint32
	at     int64 // of the next block
	end    int64
	expect record.Sequence // of the next block; 0: any
	chunk  int             // how much to read at once

	buf  []byte
	base int64 // where buf lies in the file
}

func newScanner(src *source, seed uint32, from, to int64) *scanner {
	return &scanner{src: src, seed: seed, at: from, end: to, chunk: chunkBytes}
}

// badBlock is a place where no good block, or header, is. It says nothing about why: whether that is damage, or what
// is not written yet, depends on where it is.
type badBlock struct {
	offset int64
	reason error
}

func (e *badBlock) Error() string { return fmt.Sprintf("offset %d: %v", e.offset, e.reason) }
func (e *badBlock) Unwrap() error { return e.reason }

// bad returns what is wrong with bytes, and nil for any other error: those are the file system's.
func bad(err error) *badBlock {
	var b *badBlock
	if errors.As(err, &b) {
		return b
	}
	return nil
}

// next returns the block at s.at and moves behind it; io.EOF at the end; a *badBlock, and stays, where there is none.
// Any other error is the file system's.
func (s *scanner) next() (h block, records []byte, err error) {
	if s.at >= s.end {
		return h, nil, io.EOF
	}
	b, err := s.view(blockHeader)
	if err != nil {
		return h, nil, err
	}
	if h, err = readBlockHeader(b); err == nil {
		if s.expect != 0 && h.first != s.expect {
			return h, nil, &badBlock{s.at, fmt.Errorf("a block that begins with sequence %d, want %d", h.first, s.expect)}
		}
		if b, err = s.view(h.size()); err != nil {
			return h, nil, err
		}
		h, records, err = parseBlock(b, s.seed, s.at)
	}
	if err != nil {
		return h, nil, &badBlock{s.at, err}
	}
	s.at += h.size()
	s.expect = h.last + 1
	return h, records, nil
}

// view returns n bytes from s.at on, or what there is of them.
func (s *scanner) view(n int64) ([]byte, error) {
	n = min(n, s.end-s.at)
	from := s.at - s.base
	if s.at >= s.base && from+n <= int64(len(s.buf)) {
		return s.buf[from : from+n], nil
	}
	want := min(max(n, int64(s.chunk)), s.end-s.at)
	if int64(cap(s.buf)) < want {
		s.buf = make([]byte, want)
	}
	got, err := s.src.read(s.buf[:want], s.at)
	if err != nil {
		s.buf = s.buf[:0]
		return nil, err
	}
	s.buf, s.base = s.buf[:got], s.at
	return s.buf[:min(n, int64(got))], nil
}

// resyncBytesMax bounds what a search for the next good block sums, since messages may be full of things that look
// like blocks.
const resyncBytesMax = 256 << 20

// resync looks behind a bad place for the next good block, whose checksum proves that it was written there. It
// reports false, at the end, when there is none.
func (s *scanner) resync() (bool, error) {
	s.expect = 0
	summed := int64(0)
	for s.at += 8; s.at < s.end && summed < resyncBytesMax; s.at += 8 {
		b, err := s.view(blockHeader)
		if err != nil {
			return false, err
		}
		h, err := readBlockHeader(b)
		if err != nil || s.at+h.size() > s.end {
			continue
		}
		if b, err = s.view(h.size()); err != nil {
			return false, err
		}
		summed += h.size()
		if _, _, err = parseBlock(b, s.seed, s.at); err == nil {
			return true, nil
		}
	}
	s.at = s.end
	return false, nil
}
