package storetest

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func copies(d *desk) {
	s := d.create(Session)
	buffer := text(1, 0)
	s.saveNext(buffer)
	copy(buffer, "overwritten by its owner")
	kept := s.read(1, 1)
	for n := 2; n < 50; n++ {
		s.saveNext(bytes.Repeat([]byte{byte(n)}, 300*n))
		s.read(1, n)
	}
	if want := text(1, 0); len(kept) != 1 || !bytes.Equal(kept[0], want) {
		d.Errorf("message 1 is %s later on, want %q", shown(kept, 0), want)
	}
	copy(kept[0], "overwritten by its reader")
	s.want(1, 1, text(1, 0))
}

// everyByte saves what imitates frames, field ends, line ends and nothing at all.
func everyByte(d *desk) {
	s := d.create(Session)
	var messages [][]byte
	for b := range 256 {
		messages = append(messages, []byte{byte(b)})
	}
	every := make([]byte, 256)
	for b := range every {
		every[b] = byte(b)
	}
	messages = append(messages, every, bytes.Repeat(every, 40), make([]byte, 1000), bytes.Repeat([]byte{0xff}, 1000),
		[]byte("8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"), []byte("1,2,3\n4,5,6\n"), []byte("8=FIX.4.4\x019=99999999999\x01"))
	for _, m := range messages {
		s.saveNext(m)
	}
	s.want(1, len(messages), messages...)
	s = d.reopen(s, true)
	s.want(1, len(messages), messages...)
	for i, m := range messages {
		s.want(i+1, i+1, m)
	}
}

// sizes are around the powers of two at which buffers, blocks, rings and records end, up to more than any of them takes.
var sizes = []int{1, 2, 7, 8, 9, 255, 256, 4095, 4096, 4097, 64<<10 - 64, 64 << 10, 64<<10 + 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3 << 20, 9 << 20, 17 << 20, 0}

func everySize(d *desk) {
	s := d.create(Session)
	saved := map[int]int{} // size by number
	for _, size := range sizes {
		if testing.Short() && size > 2<<20 && size < 16<<20 {
			continue
		}
		n := s.NextSenderMsgSeqNum()
		err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, filler(size))
		switch {
		case err == nil:
			saved[n] = size
			s.wantNumbers(n+1, 1)
		case size > 0 && size <= 1<<20:
			d.Errorf("a message of %d bytes: %v", size, err)
		default:
			d.Logf("%d bytes: %v", size, err)
			s.wantNumbers(n, 1)
		}
	}
	small := text(1000, 0)
	s.save(1000, small)
	for range 2 {
		for n, size := range saved {
			s.want(n, n, filler(size))
		}
		s.want(len(saved)+1, 1000, small)
		s = d.reopen(s, true)
		s.wantNumbers(len(saved)+1, 1)
	}
}

// filler is random bytes that are the same for the same size.
func filler(size int) []byte {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	m := make([]byte, size)
	rand.NewChaCha8(seed).Read(m)
	return m
}
