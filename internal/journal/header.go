package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/fixarchive/fixarchive/internal/record"
)

// The first page of a file. It is rewritten at every lap, and all that is in it lies in one sector, so that a power
// cut leaves the old header or the new one:
//
//	┌ "FIXAJRNL" 8 ┬ version 4 ┬ generation 4 ┬ archive 16 ┬ lap 8 ┬ follows: lap 8, offset 8 ┬ 0 4 ┬ CRC 4 ┬ zeros … ┐
//	└──────────────┴───────────┴──────────────┴────────────┴───────┴──────────────────────────┴─────┴───────┴─────────┘
const (
	fileMagic   = "FIXAJRNL"
	fileVersion = 1
	headerBytes = 64
	headerPage  = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seedOf is where the checksums of an archive's batches begin, so that those of another archive never pass.
func seedOf(archive [16]byte) uint32 { return crc32.Checksum(archive[:], castagnoli) }

type fileHeader struct {
	archive    [16]byte
	generation record.Generation
	lap        uint64
	follows    Mark // where the good batches before this lap end; zero for the first lap of a generation
}

// appendFileHeader adds the whole page to dst.
func appendFileHeader(dst []byte, h *fileHeader) []byte {
	at := len(dst)
	dst = append(dst, fileMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, fileVersion)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(h.generation))
	dst = append(dst, h.archive[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, h.lap)
	dst = binary.LittleEndian.AppendUint64(dst, h.follows.Lap)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.follows.Offset))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
	return append(dst, make([]byte, headerPage-headerBytes)...)
}

// parseFileHeader reads a header page. A newer version is told before anything else of the page is believed.
func parseFileHeader(b []byte) (h fileHeader, err error) {
	if len(b) < headerPage || string(b[:8]) != fileMagic {
		return h, fmt.Errorf("not a journal file: %d bytes that begin %.8q", len(b), b)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != fileVersion {
		return h, versionError(v, fileVersion)
	}
	if got, want := crc32.Checksum(b[:60], castagnoli), binary.LittleEndian.Uint32(b[60:]); got != want {
		return h, fmt.Errorf("header crc %08x, want %08x", got, want)
	}
	h.generation = record.Generation(binary.LittleEndian.Uint32(b[12:]))
	copy(h.archive[:], b[16:])
	h.lap = binary.LittleEndian.Uint64(b[32:])
	h.follows = Mark{binary.LittleEndian.Uint64(b[40:]), int64(binary.LittleEndian.Uint64(b[48:]))}
	switch {
	case h.lap == 0 || h.lap > lapMax || h.generation == 0:
		return h, fmt.Errorf("lap %d of generation %d", h.lap, h.generation)
	case h.follows.Lap >= h.lap || h.follows.Offset < 0:
		return h, fmt.Errorf("lap %d follows %v", h.lap, h.follows)
	case !blank(b[56:60]) || !blank(b[headerBytes:headerPage]):
		return h, fmt.Errorf("the padding of the header is not zero")
	}
	return h, nil
}

// lapMax leaves room to count on from whatever a file says.
const lapMax = 1 << 62

func versionError(got, want uint32) error {
	if got > want {
		return fmt.Errorf("%w: format version %d, this program knows %d", ErrTooNew, got, want)
	}
	return fmt.Errorf("format version %d, want %d", got, want)
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
