package session

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

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
