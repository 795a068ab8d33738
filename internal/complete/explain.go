package complete

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// explainer finds out why numbers are missing in one direction of a life.
type explainer struct {
	a      *Account
	w      *way
	way    *Way
	pieces []piece // what only a log's lost records may explain
}

// piece is numbers that every log passed over in one jump, if it passed over them.
type piece struct {
	Range
	w   *way
	way *Way
	due uint64 // the first end of a jump's gaps, over all logs
}

// prepare puts what names numbers into their order, and says what was not kept.
func (e *explainer) prepare() {
	slices.SortFunc(e.w.skips, func(a, b skip) int { return byFrom(a.Range, b.Range) })
	for i := range e.w.tracks {
		if t := &e.w.tracks[i]; t.held.full || len(t.jumps) >= jumpsMax {
			e.way.add(Finding{What: TooMany, Range: Range{t.next - 1, t.next - 1}, Log: i})
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
		e.way.add(Finding{What: Skipped, Range: Range{max(s.From, from), till}, Log: s.cause.Log, Cause: &s.cause})
		from = till + 1
	}
	if from <= hole.To {
		e.notSkipped(Range{from, hole.To})
	}
}

func (e *explainer) notSkipped(r Range) {
	for garbled := range e.w.garbled.within(r) {
		e.way.add(Finding{What: Garbled, Range: garbled, Log: -1})
	}
	for r := range e.w.garbled.missing(r) {
		for r.From <= r.To {
			p := e.piece(r)
			e.pieces = append(e.pieces, p)
			r.From = p.To + 1
		}
	}
}

// piece is the first numbers of r, as far as every log passed over them in one jump.
func (e *explainer) piece(r Range) piece {
	p := piece{r, e.w, e.way, math.MaxUint64}
	for i := range e.w.tracks {
		if j, ok := e.a.jumpOver(i, &e.w.tracks[i], r.From); ok {
			p.To = min(p.To, j.To)
			p.due = min(p.due, j.gaps.To)
		}
	}
	return p
}

// loss is how many more numbers each gap of each log can explain: no more than it lost records.
type loss struct {
	a    *Account
	left [][]uint64
}

func (a *Account) losses() *loss {
	l := &loss{a, make([][]uint64, len(a.logs))}
	for i := range a.logs {
		for k := range a.logs[i].gaps {
			g := &a.logs[i].gaps[k]
			n := g.left
			switch {
			case g.kind == absent:
				n = 0 // it explains nothing
			case g.unknown:
				n = math.MaxUint64
			}
			l.left[i] = append(l.left[i], n)
		}
	}
	return l
}

// explain looks whether a log lost as many records as there are numbers, where it passed over them. Of the gaps that may
// explain several pieces, the first goes to the piece that has no later one.
func (l *loss) explain(pieces []piece) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.due, b.due) })
	for i := range pieces {
		p := &pieces[i]
		f := Finding{What: Missing, Range: p.Range, Log: -1}
		for log := range p.w.tracks {
			j, ok := l.a.jumpOver(log, &p.w.tracks[log], p.From)
			if !ok {
				continue
			}
			if f.After.Sequence == 0 {
				f.Before, f.After = j.before, j.after
			}
			if l.spend(log, j.gaps, p.Count(), &f) {
				f.What, f.Log, f.Before, f.After = Dropped, log, j.before, j.after
				break
			}
		}
		p.way.add(f)
	}
}

// spend takes n from what is left of gaps, if that is as much, and says by which it did or could not.
func (l *loss) spend(log int, gaps Range, n uint64, f *Finding) bool {
	all, left := l.a.logs[log].gaps[gaps.From:gaps.To], l.left[log][gaps.From:gaps.To]
	var has, some uint64
	first := -1
	for k := range all {
		if left[k] == 0 {
			continue
		}
		has += min(left[k], math.MaxUint64-has)
		if some++; first < 0 {
			first = k
		}
	}
	if first < 0 || has < n {
		if len(all) > 0 && f.Cause == nil {
			f.Cause = all[0].cause()
		}
		return false
	}
	f.Cause = all[first].cause()
	if some > 1 {
		f.Cause.Text += fmt.Sprintf("; and %d more", some-1)
	}
	for k := range left {
		if left[k] == math.MaxUint64 {
			break // there is no saying how many more
		}
		took := min(n, left[k])
		left[k] -= took
		n -= took
	}
	return true
}

func (w *Way) add(f Finding) {
	if !f.What.Explained() {
		w.Missing += f.Count()
	} else if f.What.IsHole() {
		w.Explained += f.Count()
	}
	w.Findings = append(w.Findings, f)
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
