package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderSize is what precedes the body of a stored record, in bytes.
const HeaderSize = 40

var _ = [1]struct{}{}[HeaderSize%8] // records in a block stay 8-byte aligned

var errStored = errors.New("not a record")

// Size is the length of a stored record with a body of n bytes: header, body, and zeros to a multiple of 8.
func Size(n int) int { return HeaderSize + (n+7)&^7 }

// Append adds r in its stored shape to dst. Epoch and Generation are not in it: they belong to the block.
func Append(dst []byte, r *Record) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(r.Body)))
	dst = append(dst, byte(r.Kind), 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(r.Flags))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Sequence))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Time))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Position))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.MsgSeqNum))
	dst = append(dst, r.Body...)
	var zeros [8]byte
	return append(dst, zeros[:-len(r.Body)&7]...)
}

// Parse reads the stored record at the start of src and says how many bytes it takes.
// Padding that is not zero is an error: nothing in a block escapes being read.
func Parse(src []byte) (r Record, n int, err error) {
	if len(src) < HeaderSize {
		return Record{}, 0, fmt.Errorf("%w: %d bytes left, want at least %d", errStored, len(src), HeaderSize)
	}
	length := binary.LittleEndian.Uint32(src)
	if length > BodyBytesMax || Size(int(length)) > len(src) {
		return Record{}, 0, fmt.Errorf("%w: a body of %d bytes, %d bytes left", errStored, length, len(src)-HeaderSize)
	}
	r = Record{
		Kind:      Kind(src[4]),
		Flags:     Flags(binary.LittleEndian.Uint16(src[6:])),
		Sequence:  Sequence(binary.LittleEndian.Uint64(src[8:])),
		Time:      Nanos(binary.LittleEndian.Uint64(src[16:])),
		Position:  Position(binary.LittleEndian.Uint64(src[24:])),
		MsgSeqNum: MsgSeqNum(binary.LittleEndian.Uint64(src[32:])),
		Body:      src[HeaderSize : HeaderSize+int(length) : HeaderSize+int(length)],
	}
	if !r.Kind.Valid() || src[5] != 0 {
		return Record{}, 0, fmt.Errorf("%w: kind %d", errStored, src[4])
	}
	n = Size(int(length))
	for _, b := range src[HeaderSize+int(length) : n] {
		if b != 0 {
			return Record{}, 0, fmt.Errorf("%w: padding of record %d is not zero", errStored, r.Sequence)
		}
	}
	return r, n, nil
}
