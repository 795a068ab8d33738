package logbuf

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// The identity at the start of a ring's file, little-endian:
//
//	┌ 0  magic 8 ┬ 8  version 4 ┬ 12 zeros 4 ┬ 16 ring bytes 8 ┬ 24 slots 8 ┐
//	├ 32 archive 16 ────────────┼ 48 generation 8 ─────────────┼ 56 boot 16 ┤
//	├ 72 base wall 8 ───────────┼ 80 CRC-32C of 0..79 4 ───────┼ 84 zeros 4 ┤
//	└───────────────────────────┴──────────────────────────────┴────────────┘
//
// The positions, slots and the ring itself are in the machine's own byte order: the file never leaves it.
const (
	identityBytes   = 88
	identityCRC     = 80
	identityVersion = 1
)

var identityMagic = [8]byte{'f', 'x', 'a', 'r', 'i', 'n', 'g', '\n'}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendIdentity(dst []byte, g Geometry, o Owner) []byte {
	at := len(dst)
	dst = append(dst, identityMagic[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, identityVersion)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.RingBytes))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.Slots))
	dst = append(dst, o.Archive[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, o.Generation)
	dst = append(dst, o.Boot[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(o.BaseWall))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
	return binary.LittleEndian.AppendUint32(dst, 0)
}

// parseIdentity reads the version before it believes anything behind it: a later version may keep its checksum
// elsewhere.
func parseIdentity(src []byte) (Geometry, Owner, error) {
	if len(src) < identityBytes {
		return Geometry{}, Owner{}, fmt.Errorf("%w: %d bytes of header, want %d", ErrDamaged, len(src), identityBytes)
	}
	src = src[:identityBytes]
	if allZero(src) {
		return Geometry{}, Owner{}, ErrUnfinished
	}
	if [8]byte(src) != identityMagic {
		return Geometry{}, Owner{}, fmt.Errorf("%w: magic %x, want %x", ErrNotRing, src[:8], identityMagic)
	}
	if v := binary.LittleEndian.Uint32(src[8:]); v > identityVersion {
		return Geometry{}, Owner{}, fmt.Errorf("%w: version %d, this program reads up to %d", ErrTooNew, v, identityVersion)
	}
	got, want := crc32.Checksum(src[:identityCRC], castagnoli), binary.LittleEndian.Uint32(src[identityCRC:])
	if got != want {
		return Geometry{}, Owner{}, fmt.Errorf("%w: header crc %08x, want %08x", ErrDamaged, got, want)
	}
	ringBytes, slots := binary.LittleEndian.Uint64(src[16:]), binary.LittleEndian.Uint64(src[24:])
	if ringBytes > ringBytesMax || slots > slotsMax {
		return Geometry{}, Owner{}, fmt.Errorf("%w: %d ring bytes, %d slots", ErrDamaged, ringBytes, slots)
	}
	g := Geometry{RingBytes: int(ringBytes), Slots: int(slots)}
	if err := g.Validate(); err != nil {
		return Geometry{}, Owner{}, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	o := Owner{
		Archive:    [16]byte(src[32:]),
		Generation: binary.LittleEndian.Uint64(src[48:]),
		Boot:       [16]byte(src[56:]),
		BaseWall:   int64(binary.LittleEndian.Uint64(src[72:])),
	}
	return g, o, nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
