package filestore

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// entry says where the message with a number lies in the body.
type entry struct {
	number, offset, size int64

	index int   // in the header, from 1
	at    int64 // where it stands in the header
}

// errCut is the end of a header in the middle of an entry.
var errCut = errors.New("the header ends in the middle of the entry")

// garbledError says what stands where an entry should.
type garbledError string

func (e garbledError) Error() string { return fmt.Sprintf("%q is not number,offset,size", string(e)) }

// tokenMost is longer than any entry in text.
const tokenMost = 64

// parseText reads number,offset,size.
func parseText(token []byte) (e entry, err error) {
	parts := bytes.Split(token, []byte{','})
	if len(parts) != 3 {
		return e, garbledError(token)
	}
	for i, to := range []*int64{&e.number, &e.offset, &e.size} {
		if *to, err = strconv.ParseInt(string(parts[i]), 10, 64); err != nil {
			return entry{}, garbledError(token)
		}
	}
	return e, nil
}

const binarySize = 4 + 8 + 4

func parseBinary(b []byte) entry {
	return entry{
		number: int64(int32(binary.BigEndian.Uint32(b))),
		offset: int64(binary.BigEndian.Uint64(b[4:])),
		size:   int64(int32(binary.BigEndian.Uint32(b[12:]))),
	}
}

// appendEntry adds an entry as the engine writes it.
func (f Format) appendEntry(dst []byte, e entry) ([]byte, error) {
	if f != QuickFIXGo && (e.number > math.MaxInt32 || e.size > math.MaxInt32) {
		return dst, fmt.Errorf("MsgSeqNum %d of %d bytes: %s has no room for it", e.number, e.size, f)
	}
	switch {
	case f.isJava():
		dst = binary.BigEndian.AppendUint32(dst, uint32(e.number))
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.offset))
		return binary.BigEndian.AppendUint32(dst, uint32(e.size)), nil
	case f == QuickFIXGo:
		return fmt.Appendf(dst, "%d,%d,%d\n", e.number, e.offset, e.size), nil
	}
	return fmt.Appendf(dst, "%d,%d,%d ", e.number, e.offset, e.size), nil
}

// headerReader reads one entry after the other.
type headerReader struct {
	in     *bufio.Reader
	binary bool
	index  int
	at     int64 // how much is read
}

func newHeaderReader(r io.Reader, f Format) *headerReader {
	return &headerReader{in: bufio.NewReaderSize(r, 32<<10), binary: f.isJava()}
}

// next returns the next entry. With an error other than io.EOF and errCut it is only known where the entry stands, and
// more may follow; errCut comes with what can be read of the last one.
func (h *headerReader) next() (e entry, err error) {
	var at int64
	if h.binary {
		at = h.at
		e, err = h.nextBinary()
	} else {
		e, at, err = h.nextText()
	}
	if err == io.EOF {
		return entry{}, err
	}
	h.index++
	e.index, e.at = h.index, at
	return e, err
}

func (h *headerReader) nextBinary() (entry, error) {
	var b [binarySize]byte
	n, err := io.ReadFull(h.in, b[:])
	h.at += int64(n)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return entry{}, errCut
	case err != nil:
		return entry{}, err
	}
	return parseBinary(b[:]), nil
}

// nextText takes what stands between spaces of any kind, as scanf does.
func (h *headerReader) nextText() (e entry, at int64, err error) {
	var token [tokenMost]byte
	n := 0
	for {
		c, err := h.in.ReadByte()
		switch {
		case err == io.EOF && n == 0:
			return e, at, io.EOF
		case err == io.EOF:
			e, err := parseText(token[:min(n, tokenMost)])
			return e, at, errors.Join(errCut, err)
		case err != nil:
			return e, at, err
		}
		h.at++
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			if n == 0 {
				at = h.at - 1
			}
			if n < tokenMost {
				token[n] = c
			}
			n++
			continue
		}
		if n > 0 {
			e, err := parseText(token[:min(n, tokenMost)])
			return e, at, err
		}
	}
}
