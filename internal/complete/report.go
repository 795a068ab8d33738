package complete

import (
	"cmp"
	"slices"
)

// Report says what is known. It may be asked for again after more has been added.
func (a *Account) Report() *Report {
	r := &Report{}
	for i := range a.logs {
		l := &a.logs[i]
		log := Log{First: l.first, Findings: l.findings()}
		if l.first > 0 {
			log.Last = l.next - 1
		}
		r.Logs = append(r.Logs, log)
	}
	r.Lives = make([]Life, len(a.lives)) // pieces point into it
	var pieces []piece
	for i, l := range a.lives {
		life := &r.Lives[i]
		life.From, life.To = l.from, l.to
		pieces = append(pieces, a.look(i, 0, &life.In)...)
		pieces = append(pieces, a.look(i, 1, &life.Out)...)
		for _, p := range l.parts {
			life.Parts = append(life.Parts, Part{p.from, p.to})
		}
	}
	a.losses().explain(pieces)
	for i := range r.Lives {
		r.Lives[i].In.sort()
		r.Lives[i].Out.sort()
	}
	return r
}

// look fills in what there is to say of a direction, but for what only lost records may explain: that is for all of the
// logs together to share out.
func (a *Account) look(n, at int, out *Way) []piece {
	l := a.lives[n]
	w := &l.ways[at]
	held := w.held()
	out.Messages, out.Bare = w.messages, w.bare
	out.Findings = append(a.lacked(w, held), w.noticed(a, l)...)
	first, end := w.span()
	if first == 0 || first >= end {
		return nil
	}
	if l.fromOne {
		first = 1
	} else if end := a.endBefore(n, at); end > 0 && end <= first {
		w.goOn(&a.lives[n-1].ways[at])
		first = end
	} else if first > 1 {
		out.add(Finding{What: BeginsAt, Range: Range{first, first}, Log: -1})
	}
	out.First, out.Last = first, end-1
	e := explainer{a: a, w: w, way: out}
	e.prepare()
	for hole := range held.missing(Range{first, end - 1}) {
		e.explain(hole)
	}
	for has := range held.within(Range{first, end - 1}) {
		out.Numbers += has.Count()
	}
	return e.pieces
}

// endBefore is the number that would have followed in a direction, had the life not begun; 0 when it is not known. A Logon
// that begins one direction again at 1 begins a life, and some engines let the other direction go on.
func (a *Account) endBefore(n, at int) uint64 {
	for n--; n >= 0; n-- {
		if first, end := a.lives[n].ways[at].span(); first > 0 {
			return end
		}
		if a.lives[n].fromOne {
			break
		}
	}
	return 0
}

// goOn lets what was lost behind the last number of the life before explain what is missing before the first of this.
func (w *way) goOn(before *way) {
	for i := range w.tracks {
		t, old := &w.tracks[i], &before.tracks[i]
		if old.first > 0 && len(t.jumps) > 0 && t.jumps[0].before.Sequence == 0 {
			t.jumps[0].before, t.jumps[0].gaps.From = old.at, uint64(old.heard)
		}
	}
}

func (w *Way) sort() {
	slices.SortStableFunc(w.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.What, b.What), cmp.Compare(a.Log, b.Log))
	})
}

// held is what all logs together hold.
func (w *way) held() *ranges {
	if len(w.tracks) == 1 {
		return &w.tracks[0].held
	}
	all := &ranges{}
	for i := range w.tracks {
		all.union(&w.tracks[i].held)
	}
	return all
}

// span is from the first number to the one behind the last: first is 0 when there is none.
func (w *way) span() (first, end uint64) {
	for i := range w.tracks {
		t := &w.tracks[i]
		if t.first > 0 && (first == 0 || t.first < first) {
			first = t.first
		}
		if t.first > 0 {
			end = max(end, t.next)
		}
	}
	return first, end
}

// lacked is what a log lacks within what it saw of the life, and another has.
func (a *Account) lacked(w *way, held *ranges) (all []Finding) {
	if len(a.logs) == 1 {
		return nil
	}
	for i := range w.tracks {
		t := &w.tracks[i]
		if t.first == 0 || t.first >= t.next {
			continue
		}
		from := t.first
		for lacking := range t.held.missing(Range{from, t.next - 1}) {
			for has := range held.within(lacking) {
				all = append(all, Finding{What: LackedBy, Range: has, Log: i, Cause: a.lossAt(t, has.From, i)})
			}
		}
	}
	return all
}

// lossAt is the gap record that is nearest to a jump over n.
func (a *Account) lossAt(t *track, n uint64, log int) *Cause {
	j, ok := a.jumpOver(log, t, n)
	if !ok || j.gaps.From >= j.gaps.To {
		return nil
	}
	return a.logs[log].gaps[j.gaps.From].cause()
}

// noticed is what is no hole.
func (w *way) noticed(a *Account, l *life) (all []Finding) {
	for _, r := range w.late.list {
		all = append(all, Finding{What: Late, Range: r, Log: -1, Cause: w.setBack})
	}
	all = append(all, w.repeats.findings(w.setBack)...)
	unsent := w.unsentNow(a, l)
	for _, r := range unsent.list {
		all = append(all, Finding{What: Unsent, Range: r, Log: -1})
	}
	return all
}

// unsentNow is what was saved and not sent. A log that sees no message being sent cannot tell.
func (w *way) unsentNow(a *Account, l *life) (all ranges) {
	sends := false
	for i := range a.logs {
		sends = sends || a.logs[i].saved.sends
	}
	if !sends || w != &l.ways[1] {
		return all
	}
	all.union(&w.unsent)
	for i := range a.logs {
		for _, e := range a.logs[i].saved.waiting {
			if e.life == l {
				all.add(Range{e.n, e.n})
			}
		}
	}
	return all
}
