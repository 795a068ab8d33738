package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestRegistrationComesFirst(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	r := h.open("A")
	if n := h.drain(); n != 0 {
		t.Fatalf("%d frames in the ring before the first record", n)
	}
	if _, ok := r.Record(record.Inbound, record.Saved, []byte("8=FIX")); !ok {
		t.Fatal("not accepted")
	}
	if !r.Change(record.Change{Op: record.SetSender, Value: 7}) || !r.Event("hello") || !r.Eventf("%d of %s", 3, "x") {
		t.Fatal("not accepted")
	}
	h.drain()
	l := h.log(r)
	if l.id != r.ID() || len(l.got) != 4 || len(l.lost) != 0 {
		t.Fatalf("read %+v", l)
	}
	first := l.got[0]
	if first.Kind != record.Inbound || first.Flags != record.Saved || string(first.Body) != "8=FIX" || first.Time == 0 {
		t.Errorf("read %+v", first)
	}
	if c, err := record.ParseChange(l.got[1].Body); err != nil || c != (record.Change{Op: record.SetSender, Value: 7}) {
		t.Errorf("read %+v, %v", c, err)
	}
	if string(l.got[2].Body) != "hello" || string(l.got[3].Body) != "3 of x" || l.got[3].Kind != record.Event {
		t.Errorf("read %q and %q", l.got[2].Body, l.got[3].Body)
	}
	if a, d, b := r.Stats(); a != 4 || d != 0 || b != 5+16+5+6 {
		t.Errorf("stats %d %d %d", a, d, b)
	}
}

// TestFullRing: what finds no room is counted exactly, in the slot at once and before the next record.
func TestFullRing(t *testing.T) {
	h := newHarness(t, 4096, nil)
	r := h.open("A")
	msg := make([]byte, 200)
	const accepted = 1
	r.Record(record.Inbound, 0, msg)
	h.fill()
	r.Record(record.Inbound, 0, msg)
	r.Record(record.Outbound, 0, msg[:100])
	first, lost, ok := ParseSlot(h.mem.Slot(int(r.Handle())))
	if !ok || first != record.Sequence(accepted+1) || lost.Last != first+1 || lost.Count != 2 || lost.Bytes != 300 ||
		lost.Reason != record.RingFull || lost.First == 0 || lost.Till < lost.First {
		t.Fatalf("slot: %v %+v %v", first, lost, ok)
	}
	if !SlotIs(h.mem.Slot(int(r.Handle())), r.ID()) || SlotIs(h.mem.Slot(int(r.Handle())), logID("B")) {
		t.Error("the slot is another log's")
	}
	h.drain()
	if _, ok := r.Record(record.Inbound, 0, msg); !ok {
		t.Fatal("no room in an empty ring")
	}
	if _, _, ok := ParseSlot(h.mem.Slot(int(r.Handle()))); ok {
		t.Error("the slot still tells what a gap frame tells")
	}
	for d := range h.Dropping() {
		if d == r {
			t.Error("still counted as dropping")
		}
	}
	h.drain()
	l := h.log(r)
	if len(l.lost) != 1 || l.lost[0].first != first || l.lost[0].Lost.Last != lost.Last || l.lost[0].Bytes != 300 {
		t.Errorf("gap %+v, slot said %d %+v", l.lost, first, lost)
	}
}

// TestLost: drops with nothing behind them are told to the sink, and forgotten up to where it says.
func TestLost(t *testing.T) {
	h := newHarness(t, 4096, nil)
	r := h.open("A")
	msg := make([]byte, 200)
	r.Record(record.Inbound, 0, msg)
	h.fill()
	r.Record(record.Inbound, 0, msg)
	a, _, _ := r.Stats()
	if _, ok := r.Lost(record.Sequence(a)); ok {
		t.Error("lost before its turn")
	}
	lost, ok := r.Lost(record.Sequence(a + 1))
	if !ok || lost.Count != 1 || lost.Bytes != 200 {
		t.Fatalf("lost %+v %v", lost, ok)
	}
	r.Record(record.Inbound, 0, msg[:30]) // before it is in the journal
	r.Forget(lost.Last)
	first, rest, ok := ParseSlot(h.mem.Slot(int(r.Handle())))
	if !ok || first != lost.Last+1 || rest.Count != 1 || rest.Bytes != 30 {
		t.Fatalf("slot: %d %+v %v", first, rest, ok)
	}
	if again, ok := r.Lost(first); !ok || again.Count != 1 || again.Bytes != 30 || again.Last != first {
		t.Fatalf("lost %+v %v", again, ok)
	}
	r.Forget(first)
	if _, _, ok := ParseSlot(h.mem.Slot(int(r.Handle()))); ok {
		t.Error("the slot was not cleared")
	}
	h.drain()
	h.log(r).next = first + 1 // what the journal holds
	r.Record(record.Inbound, 0, msg)
	h.drain()
	if l := h.log(r); len(l.lost) != 0 || l.next != first+2 {
		t.Errorf("a gap frame repeats what was forgotten: %+v", l.lost)
	}
}

