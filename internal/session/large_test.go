package session

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// halfway starts a message larger than the ring, which nobody empties, and returns when its first half is in there.
func halfway(t *testing.T) (h *harness, r *Recorder, wg *sync.WaitGroup) {
	h = newHarness(t, 1<<14, func(o *Options) { o.WhenFull, o.WaitBudget = Wait, 20*time.Second })
	r = h.open("A")
	wg = new(sync.WaitGroup)
	wg.Go(func() { r.Record(record.Inbound, 0, make([]byte, 50_000)) })
	eventually(t, "half a message", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.underWay
	})
	return h, r, wg
}

// TestNobodyOvertakesALargeMessage, neither what would wait for room nor what would be dropped without it.
func TestNobodyOvertakesALargeMessage(t *testing.T) {
	h, r, wg := halfway(t)
	done := make(chan struct{})
	wg.Go(func() { r.Event("event") })
	wg.Go(func() { r.Record(record.Outbound, 0, []byte("message")) })
	wg.Go(func() { r.Record(record.Outbound, 0, make([]byte, record.BodyBytesMax+1)) })
	time.Sleep(5 * time.Millisecond) // lets them try; the test is as good without
	go func() { wg.Wait(); close(done) }()
	eventually(t, "all of them", func() bool {
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
	if len(l.got) == 0 || len(l.got[0].Body) != 50_000 || l.next != 5 {
		t.Errorf("%d records, next %d, gaps %+v", len(l.got), l.next, l.lost)
	}
}

// TestCloseHalfway: when Close returns, what it cut off is accounted for.
func TestCloseHalfway(t *testing.T) {
	h, r, wg := halfway(t)
	h.Close()
	if lost, ok := r.Lost(1); !ok || lost.Reason != record.Closed || lost.Bytes != 50_000 {
		t.Errorf("lost %+v, %v", lost, ok)
	}
	wg.Wait()
}

// TestLargeMessageTakesNoRoomInVain: without room for all of it, none of it is put.
func TestLargeMessageTakesNoRoomInVain(t *testing.T) {
	h := newHarness(t, 1<<14, nil)
	r := h.open("A")
	for h.ring.Used() < 1<<13 {
		r.Record(record.Inbound, 0, make([]byte, 500))
	}
	used := h.ring.Used()
	if _, ok := r.Record(record.Inbound, 0, make([]byte, 9_000)); ok || h.ring.Used() != used {
		t.Errorf("accepted %v, %d bytes used for nothing", ok, h.ring.Used()-used)
	}
	if _, ok := r.Record(record.Inbound, 0, make([]byte, 4_000)); !ok {
		t.Error("no room for what fits")
	}
}

// TestClosedSlot: after Close the ring's memory may be gone, and the slot with it.
func TestClosedSlot(t *testing.T) {
	h := newHarness(t, 4096, nil)
	a, b := h.open("A"), h.open("B")
	a.Record(record.Inbound, 0, []byte("x"))
	h.fill()
	a.Record(record.Inbound, 0, []byte("x")) // a has something in its slot, b has not
	h.Close()
	before := [2][8]uint64{words(a.slot), words(b.slot)}
	for range 3 {
		a.Record(record.Inbound, 0, []byte("x"))
		b.Event("x")
	}
	if after := [2][8]uint64{words(a.slot), words(b.slot)}; after != before {
		t.Errorf("the slots were %x and are %x", before, after)
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
