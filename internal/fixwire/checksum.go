package fixwire

import "encoding/binary"

// CheckSum returns the sum of the bytes of b modulo 256, the value of tag 10 for everything before it.
func CheckSum(b []byte) byte {
	// Eight bytes at a time, in four sums of 16 bits: a word adds at most 510 to each, so that 128 words
	// fit before one would run over into its neighbour.
	const (
		lanes     = 0x00ff00ff00ff00ff
		blockSize = 128 * 8
	)
	var sum byte
	for len(b) >= 8 {
		block := b[:min(len(b)&^7, blockSize)]
		b = b[len(block):]
		var acc uint64
		for ; len(block) >= 32; block = block[32:] {
			w0, w1 := binary.LittleEndian.Uint64(block), binary.LittleEndian.Uint64(block[8:])
			w2, w3 := binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:])
			acc += w0&lanes + w0>>8&lanes + w1&lanes + w1>>8&lanes
			acc += w2&lanes + w2>>8&lanes + w3&lanes + w3>>8&lanes
		}
		for ; len(block) >= 8; block = block[8:] {
			w := binary.LittleEndian.Uint64(block)
			acc += w&lanes + w>>8&lanes
		}
		sum += byte(acc) + byte(acc>>16) + byte(acc>>32) + byte(acc>>48)
	}
	for _, c := range b {
		sum += c
	}
	return sum
}
