package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Handle is the short name of a log within one generation: it stands in each frame and picks the drop slot.
type Handle uint32

// FrameHeaderSize is what precedes the body of a frame, in bytes.
const FrameHeaderSize = 24

var _ = [1]struct{}{}[FrameHeaderSize%8] // bodies in the ring stay 8-byte aligned

// Frame is one record on its way through the ring.
type Frame struct {
	Sequence Sequence
	Handle   Handle
	Kind     Kind
	Flags    Flags
	Time     Nanos
	Body     []byte
}

var errFrame = errors.New("not a frame")

// PutFrameHeader writes f's header to the first FrameHeaderSize bytes of dst.
func PutFrameHeader(dst []byte, f *Frame) {
	_ = dst[FrameHeaderSize-1]
	binary.LittleEndian.PutUint64(dst[0:], uint64(f.Sequence))
	binary.LittleEndian.PutUint64(dst[8:], uint64(f.Handle)|uint64(f.Kind)<<32|uint64(f.Flags)<<48)
	binary.LittleEndian.PutUint64(dst[16:], uint64(f.Time))
}

// ParseFrame reads a frame. The body points into src.
func ParseFrame(src []byte) (Frame, error) {
	if len(src) < FrameHeaderSize {
		return Frame{}, fmt.Errorf("%w: %d bytes, want at least %d", errFrame, len(src), FrameHeaderSize)
	}
	f := Frame{
		Sequence: Sequence(binary.LittleEndian.Uint64(src)),
		Handle:   Handle(binary.LittleEndian.Uint32(src[8:])),
		Kind:     Kind(src[12]),
		Flags:    Flags(binary.LittleEndian.Uint16(src[14:])),
		Time:     Nanos(binary.LittleEndian.Uint64(src[16:])),
		Body:     src[FrameHeaderSize:],
	}
	if !f.Kind.Valid() || src[13] != 0 {
		return Frame{}, fmt.Errorf("%w: kind %d", errFrame, src[12])
	}
	return f, nil
}
