package session

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestSlotTornAtEveryStore replays the stores of a life of a slot in the order in which they are made, and reads it
// after each: it is what it was before the change or what it is after it, and nothing else.
func TestSlotTornAtEveryStore(t *testing.T) {
	var p pending
	tag := slotTag(logID("A"))
	steps := []struct {
		name string
		do   func(*logbuf.Slot)
		torn bool // the sum of bytes may be that of more records
	}{
		{"begin", func(s *logbuf.Slot) { p.lose(7, 100, 1000); p.begin(s, tag) }, false},
		{"grow", func(s *logbuf.Slot) { p.lose(8, 30, 1100); p.grow(s) }, false},
		{"grow again", func(s *logbuf.Slot) { p.lose(9, 5, 1200); p.grow(s) }, false},
		{"shrink", func(s *logbuf.Slot) {
			p.first, p.lost.Count, p.lost.Bytes, p.lost.First = 9, 1, 5, 1100
			p.shrink(s)
		}, true},
		{"grow after that", func(s *logbuf.Slot) { p.lose(10, 1, 1300); p.grow(s) }, false},
		{"end", func(s *logbuf.Slot) { p.end(s) }, false},
		{"begin again", func(s *logbuf.Slot) { p.lose(50, 9, 2000); p.begin(s, tag) }, false},
	}
	var slot logbuf.Slot
	for _, step := range steps {
		before := words(&slot)
		old, oldLost, oldOK := ParseSlot(&slot)
		step.do(&slot)
		after := words(&slot)
		first, lost, ok := ParseSlot(&slot)
		if ok != (p.first != 0) || ok && (first != p.first || !same(lost, p.lost) || !SlotIs(&slot, logID("A"))) {
			t.Fatalf("%s: the slot says %d %+v %v, want %+v", step.name, first, lost, ok, p)
		}
		for _, order := range storeOrders(step.name, before, after) {
			torn := slotOf(before)
			for _, w := range order {
				torn[w].Store(after[w])
				f, l, o := ParseSlot(torn)
				isOld := o == oldOK && f == old && same(l, oldLost)
				isNew := o == ok && f == first && same(l, lost)
				isBetween := step.torn && o && f == first && l.Last == lost.Last && l.Count == lost.Count && l.Bytes >= lost.Bytes
				if !isOld && !isNew && !isBetween {
					t.Errorf("%s, killed after word %d: %d %+v %v", step.name, w, f, l, o)
				}
			}
		}
	}
}

// lose adds one record to the range, as Recorder.lose does.
func (p *pending) lose(seq record.Sequence, n uint64, at record.Nanos) {
	if p.first == 0 {
		p.first, p.lost.First, p.lost.Reason = seq, at, record.RingFull
	}
	p.lost.Last, p.lost.Till = seq, at
	p.lost.Count++
	p.lost.Bytes += n
}

// storeOrders is the words that a step changed, in the orders in which they may be stored: the one that publishes
// comes last, or for a shrinking range first, and the rest in any order.
func storeOrders(step string, before, after [8]uint64) [][]int {
	var changed []int
	for w := range before {
		if before[w] != after[w] {
			changed = append(changed, w)
		}
	}
	publishes := map[string]int{
		"begin": slotFirst, "begin again": slotFirst, "end": slotFirst, "shrink": slotFirst,
		"grow": slotLast, "grow again": slotLast, "grow after that": slotLast,
	}[step]
	rest := slices.DeleteFunc(slices.Clone(changed), func(w int) bool { return w == publishes })
	var orders [][]int
	for range max(1, len(rest)) {
		order := append(slices.Clone(rest), publishes)
		if step == "shrink" {
			order = append([]int{publishes}, rest...)
		}
		orders = append(orders, order)
		if len(rest) > 1 {
			rest = append(rest[1:], rest[0])
		}
	}
	return orders
}

func words(s *logbuf.Slot) (w [8]uint64) {
	for i := range s {
		w[i] = s[i].Load()
	}
	return w
}

func slotOf(w [8]uint64) *logbuf.Slot {
	s := new(logbuf.Slot)
	for i := range s {
		s[i].Store(w[i])
	}
	return s
}

func same(a, b record.Lost) bool {
	return bytes.Equal(record.AppendLost(nil, &a), record.AppendLost(nil, &b))
}

// TestSlotSeenFromOutside watches a slot while ranges come and go: words that are the same twice were all there at one
// moment, so a process killed then would have left them.
func TestSlotSeenFromOutside(t *testing.T) {
	var (
		slot logbuf.Slot
		stop = make(chan struct{})
		done = make(chan struct{})
	)
	go func() {
		defer close(done)
		var p pending
		for seq := record.Sequence(1); ; {
			for i := range seq%5 + 1 {
				p.lose(seq, 10, record.Nanos(seq)*1000)
				if i == 0 {
					p.begin(&slot, 1)
				} else {
					p.grow(&slot)
				}
				seq++
			}
			p.end(&slot)
			select {
			case <-stop:
				return
			default:
				seq++
			}
		}
	}()
	seen := 0
	for range 200_000 {
		w := words(&slot)
		if w != words(&slot) {
			continue
		}
		first, lost, ok := ParseSlot(slotOf(w))
		if !ok {
			continue
		}
		seen++
		if lost.Bytes != 10*lost.Count || lost.First != record.Nanos(first)*1000 || lost.Till != record.Nanos(lost.Last)*1000 {
			t.Fatalf("a moment's slot says %d %+v", first, lost)
		}
	}
	close(stop)
	<-done
	if seen == 0 {
		t.Skip("never caught it in the middle of a range")
	}
}

// FuzzParseSlot reads any words as a slot.
func FuzzParseSlot(f *testing.F) {
	f.Add(uint64(5), uint64(9), uint64(100), uint64(110), uint64(1), uint64(2), uint64(3), uint64(record.RingFull))
	f.Add(uint64(1), uint64(math.MaxUint64), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i uint64) {
		var s logbuf.Slot
		for n, v := range [...]uint64{a, b, c, d, e, g, h, i} {
			s[n].Store(v)
		}
		first, lost, ok := ParseSlot(&s)
		if ok && (first == 0 || lost.Last < first || lost.Count != uint64(lost.Last-first)+1) {
			t.Errorf("from %d: %+v", first, lost)
		}
	})
}
