package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fixarchive/fixarchive/internal/record"
)

// A block is its header and then records of one epoch and one generation, as record.Append stores them:
//
//	┌ "FIXB" 4 ┬ CRC 4 ┬ payload length 4 ┬ records 2 ┬ inbound 2 ┬ outbound 2 ┬ events 2 ┬ gaps 2 ┬ 0 2 ┐
//	├ epoch 4 ┬ generation 4 ┬ first sequence 8 ┬ last 8 ┬ time min 8 ┬ max 8 ──────────────────────────┤
//	├ inbound MsgSeqNum min 8 ┬ max 8 ┬ outbound MsgSeqNum min 8 ┬ max 8 ┬ records …                    │
//	└─────────────────────────┴───────┴──────────────────────────┴───────┴──────────────────────────────┘
//
// The checksum begins with the segment's seed and the block's offset, and goes on over all that follows it.
const (
	blockMagic  = 'F' | 'I'<<8 | 'X'<<16 | 'B'<<24
	blockHeader = 96

	// BlockBytesMax is the largest block, unless one record alone makes a larger one.
	BlockBytesMax = 64 << 10

	payloadMax = (record.HeaderSize + record.BodyBytesMax + 7) &^ 7
)

var (
	_ = [1]struct{}{}[blockHeader%8]                        // records stay 8-byte aligned
	_ [1<<16 - BlockBytesMax/record.HeaderSize - 1]struct{} // counts fit 2 bytes
)

// block is a block's header.
type block struct {
	generation record.Generation
	payload    int64 // bytes behind the header
	summary
}

func (b *block) size() int64 { return blockHeader + b.payload }

// errShort says that a block may be good, but is not all there.
var errShort = errors.New("not whole")

// sealBlock writes the header of a block whose records lie in dst behind the room for it.
func sealBlock(dst []byte, seed uint32, offset int64, generation record.Generation, s *summary) {
	le := binary.LittleEndian
	le.PutUint32(dst, blockMagic)
	le.PutUint32(dst[8:], uint32(len(dst)-blockHeader))
	le.PutUint16(dst[12:], uint16(s.records))
	le.PutUint16(dst[14:], uint16(s.inbound))
	le.PutUint16(dst[16:], uint16(s.outbound))
	le.PutUint16(dst[18:], uint16(s.events))
	le.PutUint16(dst[20:], uint16(s.gaps))
	le.PutUint16(dst[22:], 0)
	le.PutUint32(dst[24:], uint32(s.epoch))
	le.PutUint32(dst[28:], uint32(generation))
	putRanges(dst[32:], s)
	le.PutUint32(dst[4:], blockSum(dst, seed, offset))
}

// rangesSize is what putRanges writes: the same in blocks and in spans.
const rangesSize = 64

func putRanges(dst []byte, s *summary) {
	_ = dst[rangesSize-1]
	le := binary.LittleEndian
	le.PutUint64(dst[0:], uint64(s.first))
	le.PutUint64(dst[8:], uint64(s.last))
	le.PutUint64(dst[16:], uint64(s.time.min))
	le.PutUint64(dst[24:], uint64(s.time.max))
	le.PutUint64(dst[32:], uint64(s.in.min))
	le.PutUint64(dst[40:], uint64(s.in.max))
	le.PutUint64(dst[48:], uint64(s.out.min))
	le.PutUint64(dst[56:], uint64(s.out.max))
}

func readRanges(b []byte, s *summary) {
	_ = b[rangesSize-1]
	le := binary.LittleEndian
	s.first = record.Sequence(le.Uint64(b[0:]))
	s.last = record.Sequence(le.Uint64(b[8:]))
	s.time = times{record.Nanos(le.Uint64(b[16:])), record.Nanos(le.Uint64(b[24:]))}
	s.in = numbers{record.MsgSeqNum(le.Uint64(b[32:])), record.MsgSeqNum(le.Uint64(b[40:]))}
	s.out = numbers{record.MsgSeqNum(le.Uint64(b[48:])), record.MsgSeqNum(le.Uint64(b[56:]))}
}

// blockSum is the checksum of a block: of its offset in 8 bytes, and of all that follows the checksum itself.
func blockSum(b []byte, seed uint32, offset int64) uint32 {
	// Byte by byte, as crc32.Update would take them: what is given to it is allocated.
	sum := ^seed
	for range 8 {
		sum = castagnoli[byte(sum)^byte(offset)] ^ sum>>8
		offset >>= 8
	}
	return crc32.Update(^sum, castagnoli, b[8:])
}

// readBlockHeader reads what a header says. Nothing is proved by it but that it could be one.
func readBlockHeader(b []byte) (h block, err error) {
	if len(b) < blockHeader {
		return h, fmt.Errorf("%w: %d bytes, a block's header has %d", errShort, len(b), blockHeader)
	}
	le := binary.LittleEndian
	if magic := le.Uint32(b); magic != blockMagic {
		return h, fmt.Errorf("no block: it begins %08x", magic)
	}
	h.payload = int64(le.Uint32(b[8:]))
	h.records = uint32(le.Uint16(b[12:]))
	h.inbound = uint32(le.Uint16(b[14:]))
	h.outbound = uint32(le.Uint16(b[16:]))
	h.events = uint32(le.Uint16(b[18:]))
	h.gaps = uint32(le.Uint16(b[20:]))
	h.epoch = record.Epoch(le.Uint32(b[24:]))
	h.generation = record.Generation(le.Uint32(b[28:]))
	readRanges(b[32:], &h.summary)
	switch {
	case h.payload%8 != 0 || h.payload > payloadMax || h.payload < int64(h.records)*record.HeaderSize,
		h.size() > BlockBytesMax && h.records > 1:
		return h, fmt.Errorf("a block of %d records in %d bytes", h.records, h.payload)
	case !h.plausible() || h.generation == 0 || le.Uint16(b[22:]) != 0:
		return h, fmt.Errorf("a block header that contradicts itself: %d records, sequences %d to %d", h.records, h.first, h.last)
	}
	return h, nil
}

// parseBlock reads the block at the start of b and proves that it was written to this place. The records point into b.
func parseBlock(b []byte, seed uint32, offset int64) (h block, records []byte, err error) {
	if h, err = readBlockHeader(b); err != nil {
		return h, nil, err
	}
	if h.size() > int64(len(b)) {
		return h, nil, fmt.Errorf("%w: a block of %d bytes, %d are there", errShort, h.size(), len(b))
	}
	b = b[:h.size()]
	if got, want := blockSum(b, seed, offset), binary.LittleEndian.Uint32(b[4:]); got != want {
		return h, nil, fmt.Errorf("block crc %08x, want %08x", got, want)
	}
	return h, b[blockHeader:], nil
}

// each calls f with every record of a block that parseBlock has proved, until f says that it has seen enough.
func (b *block) each(records []byte, f func(*record.Record) bool) error {
	next := b.first
	for len(records) > 0 {
		r, n, err := record.Parse(records)
		if err != nil {
			return err
		}
		if r.Sequence != next || r.Last() < next {
			return fmt.Errorf("record %d, want %d", r.Sequence, next)
		}
		next = r.Last() + 1
		r.Epoch, r.Generation = b.epoch, b.generation
		if !f(&r) {
			return nil
		}
		records = records[n:]
	}
	if next != b.last+1 {
		return fmt.Errorf("the last record accounts for %d, the block for %d", next-1, b.last)
	}
	return nil
}