// TestUnregistered: no record precedes the registration, and what is lost for want of it is counted.
func TestUnregistered(t *testing.T) {
	h := newHarness(t, 4096, nil)
	r := h.open("A")
	h.fill()
	r.Record(record.Inbound, 0, []byte("x"))
	if _, lost, ok := ParseSlot(h.mem.Slot(int(r.Handle()))); !ok || lost.Reason != record.Unregistered {
		t.Fatalf("slot %+v %v", lost, ok)
	}
	h.drain()
	r.Record(record.Inbound, 0, []byte("y"))
	h.drain()
	l := h.log(r)
	if len(l.lost) != 1 || l.lost[0].Count != 1 || len(l.got) != 1 || l.got[0].Sequence != 2 {
		t.Fatalf("read %+v", l)
	}
}

// TestEventsGiveWay: the last quarter of the ring is for messages.
func TestEventsGiveWay(t *testing.T) {
	h := newHarness(t, 4096, nil)
	r := h.open("A")
	for h.ring.Used() <= 3*1024 {
		if !r.Event("0123456789012345678901234567890123456789") {
			t.Fatalf("an event gave way with %d bytes used", h.ring.Used())
		}
	}
	if r.Event("x") {
		t.Error("an event took room that is for messages")
	}
	if _, ok := r.Record(record.Inbound, 0, make([]byte, 100)); !ok {
		t.Error("a message found no room")
	}
}

func TestWakeAboveAQuarter(t *testing.T) {
	woken := 0
	h := newHarness(t, 4096, func(o *Options) { o.Wake = func() { woken++ } })
	r := h.open("A")
	for h.ring.Used() <= 1024 {
		if woken != 0 {
			t.Fatalf("woken with %d bytes used", h.ring.Used())
		}
		r.Record(record.Inbound, 0, make([]byte, 50))
	}
	if woken != 1 {
		t.Errorf("woken %d times, want once", woken)
	}
}

// TestManyGoroutines has several goroutines on each of a few logs and a sink that is too slow on purpose: sequences
// have no holes, nothing is stored twice, and the gaps are what was reported as dropped.
func TestManyGoroutines(t *testing.T) {
	for _, c := range []struct {
		name string
		when WhenFull
	}{{"drop", Drop}, {"wait", Wait}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t, 1<<14, func(o *Options) { o.WhenFull, o.WaitBudget = c.when, 20*time.Second })
			manyGoroutines(t, h, c.when)
		})
	}
}

