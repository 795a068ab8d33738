package journal

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// TestAZeroChecksumProvesNothing: zeros are what a disk gives for what it has lost, and they are compared like any other
// checksum.
func TestAZeroChecksumProvesNothing(t *testing.T) {
	var b builder
	b.add(1, 1, 0, []byte("an extent"))
	seed, at := seedOf(archive), Mark{1, headerPage}
	whole := func() []byte {
		b.seal(seed, batchHeader{at: at, number: 1, upTo: 9, generation: 1})
		return append([]byte(nil), b.buf...)
	}
	batch := func(b []byte) error { _, _, _, err := parseBatch(b, seed, at, 1); return err }
	if err := batch(whole()); err != nil {
		t.Fatal(err)
	}
	entries := whole()
	zeroed(entries, 72)
	binary.LittleEndian.PutUint32(entries[76:], crc32.Update(seed, castagnoli, entries[:76]))
	file := appendFileHeader(nil, &fileHeader{archive: archive, generation: 1, lap: 1})
	point := appendCheckpoint(nil, &Checkpoint{Archive: archive, Generation: 1})
	status := make([]byte, statusBytes)
	putStatus(status, &Status{Archive: archive, Generation: 1})
	_, fileErr := parseFileHeader(zeroed(file, 60))
	_, _, pointErr := parseCheckpoint(zeroed(point, len(point)-4))
	_, statusErr := parseStatus(zeroed(status, statusCRC))
	for what, err := range map[string]error{
		"the header of a batch": batch(zeroed(whole(), 76)), "the entries of a batch": batch(entries),
		"the header of a file": fileErr, "a checkpoint": pointErr, "a status": statusErr,
	} {
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
