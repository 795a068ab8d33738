package export

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive"
)

// stream is what one side of a connection has sent, as a receiver puts it together.
type side struct {
	next  uint32
	bytes []byte
	begun bool
}

// checkPcap takes the packets apart as a receiver would, and asks for the bytes of each session and direction.
func checkPcap(t *testing.T, file []byte, all []fixarchive.Message) {
	sides := map[string]*side{}
	for rest := file[24:]; len(rest) > 0; {
		n := binary.LittleEndian.Uint32(rest[8:])
		takePacket(t, sides, rest[16:16+n])
		rest = rest[16+n:]
	}
	want, number := map[string][]byte{}, map[string]int{}
	for _, m := range messagesOf(all) {
		if number[m.Session] == 0 {
			number[m.Session] = len(number) + 1
		}
		key := sideOf(number[m.Session], m.Direction == fixarchive.Out)
		want[key] = append(want[key], m.Raw...)
	}
	for key, s := range sides {
		if !bytes.Equal(s.bytes, want[key]) {
			t.Errorf("%s sent %d bytes, want %d", key, len(s.bytes), len(want[key]))
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("%d sides sent nothing", len(want))
	}
}

func sideOf(number int, out bool) string {
	second := 128
	if out {
		second = 0
	}
	return fmt.Sprintf("10.%d.%d.%d", second, number>>8, number&0xff)
}

func takePacket(t *testing.T, sides map[string]*side, p []byte) {
	t.Helper()
	ip := p[14:]
	if p[12] != 8 || checksum(0, ip[:20]) != 0 || int(binary.BigEndian.Uint16(ip[2:])) != len(ip) {
		t.Fatalf("no IP: %x", p[:min(len(p), 54)])
	}
	tcp := ip[20:]
	if checksum(pseudoSum(ip[:20], len(tcp)), tcp) != 0 {
		t.Fatalf("wrong TCP checksum: %x", p[:min(len(p), 54)])
	}
	from := fmt.Sprintf("%d.%d.%d.%d", ip[12], ip[13], ip[14], ip[15])
	s := sides[from]
	if s == nil {
		s = &side{}
		sides[from] = s
	}
	sequence, payload := binary.BigEndian.Uint32(tcp[4:]), tcp[tcp[12]>>4*4:]
	if tcp[13]&flagSYN != 0 {
		s.next, s.begun = sequence+1, true
		return
	}
	if !s.begun || sequence != s.next || len(payload) > segmentBytesMax {
		t.Fatalf("%s: sequence %d, want %d; %d bytes", from, sequence, s.next, len(payload))
	}
	s.next += uint32(len(payload))
	s.bytes = append(s.bytes, payload...)
}

// checkPcapng asks whether blocks follow one another as they say.
func checkPcapng(t *testing.T, file []byte) {
	for rest := file; len(rest) > 0; {
		n := int(binary.LittleEndian.Uint32(rest[4:]))
		if n%4 != 0 || n > len(rest) || int(binary.LittleEndian.Uint32(rest[n-4:])) != n {
			t.Fatalf("a block of %d bytes in %d", n, len(rest))
		}
		rest = rest[n:]
	}
}

func TestSequenceNumbersGoRound(t *testing.T) {
	c := connection{number: 1, own: end{sequence: 1<<32 - 10}}
	c.appendPacket(nil, true, flagACK, make([]byte, 25))
	if c.own.sequence != 15 || c.peer.sequence != 0 {
		t.Errorf("got %+v", c)
	}
}

func TestPcapSaysWhatItCannotHold(t *testing.T) {
	m := at(0, fixarchive.Outbound, []byte("x"))
	m.Time = time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)
	w, err := NewWriter(Pcap, &bytes.Buffer{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&Record{Message: m}); err == nil {
		t.Error("no error for the year 2300")
	}
}
