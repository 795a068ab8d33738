package logbuf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// ring is what the two queues have in common, for the tests that hold for both.
type ring interface {
	Put([]byte) (Position, error)
	TryClaim(int) (Claim, error)
	Next() (Position, []byte, bool)
	MarkTaken()
	Release()
	Stalled() (Position, bool)
	Used() int
	Cap() int
	MaxRecord() int
	Tail() Position
	Head() Position
	Taken() Position
}

var kinds = map[string]func(*Memory) ring{
	"MPSC": func(m *Memory) ring { return NewMPSC(m) },
	"SPSC": func(m *Memory) ring { return NewSPSC(m) },
}

func heap(t testing.TB, ringBytes, slots int) *Memory {
	t.Helper()
	m, err := NewHeap(Geometry{RingBytes: ringBytes, Slots: slots})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func forEachKind(t *testing.T, test func(*testing.T, ring, *Memory)) {
	for name, make := range kinds {
		t.Run(name, func(t *testing.T) {
			m := heap(t, 4096, 0)
			test(t, make(m), m)
		})
	}
}

// pattern fills b with bytes that depend on their place and on seed, none of them zero.
func pattern(b []byte, seed int) {
	for i := range b {
		b[i] = byte(1 + (seed*31+i*7)%255)
	}
}

func checkPattern(b []byte, seed int) error {
	for i := range b {
		if want := byte(1 + (seed*31+i*7)%255); b[i] != want {
			return fmt.Errorf("record %d of %d bytes: byte %d is %#x, want %#x", seed, len(b), i, b[i], want)
		}
	}
	return nil
}

func TestEveryLengthAtEveryOffsetComesBack(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		buf := make([]byte, r.MaxRecord())
		for start := 0; start < r.Cap(); start += 8 {
			n := 1 + (start/8*37)%r.MaxRecord()
			for _, n := range []int{n, 1, 8, 9, r.MaxRecord()} {
				pattern(buf[:n], start)
				at, err := r.Put(buf[:n])
				if err != nil {
					t.Fatalf("start %d length %d: %v", start, n, err)
				}
				pos, got, ok := r.Next()
				if !ok || pos != at || len(got) != n {
					t.Fatalf("start %d length %d: got %d bytes at %d, %v; put at %d", start, n, len(got), pos, ok, at)
				}
				if err := checkPattern(got, start); err != nil {
					t.Fatal(err)
				}
				r.MarkTaken()
				r.Release()
			}
		}
		if !allZero(m.ring()) {
			t.Fatal("a drained ring is not all zeros")
		}
	})
}

func TestRefusals(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		if _, err := r.Put(nil); err != ErrEmpty {
			t.Errorf("no bytes: %v", err)
		}
		if _, err := r.TryClaim(-1); err != ErrEmpty {
			t.Errorf("-1 bytes: %v", err)
		}
		if _, err := r.Put(make([]byte, r.MaxRecord()+1)); err != ErrTooLarge {
			t.Errorf("an eighth and one byte: %v", err)
		}
		if r.Used() != 0 || r.Tail() != 0 {
			t.Errorf("a refusal used %d bytes", r.Used())
		}
		for i := range 8 {
			if _, err := r.Put(make([]byte, r.MaxRecord())); err != nil {
				t.Fatalf("the ring holds eight of the largest, but not number %d: %v", i, err)
			}
		}
		if _, err := r.Put([]byte{1}); err != ErrFull {
			t.Errorf("full: %v", err)
		}
		if r.Used() != r.Cap() {
			t.Errorf("used %d of %d", r.Used(), r.Cap())
		}
	})
}

func TestFullRingReadToItsEndIsNotReadAgain(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		for range 8 {
			r.Put(make([]byte, r.MaxRecord()))
		}
		n := 0
		for _, _, ok := r.Next(); ok; _, _, ok = r.Next() {
			if n++; n > 8 {
				t.Fatal("a record was read twice")
			}
		}
		if _, stalled := r.Stalled(); n != 8 || stalled {
			t.Fatalf("%d records, stalled %v", n, stalled)
		}
		if _, err := r.Put([]byte{1}); err != ErrFull {
			t.Fatalf("read but not released is still full: %v", err)
		}
		r.MarkTaken()
		if _, err := r.Put([]byte{1}); err != ErrFull {
			t.Fatalf("taken but not released is still full: %v", err)
		}
		r.Release()
		if _, err := r.Put([]byte{1}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestUnsettledClaimStallsAndLaterRecordsWaitBehindIt(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		first, _ := r.TryClaim(10)
		r.Put([]byte("second"))
		if _, _, ok := r.Next(); ok {
			t.Fatal("passed an unsettled claim")
		}
		if pos, stalled := r.Stalled(); !stalled || pos != first.Position() {
			t.Fatalf("stalled %v at %d", stalled, pos)
		}
		copy(first.Bytes(), "first.....")
		first.Commit()
		first.Abort() // nothing
		for _, want := range []string{"first.....", "second"} {
			if _, got, ok := r.Next(); !ok || string(got) != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
		if _, stalled := r.Stalled(); stalled {
			t.Fatal("an empty ring is not stalled")
		}
	})
}

func TestAbortedClaimIsPassedOverAndItsRoomComesBack(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		for i := range 100 {
			c, err := r.TryClaim(r.MaxRecord())
			if err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
			pattern(c.Bytes(), i)
			c.Abort()
			c.Commit() // nothing
			if _, _, ok := r.Next(); ok {
				t.Fatal("an aborted claim was returned")
			}
			r.MarkTaken()
			r.Release()
		}
		if !allZero(m.ring()) {
			t.Fatal("what aborted claims wrote was not zeroed")
		}
	})
}

