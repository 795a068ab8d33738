package complete

import (
	"iter"
	"slices"
)

// portionMax is how many numbers are compared at a time: each costs some 100 bytes meanwhile.
const portionMax = 1 << 16

// apartMax is how far apart two ranges of a portion may be: what lies in between is read for nothing.
const apartMax = 1 << 12

// Portion is numbers of one direction of a life that came more than once. Their messages, From to To of the epochs that
// Epochs says of each log, are to be given to Again, .
type Portion struct {
	Range
	Out bool

	account *Account
	life    *life
	numbers ranges
	first   map[uint64]*copied
}

// copied is the first message of a number.
type copied struct {
	log                   int
	whole, body           uint64
	possDup, logon, saved bool
	in                    []int // logs that have had it
}

// Epochs are the epochs of a log in which the portion's messages lie; 0, 0 when there is none.
func (p *Portion) Epochs(log int) Part {
	part := p.life.parts[log]
	return Part{part.from, part.to}
}

// Compare yields what has to be read again to say how messages of the same number differ. Each portion has to be done
// with before the next.
func (a *Account) Compare() iter.Seq[*Portion] {
	return func(yield func(*Portion) bool) {
		for _, l := range a.lives {
			for at := range l.ways {
				w := &l.ways[at]
				w.repeats = repeats{}
				for p := range portions(w.several()) {
					p.Out, p.account, p.life = at == 1, a, l
					p.first = map[uint64]*copied{}
					if !yield(p) {
						return
					}
				}
			}
		}
	}
}

// several is the numbers that came more than once, in one log or in several.
func (w *way) several() *ranges {
	all, seen := &ranges{}, &ranges{}
	for i := range w.tracks {
		all.union(&w.tracks[i].twice)
		if len(w.tracks) == 1 {
			break
		}
		both := &ranges{}
		for _, r := range seen.list {
			for has := range w.tracks[i].held.within(r) {
				both.append(has)
			}
		}
		all.union(both)
		seen.union(&w.tracks[i].held)
	}
	return all
}

// portions cuts a set into parts of bounded size.
func portions(all *ranges) iter.Seq[*Portion] {
	return func(yield func(*Portion) bool) {
		var p *Portion
		var size uint64
		put := func(r Range) bool {
			if p != nil && (r.From-p.To > apartMax || size+r.Count() > portionMax) {
				if !yield(p) {
					return false
				}
				p = nil
			}
			if p == nil {
				p, size = &Portion{Range: r}, 0
			}
			p.To = r.To
			p.numbers.append(r)
			size += r.Count()
			return true
		}
		for _, r := range all.list {
			for ; r.Count() > portionMax; r.From += portionMax {
				if !put(Range{r.From, r.From + portionMax - 1}) {
					return
				}
			}
			if !put(r) {
				return
			}
		}
		if p != nil {
			yield(p)
		}
	}
}

// Again compares a message with the first of its number.
func (p *Portion) Again(r *Record) {
	if !r.isMessage() || (r.Kind == Outbound) != p.Out || r.Garbled || !p.numbers.has(r.MsgSeqNum) {
		return
	}
	if p.account.logs[r.Log].voided.has(r.Sequence) || !p.life.holds(r.Log, r.Sequence) || r.MsgType == "4" {
		return
	}
	c := &copied{
		log: r.Log, whole: hashBytes(r.Raw), body: hashBody(r.Raw),
		possDup: r.PossDup, logon: r.isLogon(), saved: r.Saved,
	}
	first, ok := p.first[r.MsgSeqNum]
	if !ok {
		p.first[r.MsgSeqNum] = c
		c.in = append(c.in, r.Log)
		return
	}
	what, tell := first.compare(c)
	if !slices.Contains(first.in, r.Log) {
		first.in = append(first.in, r.Log)
	}
	if tell {
		p.life.ways[r.way()].repeats.add(what, r)
	}
}

// compare says how another message of the number differs from the first, unless it need not be told.
func (c *copied) compare(other *copied) (what What, tell bool) {
	here := slices.Contains(c.in, other.log) // else the log has the message for the first time
	switch {
	case c.whole == other.whole && (!here || c.saved && !other.saved):
		return 0, false
	case c.possDup || other.possDup:
		if c.body != other.body {
			return Redone, true
		}
		return Resent, here
	case c.whole == other.whole:
		return Copied, true
	case c.logon && other.logon:
		return LogonAgain, here
	case c.body == other.body:
		return Again, true
	}
	return Different, true
}

// repeats is what was found out about numbers that came more than once.
type repeats struct {
	of [Unsent]ranges
	at map[whatNumber]Place // of what is not ordinary, the record that differs
}

type whatNumber struct {
	what What
	n    uint64
}

// placesMax bounds how many differing records are named.
const placesMax = 1 << 14

func (s *repeats) add(what What, r *Record) {
	s.of[what].add(Range{r.MsgSeqNum, r.MsgSeqNum})
	if what.Ordinary() || len(s.at) >= placesMax {
		return
	}
	if s.at == nil {
		s.at = map[whatNumber]Place{}
	}
	key := whatNumber{what, r.MsgSeqNum}
	if _, has := s.at[key]; !has {
		s.at[key] = r.place()
	}
}

func (s *repeats) findings(setBack *Cause) (all []Finding) {
	for what := range s.of {
		for _, r := range s.of[what].list {
			f := Finding{What: What(what), Range: r, Log: -1, After: s.at[whatNumber{What(what), r.From}]}
			if f.What == Different || f.What == Again {
				f.Cause = setBack
			}
			all = append(all, f)
		}
	}
	return all
}
