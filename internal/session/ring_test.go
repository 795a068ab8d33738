package session

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// harness is a Registry over a small ring, and the sink's half of it.
type harness struct {
	*Registry
	t    testing.TB
	ring *logbuf.MPSC
	mem  *logbuf.Memory
	logs map[record.Handle]*readLog
}

// readLog is what the consumer has read of a log: bodies by sequence, and ranges lost.
type readLog struct {
	id        record.LogID
	next      record.Sequence
	got       []record.Frame // joined; bodies are copies
	lost      []gap
	partial   []byte
	partialOf record.Sequence
	discarded int // partial messages that never ended
}

type gap struct {
	first record.Sequence
	record.Lost
}

func newHarness(t testing.TB, ringBytes int, change func(*Options)) *harness {
	t.Helper()
	mem, err := logbuf.NewHeap(logbuf.Geometry{RingBytes: ringBytes, Slots: 256})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, ring: logbuf.NewMPSC(mem), mem: mem, logs: make(map[record.Handle]*readLog)}
	o := Options{
		Ring: h.ring, Memory: mem, Clock: NewClock(),
		Open: func(record.LogID) (record.State, error) { return record.Begin(), nil },
	}
	if change != nil {
		change(&o)
	}
	h.Registry = NewRegistry(o)
	return h
}

func (h *harness) open(name string) *Recorder {
	h.t.Helper()
	r, err := h.Recorder(logID(name))
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func logID(name string) record.LogID {
	return record.LogID{
		Session: record.Identity{BeginString: "FIX.4.4", SenderCompID: name, TargetCompID: "VENUE"},
		Source:  record.Hook,
	}
}

// drain reads what the ring holds, as a sink would, and complains about everything that a sink would have to repair.
func (h *harness) drain() (frames int) {
	h.t.Helper()
	for {
		_, b, ok := h.ring.Next()
		if !ok {
			break
		}
		frames++
		f, err := record.ParseFrame(b)
		if err != nil {
			h.t.Fatal(err)
		}
		h.take(f)
	}
	h.ring.MarkTaken()
	h.ring.Release()
	return frames
}

func (h *harness) take(f record.Frame) {
	h.t.Helper()
	l := h.logs[f.Handle]
	if f.Kind == record.Registration {
		if l != nil || f.Sequence != 0 {
			h.t.Fatalf("handle %d is registered twice, or with sequence %d", f.Handle, f.Sequence)
		}
		id, n, err := record.ParseLogID(f.Body)
		if err != nil || n != len(f.Body) {
			h.t.Fatalf("registration of handle %d: %d of %d bytes, %v", f.Handle, n, len(f.Body), err)
		}
		h.logs[f.Handle] = &readLog{id: id, next: 1}
		return
	}
	if l == nil {
		h.t.Fatalf("a frame of handle %d, which is not registered", f.Handle)
	}
	if err := l.take(f); err != nil {
		h.t.Fatalf("%v: %v", l.id, err)
	}
}

func (l *readLog) take(f record.Frame) error {
	if f.Kind == record.Gap {
		lost, err := record.ParseLost(f.Body)
		if err != nil {
			return err
		}
		lost.Extra = bytes.Clone(lost.Extra)
		if l.partialOf != 0 {
			if f.Sequence != l.partialOf {
				return fmt.Errorf("message %d is halfway and a gap begins at %d", l.partialOf, f.Sequence)
			}
			l.partial, l.partialOf = nil, 0
			l.discarded++
		}
		return l.repeated(f.Sequence, lost)
	}
	if l.partialOf != 0 && f.Sequence != l.partialOf {
		return fmt.Errorf("sequence %d in the middle of message %d", f.Sequence, l.partialOf)
	}
	if f.Sequence != l.next {
		return fmt.Errorf("sequence %d, want %d", f.Sequence, l.next)
	}
	l.partial = append(l.partial, f.Body...)
	if f.Flags&record.MoreFollows != 0 {
		l.partialOf = f.Sequence
		return nil
	}
	f.Body = l.partial
	l.partial, l.partialOf = nil, 0
	l.got = append(l.got, f)
	l.next++
	return nil
}

// repeated is a gap frame whose beginning, or all of it, may have been taken from the slot just before.
func (l *readLog) repeated(first record.Sequence, lost record.Lost) error {
	if len(l.lost) == 0 || first >= l.next {
		return l.gap(first, lost)
	}
	told := l.lost[len(l.lost)-1]
	if first != told.first || lost.Count < told.Count || lost.Bytes < told.Bytes || lost.First != told.First {
		return fmt.Errorf("gap %d %+v repeats %+v", first, lost, told)
	}
	if lost.Last == told.Last {
		return nil
	}
	lost.Count, lost.Bytes = lost.Count-told.Count, lost.Bytes-told.Bytes
	return l.gap(told.Last+1, lost)
}

func (l *readLog) gap(first record.Sequence, lost record.Lost) error {
	if first != l.next || lost.Last < first || lost.Count != uint64(lost.Last-first+1) {
		return fmt.Errorf("a gap from %d to %d of %d records, want it to begin at %d", first, lost.Last, lost.Count, l.next)
	}
	l.lost = append(l.lost, gap{first, lost})
	l.next = lost.Last + 1
	return nil
}

// fill leaves no room for any record.
func (h *harness) fill() {
	filler := h.open("FILLER")
	for n := 400; n > 0; n /= 2 {
		for ok := true; ok; _, ok = filler.Record(record.Inbound, 0, make([]byte, n)) {
		}
	}
}

// takeLost reads the slots, as the sink does after each batch.
func (h *harness) takeLost() {
	h.t.Helper()
	for r := range h.Dropping() {
		l := h.logs[r.Handle()]
		if l == nil {
			continue
		}
		if lost, ok := r.Lost(l.next); ok {
			if err := l.gap(l.next, lost); err != nil {
				h.t.Fatal(err)
			}
			r.Forget(lost.Last)
		}
	}
}

func (h *harness) log(r *Recorder) *readLog {
	h.t.Helper()
	l := h.logs[r.Handle()]
	if l == nil {
		h.t.Fatalf("%v was never registered", r.ID())
	}
	return l
}

func (l *readLog) dropped() (count, bytes uint64) {
	for _, g := range l.lost {
		count, bytes = count+g.Count, bytes+g.Bytes
	}
	return count, bytes
}

// eventually calls f until it is true, and fails after a long while.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
