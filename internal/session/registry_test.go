package session

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestRecorderIsOpenedOnce(t *testing.T) {
	var calls atomic.Int64
	h := newHarness(t, 1<<14, func(o *Options) {
		o.Open = func(id record.LogID) (record.State, error) { calls.Add(1); return record.State{Next: 42}, nil }
	})
	got := make([]*Recorder, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i], _ = h.Recorder(logID("A")) })
	}
	wg.Wait()
	for _, r := range got {
		if r == nil || r != got[0] {
			t.Fatalf("different recorders: %v", got)
		}
	}
	if calls.Load() != 1 || h.Len() != 1 || h.Handle(got[0].Handle()) != got[0] || h.Handle(1) != nil {
		t.Errorf("Next called %d times, %d logs", calls.Load(), h.Len())
	}
	got[0].Record(record.Inbound, 0, []byte("x"))
	_, _, _ = h.ring.Next() // the registration
	if _, b, ok := h.ring.Next(); !ok {
		t.Error("nothing in the ring")
	} else if f, _ := record.ParseFrame(b); f.Sequence != 42 {
		t.Errorf("sequence %d, want to go on from 42", f.Sequence)
	}
}

func TestOpeningErrors(t *testing.T) {
	broken := errors.New("disk")
	fail := true
	h := newHarness(t, 1<<14, func(o *Options) {
		o.LogsMax = 2
		o.Open = func(record.LogID) (record.State, error) {
			if fail {
				return record.State{}, broken
			}
			return record.Begin(), nil
		}
	})
	if _, err := h.Recorder(logID("A")); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	fail = false
	a, b := h.open("A"), h.open("B")
	if a.Handle() != 0 || b.Handle() != 1 {
		t.Errorf("handles %d and %d: the failure took one", a.Handle(), b.Handle())
	}
	if _, err := h.Recorder(logID("C")); !errors.Is(err, ErrTooManyLogs) {
		t.Errorf("%v", err)
	}
	if h.open("A") != a {
		t.Error("an open log is refused")
	}
	for _, name := range []string{strings.Repeat("x", record.PartBytesMax+1)} {
		if _, err := h.Recorder(logID(name)); !errors.Is(err, ErrIdentity) {
			t.Errorf("%v", err)
		}
	}
	small := newHarness(t, 4096, nil)
	if _, err := small.Recorder(logID(strings.Repeat("x", 600))); !errors.Is(err, ErrIdentity) {
		t.Errorf("a registration that never fits: %v", err)
	}
	if h.Refusals() != 3 || small.Refusals() != 1 {
		t.Errorf("%d and %d refusals", h.Refusals(), small.Refusals())
	}
}

// TestDropping finds the few that dropped among many.
func TestDropping(t *testing.T) {
	h := newHarness(t, 1<<14, nil)
	var rs []*Recorder
	for i := range 200 {
		rs = append(rs, h.open(fmt.Sprint(i)))
	}
	for range h.Dropping() {
		t.Error("nothing was dropped")
	}
	h.open("FILLER")
	h.fill()
	for _, i := range []int{3, 64, 199} {
		rs[i].Record(record.Inbound, 0, []byte("x"))
	}
	var found []record.Handle
	for r := range h.Dropping() {
		if r.Handle() < 200 {
			found = append(found, r.Handle())
		}
	}
	if fmt.Sprint(found) != "[3 64 199]" {
		t.Errorf("found %v", found)
	}
	_, d, _ := h.Totals()
	if d < 3 {
		t.Errorf("%d dropped in all", d)
	}
}

// TestCaptureAllocatesNothing holds for all that the engine calls for each message, dropped ones included.
func TestCaptureAllocatesNothing(t *testing.T) {
	h := newHarness(t, 1<<20, nil)
	r := h.open("A")
	msg, long, large := make([]byte, 256), make([]byte, 5000), make([]byte, 300_000)
	var logs sessionLog
	logs.recorder, logs.next = r, nobody{}
	drain := func() {
		for _, _, ok := h.ring.Next(); ok; _, _, ok = h.ring.Next() {
		}
		h.ring.MarkTaken()
		h.ring.Release()
	}
	for _, c := range []struct {
		name string
		call func()
	}{
		{"incoming", func() { logs.OnIncoming(msg) }},
		{"outgoing", func() { logs.OnOutgoing(msg) }},
		{"event", func() { logs.OnEvent("Received logon request") }},
		{"larger than the session's buffers", func() { r.Record(record.Inbound, 0, long) }},
		{"fragments", func() { r.Record(record.Inbound, 0, large) }},
		{"change", func() { r.Change(record.Change{Op: record.SetSender, Value: 1}) }},
		{"lost", func() { r.Lost(1) }},
	} {
		n := testing.AllocsPerRun(200, func() { c.call(); drain() })
		if n != 0 && !raceEnabled {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
	h.fill()
	if n := testing.AllocsPerRun(200, func() { logs.OnIncoming(msg) }); n != 0 && !raceEnabled {
		t.Errorf("dropped: %v allocations", n)
	}
}

// TestQuota: so much at once, so much a second, and what is beyond is told.
func TestQuota(t *testing.T) {
	var q quota
	n := 0
	for q.take(time.Hour, 1<<10-quotaRecord) {
		n++
	}
	if n != quotaBurst>>10 {
		t.Errorf("%d KiB at once, want %d", n, quotaBurst>>10)
	}
	for s := range 10 {
		n := 0
		for q.take(time.Hour+time.Duration(s+1)*time.Second, 1<<10-quotaRecord) {
			n++
		}
		if n < quotaRate>>10-1 || n > quotaRate>>10+1 {
			t.Errorf("%d KiB in a second, want %d", n, quotaRate>>10)
		}
	}

	h := newHarness(t, 1<<20, nil)
	r, err := h.Recorder(record.LogID{Source: record.Unidentified})
	if err != nil {
		t.Fatal(err)
	}
	msg, accepted := make([]byte, 60_000), 0
	for range 200 {
		if _, ok := r.Record(record.Inbound, 0, msg); ok {
			accepted++
		}
		h.drain()
	}
	h.takeLost()
	l := h.log(r)
	if accepted < quotaBurst/60_100 || accepted > quotaBurst/60_000+5 {
		t.Errorf("%d accepted", accepted)
	}
	if len(l.lost) == 0 || l.lost[0].Reason != record.OverQuota {
		t.Errorf("lost %+v", l.lost)
	}
	for ok := true; ok; _, ok = r.Record(record.Inbound, 0, msg[:1]) {
		h.drain()
	}
	if !r.Change(record.Change{Op: record.ClockMoved}) {
		t.Error("the archive's own records have no quota")
	}
}
