package store

import (
	"bytes"
	"slices"
	"testing"
)

// TestEveryByteOfABlockIsSummed, its length among them: a length that is not would say itself which bytes are.
func TestEveryByteOfABlockIsSummed(t *testing.T) {
	b, _ := encodeBlock(slices.Clone(theRecords), 1, 7, 512, 1)
	want := blockSum(b, 7, 512)
	for at := range b {
		bad := bytes.Clone(b)
		bad[at] ^= 1
		if summed := at >= 8; summed != (blockSum(bad, 7, 512) != want) {
			t.Errorf("that byte %d is summed is %v", at, !summed)
		}
	}
}

// TestAZeroChecksumProvesNothing: zeros are what a disk gives for what it has lost, and they are compared like any other
// checksum.
func TestAZeroChecksumProvesNothing(t *testing.T) {
	block, _ := encodeBlock(slices.Clone(theRecords), 1, 7, 512, 1)
	header := appendSegmentHeader(nil, &theHeader)
	h, _, err := parseBlock(block, 7, 512)
	if err != nil {
		t.Fatal(err)
	}
	entry := appendSpan(nil, &span{segment: 1, offset: 512, length: h.size(), summary: h.summary}, 7)
	if _, err := parseSpan(entry, 7); err != nil {
		t.Fatal(err)
	}
	_, _, blockErr := parseBlock(zeroed(block, 4), 7, 512)
	_, headerErr := parseSegmentHeader(zeroed(header, len(header)-4))
	_, entryErr := parseSpan(zeroed(entry, spanSize-4), 7)
	for what, err := range map[string]error{"a block": blockErr, "a segment's header": headerErr, "a span": entryErr} {
		if err == nil {
			t.Errorf("%s passes with a checksum of zero", what)
		}
	}
}

// zeroed is b with a checksum of zero at an offset.
func zeroed(b []byte, at int) []byte {
	clear(b[at : at+4])
	return b
}
