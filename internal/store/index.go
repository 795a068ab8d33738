package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/fixarchive/fixarchive/internal/record"
)

// An index and a catalogue are a header and then spans.
//
//	header ┌ magic 8 ┬ version 4 ┬ segment 4 ┬ archive 16 ┬ SHA-256 of the identity, first 16 ┬ 0 12 ┬ CRC 4 ┐
//	span   ┌ segment 4 ┬ epoch 4 ┬ offset 8 ┬ length 8 ┬ first sequence 8 ┬ last 8 ┬ time min 8 ┬ max 8 ──────┐
//	       ├ inbound MsgSeqNum min 8 ┬ max 8 ┬ outbound MsgSeqNum min 8 ┬ max 8 ──────────────────────────────┤
//	       ├ records 4 ┬ inbound 4 ┬ outbound 4 ┬ events 4 ┬ gaps 4 ┬ CRC 4 ─────────────────────────────────┘
//
// A span of an index covers adjacent blocks of one epoch of up to SpanBytesMax, or one larger block. One entry for
// each block would be larger than what it finds: a quiet session commits one message at a time. So the index is
// 1/585 of the segment, and a lookup reads at most SpanBytesMax for each span that may hold what it seeks.
//
// A span of the catalogue covers all blocks of one epoch in one sealed segment. Its header names segment 0.
//
// The checksum of a span begins with the seed of the segment that the header names.
const (
	indexMagic     = "FIXAINDX"
	catalogueMagic = "FIXACATL"
	indexVersion   = 1
	spansHeader    = 64
	spanSize       = 112

	// SpanBytesMax is the most that one span of an index covers.
	SpanBytesMax = 64 << 10
)

var _ = [SpanBytesMax - BlockBytesMax + 1]struct{}{} // a block of the usual size fits a span

// spansFile says what an index or catalogue is of.
type spansFile struct {
	magic   string
	archive [16]byte
	log     record.LogID
	segment uint32 // 0 for a catalogue
}

func appendSpansHeader(dst []byte, f *spansFile) []byte {
	at := len(dst)
	identity := sha256.Sum256(record.AppendLogID(nil, f.log))
	dst = append(dst, f.magic...)
	dst = binary.LittleEndian.AppendUint32(dst, indexVersion)
	dst = binary.LittleEndian.AppendUint32(dst, f.segment)
	dst = append(dst, f.archive[:]...)
	dst = append(dst, identity[:16]...)
	dst = append(dst, make([]byte, 12)...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// checkSpansHeader says why b does not begin with the header of f.
func checkSpansHeader(b []byte, f *spansFile) error {
	if len(b) < spansHeader || string(b[:8]) != f.magic {
		return fmt.Errorf("no header %q in %d bytes that begin %.8q", f.magic, len(b), b)
	}
	if err := checkVersion(binary.LittleEndian.Uint32(b[8:]), indexVersion); err != nil {
		return err
	}
	if !bytes.Equal(b[:spansHeader], appendSpansHeader(nil, f)) {
		return fmt.Errorf("the header is damaged, or another's")
	}
	return nil
}

func appendSpan(dst []byte, s *span, seed uint32) []byte {
	at := len(dst)
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, s.segment)
	dst = le.AppendUint32(dst, uint32(s.epoch))
	dst = le.AppendUint64(dst, uint64(s.offset))
	dst = le.AppendUint64(dst, uint64(s.length))
	var ranges [rangesSize]byte
	putRanges(ranges[:], &s.summary)
	dst = append(dst, ranges[:]...)
	for _, count := range [...]uint32{s.records, s.inbound, s.outbound, s.events, s.gaps} {
		dst = le.AppendUint32(dst, count)
	}
	return le.AppendUint32(dst, crc32.Update(seed, castagnoli, dst[at:]))
}

func parseSpan(b []byte, seed uint32) (s span, err error) {
	if len(b) < spanSize {
		return s, fmt.Errorf("%d bytes left, a span has %d", len(b), spanSize)
	}
	le := binary.LittleEndian
	if got, want := crc32.Update(seed, castagnoli, b[:spanSize-4]), le.Uint32(b[spanSize-4:]); got != want {
		return s, fmt.Errorf("span crc %08x, want %08x", got, want)
	}
	s.segment = le.Uint32(b)
	s.epoch = record.Epoch(le.Uint32(b[4:]))
	s.offset = int64(le.Uint64(b[8:]))
	s.length = int64(le.Uint64(b[16:]))
	readRanges(b[24:], &s.summary)
	s.records, s.inbound, s.outbound = le.Uint32(b[88:]), le.Uint32(b[92:]), le.Uint32(b[96:])
	s.events, s.gaps = le.Uint32(b[100:]), le.Uint32(b[104:])
	if !s.plausible() || s.segment == 0 || s.offset <= 0 || s.length <= 0 || s.end() < 0 {
		return s, fmt.Errorf("a span that contradicts itself: %d bytes at %d, sequences %d to %d", s.length, s.offset, s.first, s.last)
	}
	return s, nil
}

// parseSpans reads an index or catalogue. What cannot be read, or does not lie behind what was read before, is
// left out and told to damaged, which may be nil; a partial span at the end is not there yet.
func parseSpans(b []byte, f *spansFile, base uint32, damaged func(offset int64, reason string)) ([]span, error) {
	if err := checkSpansHeader(b, f); err != nil {
		return nil, err
	}
	seed := base
	if f.segment != 0 {
		seed = seedOf(base, f.segment)
	}
	spans := make([]span, 0, (len(b)-spansHeader)/spanSize)
	for at := spansHeader; at+spanSize <= len(b); at += spanSize {
		s, err := parseSpan(b[at:], seed)
		if err == nil && f.segment != 0 && s.segment != f.segment {
			err = fmt.Errorf("a span of segment %d, want %d", s.segment, f.segment)
		}
		if err == nil && len(spans) > 0 && !spans[len(spans)-1].before(&s) {
			err = fmt.Errorf("a span at %d of segment %d, which does not lie behind the one before", s.offset, s.segment)
		}
		if err == nil {
			spans = append(spans, s)
		} else if damaged != nil {
			damaged(int64(at), err.Error())
		}
	}
	return spans, nil
}

// before reports whether t lies behind s.
func (s *span) before(t *span) bool {
	return s.last < t.first && (s.segment < t.segment || s.segment == t.segment && s.end() <= t.offset)
}
