package logbuf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func collect(into *[]string) func(Position, []byte) error {
	return func(_ Position, b []byte) error {
		*into = append(*into, string(b))
		return nil
	}
}

// image is the memory as it stands, as a killed process would leave it.
func image(t testing.TB, m *Memory) *Memory {
	c := heap(t, m.geometry.RingBytes, m.geometry.Slots)
	copy(c.all, m.all)
	return c
}

// nearEnd is a ring whose next record of 200 bytes crosses the end, with nothing in it.
func nearEnd(t testing.TB) (*MPSC, *Memory) {
	m := heap(t, 4096, 0)
	r := NewMPSC(m)
	for range 19 {
		r.Put(make([]byte, 200))
	}
	drain(r)
	return r, m
}

func TestCrashAtEveryPointOfARelease(t *testing.T) {
	r, m := nearEnd(t)
	var all []string
	for i := range 12 {
		s := fmt.Sprintf("%d:%s", i, strings.Repeat("x", 150+i*11))
		all = append(all, s)
		r.Put([]byte(s))
	}
	for range 7 {
		r.Next()
	}
	check := func(what string, m *Memory, want []string) {
		for range 2 { // run twice, a recovery says the same
			var got []string
			report, err := Recover(m, collect(&got))
			if err != nil || !slices.Equal(got, want) || report.Unsaid != 0 || report.Claimed != 0 {
				t.Fatalf("%s: %+v, %v, %d records, want %d", what, report, err, len(got), len(want))
			}
		}
		if m.control().head.Load() != m.control().taken.Load() || !allZero(freeBytes(m)) {
			t.Fatalf("%s: the release was not finished", what)
		}
	}

	check("before taken", image(t, m), all)
	r.MarkTaken()
	check("after taken", image(t, m), all[7:])

	// Zeroing is a memory clear: it may run in either direction and in pieces of any size.
	v := newView(m)
	head, taken := v.ctl.head.Load(), v.ctl.taken.Load()
	for cut := head; cut <= taken; cut += 8 {
		up, down := image(t, m), image(t, m)
		newViewOf(up).zero(head, cut)
		check(fmt.Sprintf("zeroed up to %d", cut), up, all[7:])
		newViewOf(down).zero(cut, taken)
		check(fmt.Sprintf("zeroed down to %d", cut), down, all[7:])
	}
	for range 100 {
		holes := image(t, m)
		h := newViewOf(holes)
		for at := head; at < taken; at += 8 {
			if rand.IntN(2) == 0 {
				h.zero(at, at+8)
			}
		}
		check("zeroed in places", holes, all[7:])
	}
	r.Release()
	check("after head", image(t, m), all[7:])
}

func newViewOf(m *Memory) *view {
	v := newView(m)
	return &v
}

