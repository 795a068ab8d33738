package storetest

import (
	"runtime"
	"testing"
)

// fault is a promise that a store breaks.
type fault int

const (
	none fault = iota
	forgets
	forgetsNumbers
	isYounger
	excludesEnd
	stopsAtGaps
	descends
	firstWins
	doesNotCopy
	endsAtZero
	cutsAt64K
	countsBySaved
	losesError
	refreshCounts
	resetKeeps
	savesLate
	makesTwo
	mixesSessions
	faults
)

// TestEveryFaultIsCaught has a store break each promise in turn: a case of the contract must say so, and of those faults
// that come in the course of things the history too.
func TestEveryFaultIsCaught(t *testing.T) {
	unseen := map[fault]bool{
		doesNotCopy: true, endsAtZero: true, countsBySaved: true, losesError: true, savesLate: true, makesTwo: true, mixesSessions: true,
	}
	for f := none + 1; f < faults; f++ {
		caught := false
		for _, c := range cases {
			if caught {
				break
			}
			caught = failing(func(tb testing.TB) { c.try(newDesk(tb, newPerfect(f))) })
		}
		if !caught {
			t.Errorf("fault %d breaks no case", f)
		}
		if !unseen[f] && !failing(func(tb testing.TB) {
			History(tb, newPerfect(f), Lengths{Operations: 5000, Life: 300, Epoch: 1000, Seed: uint64(f)})
		}) {
			t.Errorf("fault %d breaks no history", f)
		}
	}
}

// silent is a test whose failures are only counted.
type silent struct {
	testing.TB
	failed bool
}

func failing(f func(testing.TB)) bool {
	s := &silent{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(s)
	}()
	<-done
	return s.failed
}

func (s *silent) Helper()               {}
func (s *silent) Logf(string, ...any)   {}
func (s *silent) Cleanup(func())        {}
func (s *silent) Error(...any)          { s.failed = true }
func (s *silent) Errorf(string, ...any) { s.failed = true }
func (s *silent) Fatal(...any)          { s.failed = true; runtime.Goexit() }
func (s *silent) Fatalf(string, ...any) { s.failed = true; runtime.Goexit() }
