package complete

import (
	"iter"
	"slices"
)

// Range is numbers that follow each other, both ends included.
type Range struct{ From, To uint64 }

// Count is how many numbers r holds.
func (r Range) Count() uint64 { return r.To - r.From + 1 }

// numberMax is the greatest number believed: the ends of ranges must not overflow.
const numberMax = 1 << 62

// rangesMax bounds a set, and with it how many holes of a direction are listed: a peer that sends every second number makes
// it grow with every message. 65,536 ranges are 1 MiB, and the findings about them some 13.
const rangesMax = 1 << 16

// ranges is a set of numbers: ranges in their order, with at least one number between each two.
type ranges struct {
	list []Range
	full bool // something was left out
}

// at is the index of the first range that ends at n or behind it.
func (s *ranges) at(n uint64) int {
	if k := len(s.list); k == 0 || s.list[k-1].To < n {
		return k // most numbers come in order
	}
	at, _ := slices.BinarySearchFunc(s.list, n, func(r Range, n uint64) int {
		if r.To < n {
			return -1
		}
		return 1
	})
	return at
}

func (s *ranges) has(n uint64) bool {
	at := s.at(n)
	return at < len(s.list) && s.list[at].From <= n
}

// add puts the numbers of r into the set.
func (s *ranges) add(r Range) {
	if k := len(s.list); k > 0 && s.list[k-1].To+1 == r.From {
		s.list[k-1].To = r.To
		return
	}
	first := s.at(max(r.From, 1) - 1) // one that ends just before r is joined to it
	till := first
	for till < len(s.list) && s.list[till].From <= r.To+1 {
		r.From, r.To = min(r.From, s.list[till].From), max(r.To, s.list[till].To)
		till++
	}
	if first == till && len(s.list) >= rangesMax {
		s.full = true
		return
	}
	s.list = slices.Replace(s.list, first, till, r)
}

// remove takes n out of the set.
func (s *ranges) remove(n uint64) {
	at := s.at(n)
	if at == len(s.list) || s.list[at].From > n {
		return
	}
	var left []Range
	if r := s.list[at]; r.From < n {
		left = append(left, Range{r.From, n - 1})
	}
	if r := s.list[at]; n < r.To {
		left = append(left, Range{n + 1, r.To})
	}
	s.list = slices.Replace(s.list, at, at+1, left...)
}

// missing yields what of r is not in the set.
func (s *ranges) missing(r Range) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		from := r.From
		for at := s.at(r.From); at < len(s.list) && s.list[at].From <= r.To; at++ {
			if has := s.list[at]; has.From > from && !yield(Range{from, has.From - 1}) {
				return
			}
			from = s.list[at].To + 1
		}
		if from <= r.To {
			yield(Range{from, r.To})
		}
	}
}

// within yields what of r is in the set.
func (s *ranges) within(r Range) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for at := s.at(r.From); at < len(s.list) && s.list[at].From <= r.To; at++ {
			has := s.list[at]
			if !yield(Range{max(has.From, r.From), min(has.To, r.To)}) {
				return
			}
		}
	}
}

// union adds all of other.
func (s *ranges) union(other *ranges) {
	if len(s.list) == 0 {
		s.list = slices.Clone(other.list)
	} else {
		both := slices.Concat(s.list, other.list)
		slices.SortFunc(both, byFrom)
		s.list = s.list[:0:0]
		for _, r := range both {
			s.append(r)
		}
	}
	s.full = s.full || other.full
}

// append adds r, which begins at or behind every range of the set.
func (s *ranges) append(r Range) {
	if k := len(s.list); k > 0 && r.From <= s.list[k-1].To+1 {
		s.list[k-1].To = max(s.list[k-1].To, r.To)
		return
	}
	s.list = append(s.list, r)
}

func byFrom(a, b Range) int {
	switch {
	case a.From < b.From:
		return -1
	case a.From > b.From:
		return 1
	}
	return 0
}
