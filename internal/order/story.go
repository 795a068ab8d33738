package order

import (
	"slices"
	"time"
)

// Event is a message of an order's life.
type Event struct {
	Record
	Fields

	Step  string // what it is in the order's life: see steps
	Leg   int    // of the story, from 1
	Many  bool   // it names other orders as well
	Again bool   // a resend, or an execution that was reported before: not counted

	After   *time.Duration // since the event of the leg before it
	Took    *time.Duration // since the request that it answers or follows; nil: there is none
	Answers bool           // it is the first answer to that request

	Counted  string   // the sum of the leg's executions with this one, where it changes or states that
	Problems []string // what does not add up

	keys, leads []key
	spot        spot
}

// Story is the life of an order, or of those that ids join.
type Story struct {
	Events []*Event // in the order of capture
	Legs   []Leg
}

// Leg is an order within a session, with those that replaced it.
type Leg struct {
	Session, Source string
	ClOrdIDs        []string
	OrderIDs        []string
}

// Stories are what the passes found, the one captured first at the front.
func (f *Finder) Stories() []Story {
	events := make([]*Event, 0, len(f.taken))
	for _, e := range f.taken {
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b *Event) int { return byCapture(&a.Record, &b.Record) })
	var stories []Story
	of := map[int]int{}
	for i, root := range f.joined(events) {
		n, ok := of[root]
		if !ok {
			n = len(stories)
			of[root], stories = n, append(stories, Story{})
		}
		stories[n].Events = append(stories[n].Events, events[i])
	}
	for i := range stories {
		stories[i].live()
	}
	return stories
}

// joined says for each event which set it is in.
func (f *Finder) joined(events []*Event) []int {
	s := newSets(len(events))
	leaders := map[key][]int{} // one for each two parties is enough: see below
	for i, e := range events {
		for _, k := range e.leads {
			leaders[k] = append(leaders[k], i)
		}
	}
	for i, e := range events {
		for _, k := range e.keys {
			leaders[k] = f.join(s, events, i, k, leaders[k])
		}
	}
	for i := range events {
		s.parent[i] = s.root(i)
	}
	return s.parent
}

// join puts event i together with those that lead to it by k, and returns one leader of each two parties: the others are
// in its set now, whoever comes next.
func (f *Finder) join(s sets, events []*Event, i int, k key, leaders []int) (left []int) {
	mine := f.known.spot(k, events[i].spot)
	for _, l := range leaders {
		spot := f.known.spot(k, events[l].spot)
		if spot.agrees(mine) {
			s.unite(i, l)
		}
		same := func(o int) bool { return events[o].spot.parties == spot.parties }
		if !slices.ContainsFunc(left, same) {
			left = append(left, l)
		}
	}
	return left
}

// sets are sets of numbers that only ever grow together.
type sets struct{ parent []int }

func newSets(n int) sets {
	s := sets{make([]int, n)}
	for i := range s.parent {
		s.parent[i] = i
	}
	return s
}

func (s sets) root(i int) int {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

func (s sets) unite(a, b int) {
	a, b = s.root(a), s.root(b)
	s.parent[max(a, b)] = min(a, b)
}
