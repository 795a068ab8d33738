package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fixarchive/fixarchive/internal/record"
)

// The header of a segment. What it costs to repeat the identity and the state buys that any segment can be read,
// and appended to, without any other file:
//
//	┌ "FIXASEGM" 8 ┬ version 4 ┬ length 4 ┬ archive 16 ┬ segment 4 ┬ generation 4 ┬ created 8 ┬ state 72 ┬ identity … ┬ zeros ┬ CRC 4 ┐
//	└──────────────┴───────────┴──────────┴────────────┴───────────┴──────────────┴───────────┴──────────┴────────────┴───────┴───────┘
//
// length counts all of it and is a multiple of 8.
const (
	segmentMagic    = "FIXASEGM"
	segmentVersion  = 1
	segmentFixed    = 48 + record.StateSize // up to the identity
	headerBytesMax  = 16 << 10
	segmentSuffix   = ".seg"
	indexSuffix     = ".idx"
	catalogueName   = "catalogue"
	segmentDigits   = 8
	identityMaximum = 9 * (2 + record.PartBytesMax)
)

var (
	_ = [1]struct{}{}[segmentFixed%8]
	_ [headerBytesMax - segmentFixed - identityMaximum - 12]struct{}
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentHeader is what stands at the beginning of a segment.
type segmentHeader struct {
	archive    [16]byte
	segment    uint32
	generation record.Generation // that began the segment
	created    record.Nanos      // the time of its first record: rotation by age counts from here
	state      record.State      // before its first record
	log        record.LogID
	length     int64 // of the header in bytes; follows from the rest
}

// headerSize is the length of the header of id's segments.
func headerSize(id record.LogID) int64 {
	return int64(segmentFixed+len(record.AppendLogID(nil, id))+4+7) &^ 7
}

func appendSegmentHeader(dst []byte, h *segmentHeader) []byte {
	at := len(dst)
	dst = append(dst, segmentMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, segmentVersion)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = append(dst, h.archive[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, h.segment)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(h.generation))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.created))
	dst = record.AppendState(dst, h.state)
	dst = record.AppendLogID(dst, h.log)
	for (len(dst)-at)%8 != 4 {
		dst = append(dst, 0)
	}
	binary.LittleEndian.PutUint32(dst[at+12:], uint32(len(dst)-at+4))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// parseSegmentHeader reads the header at the start of b, which may hold more. A newer version is told before
// anything else is believed.
func parseSegmentHeader(b []byte) (h segmentHeader, err error) {
	if len(b) < 16 || string(b[:8]) != segmentMagic {
		return h, fmt.Errorf("no segment header in %d bytes that begin %.8q", len(b), b)
	}
	if err := checkVersion(binary.LittleEndian.Uint32(b[8:]), segmentVersion); err != nil {
		return h, err
	}
	length := binary.LittleEndian.Uint32(b[12:])
	if length < segmentFixed+8 || length > headerBytesMax || length%8 != 0 || int(length) > len(b) {
		return h, fmt.Errorf("a segment header of %d bytes, the file has %d", length, len(b))
	}
	b = b[:length]
	if got, want := crc32.Checksum(b[:length-4], castagnoli), binary.LittleEndian.Uint32(b[length-4:]); got != want {
		return h, fmt.Errorf("segment header crc %08x, want %08x", got, want)
	}
	copy(h.archive[:], b[16:])
	h.segment = binary.LittleEndian.Uint32(b[32:])
	h.generation = record.Generation(binary.LittleEndian.Uint32(b[36:]))
	h.created = record.Nanos(binary.LittleEndian.Uint64(b[40:]))
	h.length = int64(length)
	if h.state, err = record.ParseState(b[48:]); err != nil {
		return h, err
	}
	id, n, err := record.ParseLogID(b[segmentFixed : length-4])
	if err != nil {
		return h, err
	}
	h.log = id
	if !blank(b[segmentFixed+n:length-4]) || h.segment == 0 || h.generation == 0 || headerSize(id) != h.length {
		return h, fmt.Errorf("a header of %d bytes for segment %d of generation %d, or padding that is not zero", length, h.segment, h.generation)
	}
	return h, nil
}

// belongs says why the header is not of this segment of this log.
func (h *segmentHeader) belongs(archive [16]byte, id record.LogID, segment uint32) error {
	switch {
	case h.archive != archive:
		return fmt.Errorf("%w: it is of archive %x, want %x", ErrForeign, h.archive, archive)
	case h.log != id:
		return fmt.Errorf("%w: it is of the log %q, want %q", ErrForeign, h.log.String(), id.String())
	case h.segment != segment:
		return fmt.Errorf("%w: it is segment %d, want %d", ErrForeign, h.segment, segment)
	}
	return nil
}

func checkVersion(got, known uint32) error {
	if got > known {
		return fmt.Errorf("%w: format version %d, this program knows %d", ErrTooNew, got, known)
	}
	if got == 0 {
		return fmt.Errorf("format version 0")
	}
	return nil
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// baseOf is where the checksums of a log's catalogue begin, and seedOf where those of a segment's blocks and index
// do. Segments count from 1, so no two are the same by construction.
func baseOf(archive [16]byte, id record.LogID) uint32 {
	return crc32.Update(crc32.Checksum(archive[:], castagnoli), castagnoli, record.AppendLogID(nil, id))
}

func seedOf(base, segment uint32) uint32 {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], segment)
	return crc32.Update(base, castagnoli, b[:])
}

func segmentPath(dir string, segment uint32) string { return numberedPath(dir, segment, segmentSuffix) }
func indexPath(dir string, segment uint32) string   { return numberedPath(dir, segment, indexSuffix) }
func cataloguePath(dir string) string               { return filepath.Join(dir, catalogueName) }

func numberedPath(dir string, segment uint32, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("%0*d%s", segmentDigits, segment, suffix))
}

// segmentNumber reads the number of a segment from its file's name.
func segmentNumber(name string) (uint32, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) < segmentDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 || fmt.Sprintf("%0*d", segmentDigits, n) != digits {
		return 0, false
	}
	return uint32(n), true
}