func manyGoroutines(t *testing.T, h *harness, when WhenFull) {
	const logs, goroutines, each = 3, 4, 1500
	type report struct{ accepted, dropped, lostBytes uint64 }
	var (
		wg      sync.WaitGroup
		reports [logs][goroutines]report
	)
	for i := range logs {
		r := h.open(fmt.Sprint("LOG", i))
		r.announce = nil // a log that never finds room for its registration has nothing to compare
		h.logs[r.Handle()] = &readLog{id: r.ID(), next: 1}
		for g := range goroutines {
			wg.Go(func() {
				rep := &reports[i][g]
				raw := make([]byte, 4000)
				for n := range each {
					size := 16 + n*7%90
					if n%50 == 49 {
						size = 2100 + n%1500 // fragments
					}
					msg := raw[:size]
					binary.LittleEndian.PutUint64(msg, uint64(g))
					binary.LittleEndian.PutUint64(msg[8:], uint64(n))
					fill(msg[16:], byte(g+n))
					if _, ok := r.Record(record.Inbound, 0, msg); ok {
						rep.accepted++
					} else {
						rep.dropped++
						rep.lostBytes += uint64(size)
					}
					fill(msg, 0xEE) // the slice is the engine's again
				}
			})
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(200 * time.Microsecond):
		}
		h.drain()
		h.takeLost()
	}
	h.Close()
	h.drain()
	h.takeLost()
	for i := range logs {
		r := h.open(fmt.Sprint("LOG", i))
		var want report
		for _, rep := range reports[i] {
			want.accepted += rep.accepted
			want.dropped += rep.dropped
			want.lostBytes += rep.lostBytes
		}
		l := h.log(r)
		checkMessages(t, l, goroutines)
		count, bytes := l.dropped()
		if got := (report{uint64(len(l.got)), count, bytes}); got != want {
			t.Errorf("%v: read %+v, the hooks were told %+v", l.id, got, want)
		}
		if a, d, _ := r.Stats(); a != want.accepted || d != want.dropped {
			t.Errorf("%v: stats %d %d, want %+v", l.id, a, d, want)
		}
		if when == Wait && want.dropped != 0 {
			t.Errorf("%v: dropped %d within the budget", l.id, want.dropped)
		}
		t.Logf("%v: %+v, %d halves discarded", l.id, want, l.discarded)
	}
}

// checkMessages looks for each goroutine's messages: in its order, none twice, unchanged.
func checkMessages(t *testing.T, l *readLog, goroutines int) {
	t.Helper()
	last := make([]int64, goroutines)
	for i := range last {
		last[i] = -1
	}
	for _, f := range l.got {
		g, n := binary.LittleEndian.Uint64(f.Body), int64(binary.LittleEndian.Uint64(f.Body[8:]))
		if n <= last[g] {
			t.Fatalf("%v: message %d of goroutine %d after %d", l.id, n, g, last[g])
		}
		last[g] = n
		for _, c := range f.Body[16:] {
			if c != byte(g)+byte(n) {
				t.Fatalf("%v: message %d of goroutine %d was changed: %x", l.id, n, g, c)
			}
		}
	}
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}

// TestFragmentsAmongOthers puts large messages of one log between small ones of another.
func TestFragmentsAmongOthers(t *testing.T) {
	h := newHarness(t, 1<<15, nil)
	big, small := h.open("BIG"), h.open("SMALL")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				small.Record(record.Outbound, 0, []byte("8=FIX.4.4"))
			}
		}
	})
	for i := range 200 {
		body := bytes.Repeat([]byte{byte(i)}, h.ring.MaxRecord()-record.FrameHeaderSize-2+i*37)
		eventually(t, "room for a large message", func() bool {
			h.drain()
			_, ok := big.Record(record.Inbound, 0, body)
			return ok
		})
		eventually(t, "the message behind another's claim", func() bool { h.drain(); return len(h.log(big).got) > i })
		got := h.log(big).got
		if f := got[len(got)-1]; !bytes.Equal(f.Body, body) || f.Flags != 0 {
			t.Fatalf("message of %d bytes came as %d", len(body), len(f.Body))
		}
	}
	close(stop)
	wg.Wait()
}

// TestHalfAMessage: a large message that stops halfway is lost, and the gap says so with its sequence.
func TestHalfAMessage(t *testing.T) {
	h := newHarness(t, 1<<14, func(o *Options) { o.WhenFull = Wait }) // no budget: gives up at once
	r := h.open("A")
	r.Record(record.Inbound, 0, []byte("before"))
	if _, ok := r.Record(record.Inbound, 0, make([]byte, 1<<15)); ok {
		t.Fatal("a message larger than the ring fits in it")
	}
	h.drain()
	r.Record(record.Inbound, 0, []byte("after"))
	h.drain()
	l := h.log(r)
	if l.discarded != 1 || len(l.lost) != 1 || l.lost[0].first != 2 || l.lost[0].Bytes != 1<<15 || len(l.got) != 2 {
		t.Errorf("read %+v", l)
	}
}

