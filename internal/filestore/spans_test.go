package filestore

import (
	"math/rand/v2"
	"testing"
)

// TestSpans compares with a set of integers.
func TestSpans(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s spans
		var model [64]bool
		for range 12 {
			from := r.IntN(len(model))
			to := min(from+r.IntN(8), len(model))
			want := false
			for i := from; i < to; i++ {
				want = want || model[i]
			}
			if got := s.has(int64(from), int64(to)); got != want {
				t.Fatalf("seed %d: has %d to %d: %v in %v", seed, from, to, got, s.list)
			}
			s.add(int64(from), int64(to))
			for i := from; i < to; i++ {
				model[i] = true
			}
		}
		var lacks [64]bool
		s.missing(64, func(from, to int64) {
			for i := from; i < to; i++ {
				lacks[i] = true
			}
		})
		for i := range model {
			if model[i] == lacks[i] {
				t.Fatalf("seed %d: %d is in the set: %v, and missing: %v; %v", seed, i, model[i], lacks[i], s.list)
			}
		}
		for i := 1; i < len(s.list); i++ {
			if s.list[i-1].to >= s.list[i].from {
				t.Fatalf("seed %d: %v touch", seed, s.list)
			}
		}
	}
}

// TestSpansAreBounded: a hostile store of pieces that do not touch costs so much and no more.
func TestSpansAreBounded(t *testing.T) {
	var s spans
	for i := range int64(spansMost + 10) {
		s.add(3*i, 3*i+1)
	}
	if len(s.list) != spansMost || !s.full {
		t.Errorf("%d ranges, full: %v", len(s.list), s.full)
	}
}
