package export

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"

	"github.com/fixarchive/fixarchive/internal/plain"
)

// Blocks and options of a pcapng file.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6

	optionComment    = 1
	optionFlags      = 2 // of a packet
	optionName       = 2 // of an interface
	optionResolution = 9
	directionIn      = 1
	directionOut     = 2
	commentBytesMax  = 4 << 10
	nanoseconds      = 9 // 10 to the power of minus that
)

// pcapngFile is the newer form: it tells which way a packet went, and what the file is.
//
//	│ type 4 │ length 4 │ body, padded to 4 │ length 4 │
type pcapngFile struct {
	w         io.Writer
	buf, body []byte
}

func (f *pcapngFile) begin(about string) error {
	b := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	b = append(b, 1, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, 1<<64-1) // the length of the section is not known
	b = appendOption(b, optionComment, []byte(about))
	if err := f.block(blockSection, appendOption(b, 0, nil)); err != nil {
		return err
	}
	b = append([]byte(nil), linkEthernet, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, snapLength)
	b = appendOption(b, optionName, []byte("fixarchive"))
	b = appendOption(b, optionResolution, []byte{nanoseconds})
	return f.block(blockInterface, appendOption(b, 0, nil))
}

func (f *pcapngFile) packet(at time.Time, out bool, comment string, data []byte) error {
	b := append(f.body[:0], 0, 0, 0, 0)
	nanos := uint64(at.UnixNano())
	b = binary.LittleEndian.AppendUint32(b, uint32(nanos>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(nanos))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = pad(append(b, data...))
	way := byte(directionIn)
	if out {
		way = directionOut
	}
	b = appendOption(b, optionFlags, []byte{way, 0, 0, 0})
	if comment != "" {
		b = appendOption(b, optionComment, []byte(comment))
	}
	f.body = appendOption(b, 0, nil)
	return f.block(blockPacket, f.body)
}

func (f *pcapngFile) block(kind uint32, body []byte) error {
	length := uint32(12 + len(body))
	b := binary.LittleEndian.AppendUint32(f.buf[:0], kind)
	b = binary.LittleEndian.AppendUint32(b, length)
	b = append(b, body...)
	f.buf = binary.LittleEndian.AppendUint32(b, length)
	_, err := f.w.Write(f.buf)
	return err
}

// appendOption adds an option; 0 ends them.
func appendOption(dst []byte, code uint16, value []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, code)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(value)))
	return pad(append(dst, value...))
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// safeName is a session's name as a comment can have it.
func safeName(name string) []byte {
	b := plain.AppendText(nil, []byte(name))
	return bytes.ToValidUTF8(b[:min(len(b), commentBytesMax)], nil)
}
