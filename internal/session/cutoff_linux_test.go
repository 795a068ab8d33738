//go:build !race

package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// newCutOff is a harness whose ring is a file, and what cuts that off.
func newCutOff(t *testing.T, change func(*Options)) (h *harness, cut func()) {
	path := filepath.Join(t.TempDir(), "ring")
	mem, err := logbuf.CreateFile(path, logbuf.Geometry{RingBytes: 1 << 16, Slots: 256}, logbuf.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mem.Close() })
	ring := logbuf.NewMPSC(mem)
	h = newHarness(t, 1<<16, func(o *Options) {
		o.Ring, o.Memory = ring, mem
		if change != nil {
			change(o)
		}
	})
	h.ring, h.mem = ring, mem
	return h, func() {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// restart does what the sink does, with each log where the harness has read it.
func (h *harness) restart() (lost uint64) {
	h.t.Helper()
	h.Suspend()
	if err := h.ring.Restart(h.ring.Beyond()); err != nil {
		h.t.Fatal(err)
	}
	return h.Resume(func(r *Recorder) (record.Sequence, record.Nanos, bool) {
		if l := h.logs[r.Handle()]; l != nil {
			return l.next, 0, true
		}
		return 1, 0, true
	})
}

// TestARingIsCutOffUnderHooks: what it held and what came since is one range, which the gap frame before the next record
// tells, and the account says no more than that.
func TestARingIsCutOffUnderHooks(t *testing.T) {
	h, cut := newCutOff(t, nil)
	r, idle := h.open("A"), h.open("B")
	r.Record(record.Inbound, 0, []byte("is read"))
	h.drain()
	r.Record(record.Inbound, 0, []byte("is in the ring"))
	cut()
	for _, put := range map[string]func() bool{
		"a message": func() bool { _, ok := r.Record(record.Inbound, 0, []byte("meets a fault")); return ok },
		"another":   func() bool { _, ok := r.Record(record.Inbound, 0, []byte("is kept out")); return ok },
		"an event":  func() bool { return r.Event("event") },
		"a large":   func() bool { _, ok := r.Record(record.Inbound, 0, make([]byte, 20_000)); return ok },
	} {
		if put() {
			t.Error("something got into a ring that is not there")
		}
	}
	if lost := h.restart(); lost != 1 {
		t.Errorf("%d lay in the ring, want 1", lost)
	}
	if accepted, dropped, _ := r.Stats(); accepted != 1 || dropped != 5 {
		t.Errorf("%d accepted, %d dropped", accepted, dropped)
	}
	if accepted, dropped, _ := idle.Stats(); accepted != 0 || dropped != 0 {
		t.Errorf("%d accepted, %d dropped of a log where nothing happened", accepted, dropped)
	}
	if first, lost, ok := ParseSlot(h.mem.Slot(int(r.Handle()))); !ok || first != 2 || lost.Count != 5 {
		t.Errorf("the slot tells of %d from %d on: %v", lost.Count, first, ok)
	}
	if _, ok := r.Record(record.Inbound, 0, []byte("goes on")); !ok {
		t.Error("hooks are still kept out")
	}
	h.drain()
	l := h.log(r)
	if len(l.lost) != 1 || l.lost[0].first != 2 || l.lost[0].Last != 6 || l.lost[0].Reason != record.RingDamaged || len(l.got) != 2 {
		t.Errorf("gaps %+v, %d records", l.lost, len(l.got))
	}
}

// TestEveryWayInSurvives has each of them be the one that meets the fault.
func TestEveryWayInSurvives(t *testing.T) {
	for name, put := range map[string]func(r *Recorder){
		"message":  func(r *Recorder) { r.Record(record.Inbound, 0, []byte("message")) },
		"event":    func(r *Recorder) { r.Event("event") },
		"large":    func(r *Recorder) { r.Record(record.Inbound, 0, make([]byte, 20_000)) },
		"too much": func(r *Recorder) { r.Record(record.Inbound, 0, make([]byte, record.BodyBytesMax+1)) },
		"forget":   func(r *Recorder) { r.Forget(1) },
	} {
		h, cut := newCutOff(t, nil)
		r := h.open("A")
		if name == "forget" {
			r.ring.Guard(func() { r.mu.Lock(); r.lose(&letter{length: 1}, record.RingFull); r.mu.Unlock() })
		}
		cut()
		put(r)
		if !h.ring.Severed() || !r.mu.TryLock() {
			t.Errorf("%s: severed %v, or the lock is held", name, h.ring.Severed())
		}
	}
}

// TestWhoWaitsOutlivesTheCut: what may wait for room waits for the next ring.
func TestWhoWaitsOutlivesTheCut(t *testing.T) {
	h, cut := newCutOff(t, func(o *Options) { o.WhenFull, o.WaitBudget = Wait, 20*time.Second })
	r := h.open("A")
	r.Event("its registration")
	h.drain()
	cut()
	done := make(chan bool)
	go func() { _, ok := r.Record(record.Inbound, 0, []byte("waits")); done <- ok }()
	eventually(t, "the fault", h.ring.Severed)
	if lost := h.restart(); lost != 0 || !<-done {
		t.Errorf("%d were lost, or the one that waited", lost)
	}
	h.drain()
	if l := h.log(r); l.next != 3 || len(l.lost) != 0 {
		t.Errorf("next %d, gaps %+v", l.next, l.lost)
	}
}
