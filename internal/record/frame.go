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

// NumberSize is what precedes the body in the frame of a message that a store saved, of a Mark and of a Void: the
// MsgSeqNum under which the store keeps the message, whatever its bytes say.
const NumberSize = 8

// PutNumber writes it to the first NumberSize bytes of dst.
func PutNumber(dst []byte, n MsgSeqNum) { binary.LittleEndian.PutUint64(dst, uint64(n)) }

// Numbered reports whether the frame has it.
func (f *Frame) Numbered() bool {
	return f.Kind == Mark || f.Kind == Void || f.Kind == Outbound && f.Flags&Saved != 0
}

// SplitNumber takes it off the whole body of such a frame.
func SplitNumber(body []byte) (MsgSeqNum, []byte, error) {
	if len(body) < NumberSize {
		return 0, nil, fmt.Errorf("%w: %d bytes, want a MsgSeqNum in %d", errFrame, len(body), NumberSize)
	}
	return MsgSeqNum(binary.LittleEndian.Uint64(body)), body[NumberSize:], nil
}

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