// TestTooLarge: what cannot be archived is described.
func TestTooLarge(t *testing.T) {
	for _, c := range []struct {
		name string
		ring int
		when WhenFull
		size int
	}{
		{"over the largest body", 1 << 16, Wait, record.BodyBytesMax + 1},
		{"over the ring", 1 << 16, Drop, 1 << 16},
		{"over a tiny ring", 1 << 12, Drop, 1 << 13},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t, c.ring, func(o *Options) { o.WhenFull, o.WaitBudget = c.when, time.Second })
			r := h.open("A")
			if _, ok := r.Record(record.Inbound, 0, make([]byte, c.size)); ok {
				t.Fatal("accepted")
			}
			r.Record(record.Inbound, 0, []byte("after"))
			h.drain()
			l := h.log(r)
			if len(l.lost) != 1 || len(l.got) != 1 {
				t.Fatalf("read %+v", l)
			}
			lost := l.lost[0]
			if lost.Reason != record.TooLarge || lost.Bytes != uint64(c.size) || lost.Count != 1 || len(lost.Extra) < 32 {
				t.Errorf("lost %+v", lost)
			}
			if c.ring > 1<<15 && len(lost.Extra) != 32+4096 {
				t.Errorf("%d bytes of description", len(lost.Extra))
			}
			if a, d, _ := r.Stats(); a != 1 || d != 1 {
				t.Errorf("stats %d %d", a, d)
			}
		})
	}
}

// TestWaitBudget: one wait for each outage.
func TestWaitBudget(t *testing.T) {
	h := newHarness(t, 4096, func(o *Options) { o.WhenFull, o.WaitBudget = Wait, 30*time.Millisecond })
	r := h.open("A")
	msg := make([]byte, 300)
	for ok := true; ok; _, ok = r.Record(record.Inbound, 0, msg) {
	}
	_, d, _ := r.Stats()
	if r.outage.IsZero() || time.Now().Before(r.outage) {
		t.Error("dropped before the budget was used up")
	}
	ends := r.outage
	r.Record(record.Inbound, 0, msg)
	if _, now, _ := r.Stats(); now != d+1 || r.outage != ends {
		t.Error("a second wait in one outage")
	}
	h.drain()
	if _, ok := r.Record(record.Inbound, 0, msg); !ok || !r.outage.IsZero() {
		t.Error("the outage did not end with a record that got in")
	}
}

// TestWaitForRoom: a message larger than the whole ring gets through while a sink takes from it, and others of its
// log come after it.
func TestWaitForRoom(t *testing.T) {
	h := newHarness(t, 1<<14, func(o *Options) { o.WhenFull, o.WaitBudget = Wait, 20*time.Second })
	r := h.open("A")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 10 {
				if _, ok := r.Record(record.Inbound, 0, make([]byte, 100_000)); !ok {
					t.Error("dropped")
				}
				if _, ok := r.Record(record.Inbound, 0, make([]byte, 10)); !ok {
					t.Error("dropped")
				}
				r.Event("x")
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	eventually(t, "all to get through", func() bool {
		h.drain()
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	h.drain()
	h.takeLost()
	l := h.log(r)
	count, _ := l.dropped()
	if messages := len(l.got) + int(count); messages != 90 || l.discarded != 0 {
		t.Errorf("%d records, %d halves", messages, l.discarded)
	}
}

// TestClose: nobody is in the ring afterwards, and what comes then is counted and nothing else.
func TestClose(t *testing.T) {
	for _, when := range []WhenFull{Drop, Wait} {
		h := newHarness(t, 1<<14, func(o *Options) { o.WhenFull, o.WaitBudget = when, 20*time.Second })
		r := h.open("A")
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for g := range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						r.Record(record.Inbound, 0, make([]byte, 100+g*4000))
					}
				}
			})
		}
		eventually(t, "some records", func() bool { return h.drain() > 10 })
		h.Close()
		h.drain()
		used := h.ring.Used()
		_, before, _ := r.Stats()
		eventually(t, "drops after Close", func() bool { _, d, _ := r.Stats(); return d > before+100 })
		close(stop)
		wg.Wait()
		if h.drain() != 0 || h.ring.Used() != used {
			t.Error("a hook was in the ring after Close")
		}
		h.takeLost()
		l := h.log(r)
		a, d, _ := r.Stats()
		if count, _ := l.dropped(); uint64(len(l.got)) != a || count != d {
			t.Errorf("read %d and lost %d, stats %d %d", len(l.got), count, a, d)
		}
		if _, err := h.Recorder(logID("B")); !errors.Is(err, ErrClosed) {
			t.Errorf("opened after Close: %v", err)
		}
	}
}
