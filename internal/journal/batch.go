package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/fixarchive/fixarchive/internal/record"
)

// A batch is its header and then, one behind the other, its entries:
//
//	header ┌ "FIXABTCH" 8 ┬ lap 8 ┬ offset 8 ┬ number 8 ┬ synced: lap 8, offset 8 ┬ up to 8 ┐
//	       ├ generation 4 ┬ entries 4 ┬ length of the entries 8 ┬ their CRC 4 ┬ CRC 4 ───────┘
//	entry  ┌ type 1 ┬ 0 3 ┬ handle 4 ┬ segment 4 ┬ length 4 ┬ offset 8 ┬ bytes … ┬ zeros to 8 ┐
//
// The two checksums are apart because what is in the entries comes from the counterparty: a message full of things
// that look like headers is told from one by 76 bytes each, without summing what the imitation says it holds.
const (
	batchMagic  = "FIXABTCH"
	batchBytes  = 80
	entryBytes  = 24
	extent      = 1
	registering = 2
)

var _ = [1]struct{}{}[(headerPage|batchBytes|entryBytes)%8] // everything is found at multiples of 8

type batchHeader struct {
	at         Mark
	number     uint64          // of the batch within its generation, from 1
	synced     Mark            // everything before it was durable when this batch was written
	upTo       record.Position // everything before it is in this batch or in those before
	generation record.Generation
	entries    uint32
	length     uint64 // of the entries, in bytes
	sum        uint32 // of the entries
}

// putBatchHeader writes h to the first batchBytes of dst.
func putBatchHeader(dst []byte, seed uint32, h *batchHeader) {
	_ = dst[batchBytes-1]
	copy(dst, batchMagic)
	binary.LittleEndian.PutUint64(dst[8:], h.at.Lap)
	binary.LittleEndian.PutUint64(dst[16:], uint64(h.at.Offset))
	binary.LittleEndian.PutUint64(dst[24:], h.number)
	binary.LittleEndian.PutUint64(dst[32:], h.synced.Lap)
	binary.LittleEndian.PutUint64(dst[40:], uint64(h.synced.Offset))
	binary.LittleEndian.PutUint64(dst[48:], uint64(h.upTo))
	binary.LittleEndian.PutUint32(dst[56:], uint32(h.generation))
	binary.LittleEndian.PutUint32(dst[60:], h.entries)
	binary.LittleEndian.PutUint64(dst[64:], h.length)
	binary.LittleEndian.PutUint32(dst[72:], h.sum)
	binary.LittleEndian.PutUint32(dst[76:], crc32.Update(seed, castagnoli, dst[:76]))
}

// parseBatchHeader reads the header of the batch that belongs at a place. begun reports that one of this lap
// was written there, even if it cannot be read.
func parseBatchHeader(b []byte, seed uint32, at Mark, generation record.Generation) (h batchHeader, begun bool, err error) {
	if len(b) < batchBytes || string(b[:8]) != batchMagic {
		return h, false, fmt.Errorf("no batch")
	}
	if lap := binary.LittleEndian.Uint64(b[8:]); lap != at.Lap {
		return h, false, fmt.Errorf("a batch of lap %d", lap)
	}
	if got, want := crc32.Update(seed, castagnoli, b[:76]), binary.LittleEndian.Uint32(b[76:]); got != want {
		return h, true, fmt.Errorf("batch header crc %08x, want %08x", got, want)
	}
	h = batchHeader{
		at:         Mark{at.Lap, int64(binary.LittleEndian.Uint64(b[16:]))},
		number:     binary.LittleEndian.Uint64(b[24:]),
		synced:     Mark{binary.LittleEndian.Uint64(b[32:]), int64(binary.LittleEndian.Uint64(b[40:]))},
		upTo:       record.Position(binary.LittleEndian.Uint64(b[48:])),
		generation: record.Generation(binary.LittleEndian.Uint32(b[56:])),
		entries:    binary.LittleEndian.Uint32(b[60:]),
		length:     binary.LittleEndian.Uint64(b[64:]),
		sum:        binary.LittleEndian.Uint32(b[72:]),
	}
	if h.at != at || h.generation != generation || h.length%8 != 0 {
		return h, true, fmt.Errorf("a batch for %v of generation %d, %d bytes long", h.at, h.generation, h.length)
	}
	return h, true, nil
}

// parseBatch reads the batch that belongs at a place and proves all of it. The entries point into b.
func parseBatch(b []byte, seed uint32, at Mark, generation record.Generation) (h batchHeader, entries []byte, begun bool, err error) {
	h, begun, err = parseBatchHeader(b, seed, at, generation)
	if err != nil {
		return h, nil, begun, err
	}
	if h.length > uint64(len(b)-batchBytes) {
		return h, nil, true, fmt.Errorf("batch %d has %d bytes, the file only %d more", h.number, h.length, len(b)-batchBytes)
	}
	entries = b[batchBytes : batchBytes+h.length]
	if got := crc32.Checksum(entries, castagnoli); got != h.sum {
		return h, nil, true, fmt.Errorf("crc %08x of batch %d, want %08x", got, h.number, h.sum)
	}
	if err = checkEntries(entries, h.entries); err != nil {
		return h, nil, true, fmt.Errorf("batch %d: %w", h.number, err)
	}
	return h, entries, true, nil
}