func TestOverwrittenHeaderStalls(t *testing.T) {
	for _, w := range []int64{1 << 40, skipBit | 1<<40, skipBit | 505, 505, -505, -1 << 63} {
		m := heap(t, 4096, 0)
		r := NewMPSC(m)
		r.Put([]byte("good"))
		r.word(0).Store(w)
		if _, _, ok := r.Next(); ok {
			t.Errorf("%#x was taken for a record", w)
		}
		if _, stalled := r.Stalled(); !stalled {
			t.Errorf("%#x does not stall", w)
		}
	}
}

// TestProducersAgainstOneConsumer has each producer put numbered records of varied lengths in a ring small enough
// to wrap all the time; the consumer checks that each producer's come whole, once and in order.
func TestProducersAgainstOneConsumer(t *testing.T) {
	for _, producers := range []int{1, 2, 4, 8} {
		for _, ringBytes := range []int{4096, 8192, 65536} {
			t.Run(fmt.Sprintf("%d producers, %d bytes", producers, ringBytes), func(t *testing.T) {
				m := heap(t, ringBytes, 0)
				runProducers(t, NewMPSC(m), m, producers, 30000/producers)
			})
		}
	}
	t.Run("SPSC", func(t *testing.T) {
		m := heap(t, 4096, 0)
		runProducers(t, NewSPSC(m), m, 1, 30000)
	})
}

func runProducers(t *testing.T, r ring, m *Memory, producers, each int) {
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() { produce(r, p, each) })
	}
	defer wg.Wait()
	next := make([]int, producers)
	var last Position
	for got := 0; got < producers*each; {
		pos, b, ok := r.Next()
		if !ok {
			r.MarkTaken()
			r.Release()
			runtime.Gosched()
			continue
		}
		p, i, err := readNumbered(b)
		if err != nil || p >= producers || i != next[p] {
			t.Errorf("at %d: producer %d record %d, want %d: %v", pos, p, i, next[p], err)
			return
		}
		if got > 0 && pos <= last {
			t.Errorf("position %d after %d", pos, last)
		}
		last, next[p], got = pos, i+1, got+1
		if got%7 == 0 {
			r.MarkTaken()
		}
		if got%13 == 0 {
			r.Release()
		}
	}
	wg.Wait()
	for _, _, ok := r.Next(); ok; {
		t.Error("a record nobody put")
	}
	r.MarkTaken()
	r.Release()
	if r.Used() != 0 || !allZero(m.ring()) {
		t.Errorf("drained, %d bytes used, zeros %v", r.Used(), allZero(m.ring()))
	}
}

// produce uses Put, claims and aborts in turn, and tries again while the ring is full.
func produce(r ring, p, each int) {
	buf := make([]byte, 300)
	for i := 0; i < each; {
		n := 8 + (i*13+p*5)%(len(buf)-8)
		switch i % 3 {
		case 0, 1:
			writeNumbered(buf[:n], p, i)
			if _, err := r.Put(buf[:n]); errors.Is(err, ErrFull) {
				runtime.Gosched()
				continue
			}
		case 2:
			c, err := r.TryClaim(n)
			if errors.Is(err, ErrFull) {
				runtime.Gosched()
				continue
			}
			writeNumbered(c.Bytes(), p, i)
			c.Commit()
			if a, err := r.TryClaim(1 + i%40); err == nil {
				pattern(a.Bytes(), i)
				a.Abort()
			}
		}
		i++
	}
}

func writeNumbered(b []byte, p, i int) {
	binary.LittleEndian.PutUint32(b, uint32(p))
	binary.LittleEndian.PutUint32(b[4:], uint32(i))
	pattern(b[8:], p*1000+i)
}

func readNumbered(b []byte) (p, i int, err error) {
	if len(b) < 8 {
		return 0, 0, fmt.Errorf("%d bytes", len(b))
	}
	p, i = int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[4:]))
	return p, i, checkPattern(b[8:], p*1000+i)
}

func TestNothingAllocates(t *testing.T) {
	forEachKind(t, func(t *testing.T, r ring, m *Memory) {
		b := make([]byte, 256)
		n := testing.AllocsPerRun(1000, func() {
			r.Put(b)
			if c, err := r.TryClaim(64); err == nil {
				c.Bytes()[0] = 1
				c.Commit()
			}
			for _, _, ok := r.Next(); ok; _, _, ok = r.Next() {
			}
			r.MarkTaken()
			r.Release()
		})
		if n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
