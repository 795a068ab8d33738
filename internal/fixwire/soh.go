package fixwire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// indexSOH returns where the next SOH in b at or behind i is, or len(b).
//
// Most values have less than twenty bytes: eight at a time, in line, beat the call of bytes.IndexByte, which
// wins by far on long ones.
func indexSOH(b []byte, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for near := min(len(b), i+64); i+8 <= near; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:]) ^ SOH*ones
		// The lowest byte of w that is zero is the lowest that has its high bit set here.
		if zero := (w - ones) &^ w & highs; zero != 0 {
			return i + bits.TrailingZeros64(zero)/8
		}
	}
	if len(b)-i < 8 {
		for i < len(b) && b[i] != SOH {
			i++
		}
		return i
	}
	if n := bytes.IndexByte(b[i:], SOH); n >= 0 {
		return i + n
	}
	return len(b)
}
