package session

import (
	"errors"
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