// TestCrashAtEveryPointOfAPut stops a producer behind each of its stores, before, at and behind the ring's end, with
// another producer's record after it.
func TestCrashAtEveryPointOfAPut(t *testing.T) {
	rings := map[string]func(testing.TB) (*MPSC, *Memory){
		"wraps": nearEnd,
		"does not wrap": func(t testing.TB) (*MPSC, *Memory) {
			m := heap(t, 4096, 0)
			return NewMPSC(m), m
		},
	}
	for name, newRing := range rings {
		for steps := range 6 {
			t.Run(fmt.Sprintf("%s, %d stores", name, steps), func(t *testing.T) {
				r, m := newRing(t)
				wraps := name == "wraps"
				r.Put([]byte("before"))
				want := []string{"before"}
				putSome(r, []byte(strings.Repeat("v", 300)), steps)
				if steps == 5 {
					want = append(want, strings.Repeat("v", 300))
				}
				r.Put([]byte("after"))
				want = append(want, "after")

				var got []string
				report, err := Recover(m, collect(&got))
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%q, want %q: %+v %v", got, want, report, err)
				}
				unsaid := steps == 1 || steps == 2
				claimed := steps == 3 || steps == 4
				skipped := wraps && steps >= 2
				if report.Unsaid != count(unsaid) || report.Claimed != count(claimed) || report.Aborted != count(skipped) {
					t.Fatalf("%+v", report)
				}
			})
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// putSome is Put up to and with the given step of the package comment.
func putSome(r *MPSC, b []byte, steps int) {
	tail := r.ctl.tail.Load()
	start, end := r.place(tail, recordBytes(len(b)))
	for step := 1; step <= steps; step++ {
		switch {
		case step == 1:
			r.ctl.tail.Store(end)
		case step == 2 && start != tail:
			r.word(tail).Store(skipWord(int(start-tail) - headerBytes))
		case step == 3:
			r.mark(start, len(b))
		case step == 4:
			copy(r.payload(start, len(b)), b[:len(b)/2])
		case step == 5:
			copy(r.payload(start, len(b)), b)
			r.word(start).Store(int64(len(b)))
		}
	}
}

func TestSeveralDeadProducersInARow(t *testing.T) {
	r, m := nearEnd(t)
	for range 3 {
		putSome(r, make([]byte, 500), 1)
	}
	r.Put([]byte("after"))
	putSome(r, make([]byte, 500), 1) // and nothing behind it
	var got []string
	report, err := Recover(m, collect(&got))
	if err != nil || !slices.Equal(got, []string{"after"}) || report.Unsaid != 2 {
		t.Fatalf("%q %+v %v", got, report, err)
	}
}

func TestDamagedHeaderStopsRecoveryWhereItLies(t *testing.T) {
	for _, w := range []int64{1 << 40, skipBit | 1<<40, skipBit | 505, 505, -505, -1 << 63, 504} {
		m := heap(t, 4096, 0)
		r := NewMPSC(m)
		r.Put([]byte("good"))
		at, _ := r.Put([]byte("bad"))
		r.Put([]byte("unreachable"))
		r.word(uint64(at)).Store(w)
		var got []string
		report, err := Recover(m, collect(&got))
		var damage *DamageError
		if !errors.Is(err, ErrDamaged) || !errors.As(err, &damage) || damage.Position != at {
			t.Errorf("%#x: %v", w, err)
		}
		if !slices.Equal(got, []string{"good"}) || report.Unread != int64(r.Tail()-at) {
			t.Errorf("%#x: %q %+v", w, got, report)
		}
	}
}

func TestRecordAcrossTheEndIsDamage(t *testing.T) {
	for _, w := range []int64{200, -200, skipBit | 200} {
		r, m := nearEnd(t)
		at, _ := r.Put(make([]byte, 100))
		r.Put(make([]byte, 300))
		r.word(uint64(at)).Store(w)
		if _, _, ok := r.Next(); ok {
			t.Errorf("%#x: the consumer took it", w)
		}
		var damage *DamageError
		if _, err := Recover(m, collect(new([]string))); !errors.As(err, &damage) || damage.Position != at {
			t.Errorf("%#x: %v", w, err)
		}
	}
}

func TestImpossiblePositionsAreDamage(t *testing.T) {
	for _, c := range [][3]uint64{{8, 0, 16}, {0, 16, 8}, {0, 0, 4104}, {0, 4104, 4104}, {4, 4, 8}, {0, 0, 1 << 63}, {1 << 63, 0, 0}} {
		m := heap(t, 4096, 0)
		ctl := m.control()
		ctl.head.Store(c[0])
		ctl.taken.Store(c[1])
		ctl.tail.Store(c[2])
		if _, err := Recover(m, collect(new([]string))); !errors.Is(err, ErrDamaged) {
			t.Errorf("head, taken, tail %v: %v", c, err)
		}
	}
}

func TestVisitorsErrorStopsRecovery(t *testing.T) {
	m := heap(t, 4096, 0)
	r := NewMPSC(m)
	r.Put([]byte("a"))
	r.Put([]byte("b"))
	stop := errors.New("stop")
	n := 0
	report, err := Recover(m, func(Position, []byte) error { n++; return stop })
	if err != stop || n != 1 || report.Records != 0 {
		t.Fatalf("%v after %d: %+v", err, n, report)
	}
}

// FuzzRecover gives recovery a ring of arbitrary bytes. It must end, stay inside, and return what it says.
func FuzzRecover(f *testing.F) {
	r, m := nearEnd(f)
	r.Put([]byte("some record"))
	r.Put(make([]byte, 300))
	f.Add(uint64(r.Head()), uint64(r.Taken()-r.Head()), uint64(r.Tail()-r.Head()), m.ring())
	f.Add(uint64(1<<63), uint64(8), uint64(4096), []byte{0, 0, 0, 0, 0, 0, 0, 0x40})
	f.Fuzz(func(t *testing.T, head, taken, tail uint64, body []byte) {
		m := heap(t, 4096, 0)
		ctl := m.control()
		ctl.head.Store(head)
		ctl.taken.Store(head + taken)
		ctl.tail.Store(head + tail)
		copy(m.ring(), body)
		var last Position
		n := 0
		report, err := Recover(m, func(p Position, b []byte) error {
			if n > 0 && p <= last || uint64(p)-(head+taken) >= tail || len(b) == 0 || len(b) > 504 {
				t.Fatalf("%d bytes at %d after %d", len(b), p, last)
			}
			last = p
			n++
			return nil
		})
		if report.Records != n || err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%+v %v, visited %d", report, err, n)
		}
	})
}
