package complete

import (
	"fmt"
	"math"
	"slices"
)

// explainer finds out why numbers are missing in one direction of a life.
type explainer struct {
	a    *Account
	w    *way
	left [][]uint64 // by log and gap: how many of the lost records are not a missing number yet
	way  *Way
}

// budgets are how many numbers each gap of each log can explain: no more than it lost records.
func (a *Account) budgets() [][]uint64 {
	left := make([][]uint64, len(a.logs))
	for i := range a.logs {
		for k := range a.logs[i].gaps {
			g := &a.logs[i].gaps[k]
			n := g.left
			if g.unknown {
				n = math.MaxUint64
			}
			left[i] = append(left[i], n)
		}
	}
	return left
}

func (e *explainer) sort() {
	slices.SortFunc(e.w.skips, func(a, b skip) int { return byFrom(a.Range, b.Range) })
	for i := range e.w.tracks {
		if t := &e.w.tracks[i]; t.held.full || len(t.jumps) >= jumpsMax {
			e.add(Finding{What: TooMany, Range: Range{t.next - 1, t.next - 1}, Log: i})
		}
	}
}

// explain goes from what names numbers to what only says how many records were lost.
func (e *explainer) explain(hole Range) {
	from := hole.From
	skips := e.w.skips
	at, _ := slices.BinarySearchFunc(skips, from, func(s skip, n uint64) int {
		if s.To < n {
			return -1
		}
		return 1
	})
	for ; at < len(skips) && skips[at].From <= hole.To; at++ {
		s := &skips[at]
		if s.From > from {
			e.notSkipped(Range{from, s.From - 1})
		}
		till := min(s.To, hole.To)
		e.add(Finding{What: Skipped, Range: Range{max(s.From, from), till}, Log: s.cause.Log, Cause: &s.cause})
		from = till + 1
	}
	if from <= hole.To {
		e.notSkipped(Range{from, hole.To})
	}
}

func (e *explainer) notSkipped(r Range) {
	for garbled := range e.w.garbled.within(r) {
		e.add(Finding{What: Garbled, Range: garbled, Log: -1})
	}
	for r := range e.w.garbled.missing(r) {
		for r.From <= r.To {
			part := Range{r.From, min(r.To, e.boundary(r.From))}
			e.lost(part)
			r.From = part.To + 1
		}
	}
}

// boundary is the last number behind n that every log passed over in the same jump as n.
func (e *explainer) boundary(n uint64) uint64 {
	last := uint64(numberMax)
	for i := range e.w.tracks {
		if j, ok := e.a.jumpOver(i, &e.w.tracks[i], n); ok {
			last = min(last, j.To)
		}
	}
	return last
}

// lost looks whether a log lost as many records as there are numbers, where it passed over them.
func (e *explainer) lost(r Range) {
	f := Finding{What: Missing, Range: r, Log: -1}
	for i := range e.w.tracks {
		j, ok := e.a.jumpOver(i, &e.w.tracks[i], r.From)
		if !ok {
			continue
		}
		if f.After.Sequence == 0 {
			f.Before, f.After = j.before, j.after
		}
		if e.spend(i, j.gaps, r.Count(), &f) {
			f.What, f.Log = Dropped, i
			f.Before, f.After = j.before, j.after
			break
		}
	}
	e.add(f)
}

// spend takes n numbers from the budgets of gaps, if they have as much, and says by which it did or could not.
func (e *explainer) spend(log int, gaps Range, n uint64, f *Finding) bool {
	var has uint64
	var causes []*gap
	for k := gaps.From; k < gaps.To; k++ {
		g := &e.a.logs[log].gaps[k]
		if f.Cause == nil {
			f.Cause = g.cause()
		}
		if left := e.left[log][k]; g.kind != absent && left > 0 {
			causes = append(causes, g)
			has += min(left, math.MaxUint64-has)
		}
	}
	if len(causes) == 0 || has < n {
		return false
	}
	f.Cause = causes[0].cause()
	if more := len(causes) - 1; more > 0 {
		f.Cause.Text += fmt.Sprintf("; and %d more", more)
	}
	for k := gaps.From; k < gaps.To && n > 0; k++ {
		if g := &e.a.logs[log].gaps[k]; g.kind != absent && e.left[log][k] != math.MaxUint64 {
			took := min(n, e.left[log][k])
			e.left[log][k] -= took
			n -= took
		} else if g.kind != absent {
			break // there is no saying how many more
		}
	}
	return true
}

func (e *explainer) add(f Finding) {
	if !f.What.Explained() {
		e.way.Missing += f.Count()
	} else if f.What.IsHole() {
		e.way.Explained += f.Count()
	}
	e.way.Findings = append(e.way.Findings, f)
}

// jumpOver is the jump of a track that passed over n; behind its last number, what came after that.
func (a *Account) jumpOver(log int, t *track, n uint64) (jump, bool) {
	if t.first == 0 {
		return jump{}, false
	}
	if n >= t.next {
		end := t.end
		if end < 0 {
			end = len(a.logs[log].gaps)
		}
		return jump{Range: Range{t.next, numberMax}, before: t.at, gaps: Range{uint64(t.heard), uint64(end)}}, true
	}
	at, found := slices.BinarySearchFunc(t.jumps, n, func(j jump, n uint64) int {
		switch {
		case j.To < n:
			return -1
		case j.From > n:
			return 1
		}
		return 0
	})
	if !found {
		return jump{}, false
	}
	return t.jumps[at], true
}