// checkEntries proves that b is n entries and nothing else, so that a batch is believed whole or not at all.
func checkEntries(b []byte, n uint32) error {
	count := uint32(0)
	for ; len(b) > 0; count++ {
		e, size, err := parseEntry(b)
		if err != nil {
			return err
		}
		if e.kind == registering {
			if _, used, err := record.ParseLogID(e.bytes); err != nil || used != len(e.bytes) {
				return fmt.Errorf("no identity in the registration of handle %d, %d bytes", e.handle, len(e.bytes))
			}
		}
		b = b[size:]
	}
	if count != n {
		return fmt.Errorf("%d entries, want %d", count, n)
	}
	return nil
}

type entry struct {
	kind    uint8
	handle  record.Handle
	segment uint32
	offset  int64
	bytes   []byte
}

// parseEntry reads the entry at the start of b and says how many bytes it takes.
func parseEntry(b []byte) (e entry, n int, err error) {
	if len(b) < entryBytes {
		return e, 0, fmt.Errorf("%d bytes left for an entry", len(b))
	}
	length := uint64(binary.LittleEndian.Uint32(b[12:]))
	size := entryBytes + (length+7)&^7
	if size > uint64(len(b)) {
		return e, 0, fmt.Errorf("an entry of %d bytes, %d are left", size, len(b))
	}
	e = entry{
		kind: b[0], handle: record.Handle(binary.LittleEndian.Uint32(b[4:])),
		segment: binary.LittleEndian.Uint32(b[8:]),
		offset:  int64(binary.LittleEndian.Uint64(b[16:])),
		bytes:   b[entryBytes : entryBytes+length : entryBytes+length],
	}
	if e.kind != extent && e.kind != registering || e.offset < 0 || !blank(b[1:4]) || !blank(b[entryBytes+length:size]) {
		return e, 0, fmt.Errorf("an entry of type %d, offset %d, or padding that is not zero", e.kind, e.offset)
	}
	return e, int(size), nil
}

// builder is a batch in the making: one buffer, written as it is.
type builder struct {
	buf     []byte // room for the header, then the entries
	entries uint32
}

// keepBytesMax is the largest buffer that is kept for the next batch: one huge message must not cost memory for ever.
const keepBytesMax = 8 << 20

func (b *builder) reset() {
	if cap(b.buf) > keepBytesMax {
		b.buf = nil
	}
	b.buf, b.entries = b.buf[:0], 0
}

// room adds an entry and returns the place of its n bytes.
func (b *builder) room(kind uint8, h record.Handle, segment uint32, offset int64, n int) []byte {
	if uint64(n) > math.MaxUint32 || offset < 0 {
		panic(fmt.Sprintf("journal: an extent of %d bytes at offset %d", n, offset))
	}
	if len(b.buf) == 0 {
		b.buf = slices.Grow(b.buf, batchBytes)[:batchBytes]
	}
	at, size := len(b.buf), entryBytes+(n+7)&^7
	b.buf = slices.Grow(b.buf, size)[:at+size]
	e := b.buf[at:]
	binary.LittleEndian.PutUint64(e, uint64(kind)|uint64(h)<<32)
	binary.LittleEndian.PutUint64(e[8:], uint64(segment)|uint64(n)<<32)
	binary.LittleEndian.PutUint64(e[16:], uint64(offset))
	clear(e[entryBytes+n:])
	b.entries++
	return e[entryBytes : entryBytes+n]
}

// add adds an extent.
func (b *builder) add(h record.Handle, segment uint32, offset int64, bytes []byte) {
	copy(b.room(extent, h, segment, offset, len(bytes)), bytes)
}

// register adds the registration of h.
func (b *builder) register(h record.Handle, id record.LogID) {
	b.room(registering, h, 0, 0, 0)
	at := len(b.buf)
	b.buf = record.AppendLogID(b.buf, id)
	binary.LittleEndian.PutUint32(b.buf[at-entryBytes+12:], uint32(len(b.buf)-at))
	for len(b.buf)%8 != 0 {
		b.buf = append(b.buf, 0)
	}
}

// seal writes the header, where h says what the builder does not know.
func (b *builder) seal(seed uint32, h batchHeader) {
	h.entries = b.entries
	h.length = uint64(len(b.buf) - batchBytes)
	h.sum = crc32.Checksum(b.buf[batchBytes:], castagnoli)
	putBatchHeader(b.buf, seed, &h)
}
