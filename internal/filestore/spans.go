package filestore

import (
	"cmp"
	"slices"
)

// spans is a set of integers as ranges that do not touch, ascending. Stores are written from front to back and counted
// from 1, so it is one range, mostly.
type spans struct {
	list []span
	full bool // there were more ranges than are kept: what the set lacks is not known any more
}

type span struct{ from, to int64 } // to is the first behind it

// spansMost bounds what a hostile store may cost: 1 MiB.
const spansMost = 64 << 10

// has reports whether any of from to to is in the set.
func (s *spans) has(from, to int64) bool {
	i := s.behind(from)
	return from < to && i < len(s.list) && s.list[i].from < to
}

// behind is the first range that ends behind at.
func (s *spans) behind(at int64) int {
	i, _ := slices.BinarySearchFunc(s.list, at, func(p span, at int64) int { return cmp.Compare(p.to, at+1) })
	return i
}

func (s *spans) add(from, to int64) {
	if from >= to {
		return
	}
	i := s.behind(from - 1) // also one that ends where this begins
	j := i
	for ; j < len(s.list) && s.list[j].from <= to; j++ {
		from, to = min(from, s.list[j].from), max(to, s.list[j].to)
	}
	if i == j && len(s.list) >= spansMost {
		s.full = true
		return
	}
	s.list = slices.Replace(s.list, i, j, span{from, to})
}

// missing calls yield with each range of 0 to end that is not in the set.
func (s *spans) missing(end int64, yield func(from, to int64)) {
	at := int64(0)
	for _, p := range s.list {
		if p.from >= end {
			break
		}
		if p.from > at {
			yield(at, p.from)
		}
		at = max(at, p.to)
	}
	if at < end {
		yield(at, end)
	}
}
