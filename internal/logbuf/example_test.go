package logbuf_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
)

func newMemory(ringBytes int) *logbuf.Memory {
	m, err := logbuf.NewHeap(logbuf.Geometry{RingBytes: ringBytes})
	if err != nil {
		panic(err)
	}
	return m
}

// A gateway archives WebSocket frames beside the path that trades. It never waits for the archive: when the ring is
// full it drops the frame and counts it.
func Example_webSocketFrames() {
	ring := logbuf.NewSPSC(newMemory(4096))
	dropped := 0
	onFrame := func(frame []byte) {
		if _, err := ring.Put(frame); err != nil {
			dropped++
		}
	}
	for i := range 12 {
		onFrame(fmt.Appendf(nil, `{"seq":%d,"book":"%0400d"}`, i, i))
	}

	// Later, elsewhere: the archiver takes what there is, in one batch.
	archived := 0
	for _, _, ok := ring.Next(); ok; _, _, ok = ring.Next() {
		archived++
	}
	ring.MarkTaken()
	ring.Release()
	fmt.Println(archived, "archived,", dropped, "dropped,", ring.Used(), "bytes still used")
	// Output: 9 archived, 3 dropped, 0 bytes still used
}

// Three producers write events of different types to one journal. A byte in front says which type follows. The
// journal's goroutine sleeps when nothing comes and ends when the last producer has.
func Example_eventJournal() {
	const (
		orderPlaced byte = 1 + iota
		orderFilled
		clockTick
	)
	send, recv := logbuf.NewChannel(logbuf.NewMPSC(newMemory(1 << 16)))
	var wg sync.WaitGroup
	for _, tag := range []byte{orderPlaced, orderFilled, clockTick} {
		s := send.Clone()
		wg.Go(func() {
			defer s.Close()
			for i := range 100 {
				event := binary.LittleEndian.AppendUint64([]byte{tag}, uint64(i))
				for _, err := s.Send(event); err == logbuf.ErrFull; _, err = s.Send(event) {
				}
			}
		})
	}
	send.Close()

	counts := map[byte]int{}
	for {
		_, event, err := recv.Recv(50 * time.Millisecond)
		if err == logbuf.ErrTimeout {
			continue // a good moment to sync the journal
		}
		if err == logbuf.ErrClosed {
			break
		}
		counts[event[0]]++
	}
	wg.Wait()
	fmt.Println(counts[orderPlaced], counts[orderFilled], counts[clockTick])
	// Output: 100 100 100
}

// A FIX message is archived with the archive's own sequence in front of it. Both lie in one claim, so that nothing
// can come between them.
func Example_fixMessages() {
	ring := logbuf.NewMPSC(newMemory(4096))
	var sequence uint64
	archive := func(raw string) error {
		c, err := ring.TryClaim(8 + len(raw))
		if err != nil {
			return err // nothing was claimed, so the number is not used either
		}
		sequence++
		binary.LittleEndian.PutUint64(c.Bytes(), sequence)
		copy(c.Bytes()[8:], raw)
		c.Commit()
		return nil
	}
	archive("8=FIX.4.4\x019=5\x0135=0\x0110=163\x01")
	archive("8=FIX.4.4\x019=12\x0135=1\x01112=ab\x0110=057\x01")

	for pos, b, ok := ring.Next(); ok; pos, b, ok = ring.Next() {
		fmt.Printf("at %d: %d %q\n", pos, binary.LittleEndian.Uint64(b), b[8:])
	}
	// Output:
	// at 0: 1 "8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"
	// at 48: 2 "8=FIX.4.4\x019=12\x0135=1\x01112=ab\x0110=057\x01"
}

// Trace events have a fixed layout and are encoded where they will lie, without a buffer in between. An event that
// turns out not to be wanted is aborted.
func Example_traceEvents() {
	ring := logbuf.NewMPSC(newMemory(4096))
	trace := func(span uint32, nanos uint64) {
		c, err := ring.TryClaim(12)
		if err != nil {
			return
		}
		defer c.Abort() // does nothing once committed, and saves the ring if the encoder panics
		binary.LittleEndian.PutUint32(c.Bytes(), span)
		binary.LittleEndian.PutUint64(c.Bytes()[4:], nanos)
		if nanos >= 100 {
			c.Commit()
		}
	}
	trace(1, 250)
	trace(2, 30) // too short to keep
	trace(3, 1800)

	for _, b, ok := ring.Next(); ok; _, b, ok = ring.Next() {
		fmt.Println("span", binary.LittleEndian.Uint32(b), "took", time.Duration(binary.LittleEndian.Uint64(b[4:])))
	}
	// Output:
	// span 1 took 250ns
	// span 3 took 1.8µs
}

// lines is a parser that does no I/O: it is fed bytes as they come and hands over each whole frame. The frame is its
// buffer's and good only during the call, which is all that Put needs.
type lines struct{ rest []byte }

func (p *lines) feed(data []byte, frame func([]byte)) {
	p.rest = append(p.rest, data...)
	for i := 0; i < len(p.rest); i++ {
		if p.rest[i] == '\n' {
			frame(p.rest[:i])
			p.rest, i = p.rest[i+1:], -1
		}
	}
}

func Example_framesOfAParser() {
	ring := logbuf.NewSPSC(newMemory(4096))
	var parser lines
	for _, read := range []string{"NEW 1\nNEW", " 2\nCANC", "EL 1\n"} {
		parser.feed([]byte(read), func(frame []byte) { ring.Put(frame) })
	}
	for _, frame, ok := ring.Next(); ok; _, frame, ok = ring.Next() {
		fmt.Printf("%s\n", frame)
	}
	// Output:
	// NEW 1
	// NEW 2
	// CANCEL 1
}
