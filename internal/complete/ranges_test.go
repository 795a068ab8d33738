package complete

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzRanges does to a set what the input says, and compares it with a map.
func FuzzRanges(f *testing.F) {
	f.Add([]byte{0, 1, 3, 1, 5, 2, 2, 3, 0, 0, 9, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var s, other ranges
		want, also := map[uint64]bool{}, map[uint64]bool{}
		for ; len(ops) >= 3; ops = ops[3:] {
			from := uint64(ops[1]) + 1
			to := from + uint64(ops[2]%8)
			switch ops[0] % 4 {
			case 0, 1:
				s.add(Range{from, to})
				for n := from; n <= to; n++ {
					want[n] = true
				}
			case 2:
				s.remove(from)
				delete(want, from)
			case 3:
				other.add(Range{from, to})
				for n := from; n <= to; n++ {
					also[n] = true
				}
			}
			same(t, &s, want)
		}
		s.union(&other)
		for n := range also {
			want[n] = true
		}
		same(t, &s, want)
	})
}

func same(t *testing.T, s *ranges, want map[uint64]bool) {
	t.Helper()
	var has, lacks []uint64
	for n := uint64(1); n <= 300; n++ {
		if s.has(n) != want[n] {
			t.Fatalf("%v has %d: %v", s.list, n, s.has(n))
		}
		if want[n] {
			has = append(has, n)
		} else {
			lacks = append(lacks, n)
		}
	}
	for at, r := range s.list {
		if r.From > r.To || at > 0 && r.From <= s.list[at-1].To+1 {
			t.Fatalf("not in order, or not joined: %v", s.list)
		}
	}
	all := Range{1, 300}
	if got := numbersOf(s.within(all)); !slices.Equal(got, has) {
		t.Fatalf("%v: within %v", s.list, got)
	}
	if got := numbersOf(s.missing(all)); !slices.Equal(got, lacks) {
		t.Fatalf("%v: missing %v", s.list, got)
	}
}

func numbersOf(all func(func(Range) bool)) (numbers []uint64) {
	for r := range all {
		for n := r.From; n <= r.To; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func TestRangesAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var s ranges
		want := map[uint64]bool{}
		for range r.IntN(60) {
			from := 1 + r.Uint64N(250)
			if r.IntN(3) == 0 {
				s.remove(from)
				delete(want, from)
				continue
			}
			to := from + r.Uint64N(9)
			s.add(Range{from, to})
			for n := from; n <= to; n++ {
				want[n] = true
			}
		}
		same(t, &s, want)
	}
}

// Portions hold every number once, few enough of them, near enough to each other.
func TestPortions(t *testing.T) {
	var all ranges
	all.add(Range{5, 5})
	all.add(Range{100, 200_000})
	all.add(Range{200_010, 200_020})
	all.add(Range{1 << 40, 1<<40 + 3})
	var got ranges
	var cut []Range
	for p := range portions(&all) {
		cut = append(cut, p.Range)
		var n uint64
		for _, r := range p.numbers.list {
			got.append(r)
			n += r.Count()
		}
		if n > portionMax {
			t.Errorf("%d numbers in %v", n, p.Range)
		}
	}
	if !slices.Equal(got.list, all.list) {
		t.Errorf("got %v, want %v", got.list, all.list)
	}
	if len(cut) < 4 || cut[len(cut)-1] != (Range{1 << 40, 1<<40 + 3}) {
		t.Errorf("cut into %v", cut)
	}
}
