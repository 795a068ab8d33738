package order

import (
	"bytes"
	"slices"
	"strconv"
)

const (
	MessagesMax = 10_000 // of all stories together
	PassesMax   = 16     // over the messages

	needlesMax = 8 // for more, reading the fields costs less than searching for each
)

// Seed is an id that is asked for.
type Seed struct {
	ID      string
	Tag     int    // 11, 37 or 17, with the tags that take the same ids; 0: any of them
	Session string // in which it is meant; empty: in any
}

// matches reports whether a message of a session has what is asked for.
func (s *Seed) matches(session string, i id) bool {
	if i.value != s.ID || s.Session != "" && s.Session != session {
		return false
	}
	switch s.Tag {
	case 11:
		return i.tag == 11 || i.tag == 41
	case 37:
		return i.tag == 37 || i.tag == 198
	case 17:
		return i.tag == 17 || i.tag == 19
	}
	return true
}

// Finder collects the messages of orders:
//
//	for f.Begin() {
//		for each message, in the order of its capture {
//			if f.Offer(&record) { break }
//		}
//	}
//
// An id leads forwards in the pass that meets it, and back in the next.
type Finder struct {
	seeds   []Seed
	met     []bool // by seed
	known   known
	needles [][]byte // what a message must contain to be read, each id behind its =; nil when there are too many

	passes int
	learnt *Record // the last of this pass that led further
	upTo   *Record // the last of the pass before that did

	taken   map[identity]*Event
	apart   map[identity]struct{} // had an id of a story and contradicted it
	cut     bool
	unended bool
}

func NewFinder(seeds []Seed) *Finder {
	f := &Finder{
		seeds: seeds, met: make([]bool, len(seeds)), known: known{},
		taken: map[identity]*Event{}, apart: map[identity]struct{}{}, needles: [][]byte{},
	}
	for i := range seeds {
		f.search(seeds[i].ID)
	}
	return f
}

// Begin begins a pass, or reports that none is needed.
func (f *Finder) Begin() bool {
	more := f.passes == 0 || f.learnt != nil && !f.cut
	if more && f.passes == PassesMax {
		f.unended = true
		return false
	}
	f.upTo, f.learnt = f.learnt, nil
	if more {
		f.passes++
	}
	return more
}

// Offer takes r if it belongs to an order, and reports whether the rest of the pass can bring nothing more.
func (f *Finder) Offer(r *Record) (enough bool) {
	if f.cut || f.upTo != nil && f.learnt == nil && byCapture(r, f.upTo) > 0 {
		return true
	}
	if isAside(r.MsgType) || !isReject(r.MsgType) && !f.mayHold(r.Raw) {
		return false
	}
	if _, taken := f.taken[r.identity()]; !taken {
		f.read(r)
	}
	return f.cut
}

func (f *Finder) mayHold(raw []byte) bool {
	if f.needles == nil {
		return true
	}
	return slices.ContainsFunc(f.needles, func(n []byte) bool { return bytes.Contains(raw, n) })
}

// search makes messages with a value be read.
func (f *Finder) search(value string) {
	needle := append([]byte{'='}, value...)
	switch {
	case f.needles == nil || slices.ContainsFunc(f.needles, func(n []byte) bool { return bytes.Equal(n, needle) }):
	case len(f.needles) == needlesMax:
		f.needles = nil
	default:
		f.needles = append(f.needles, needle)
	}
}

// read takes r apart, and in if an id says so.
func (f *Finder) read(r *Record) {
	fields, ids, many := parse(r.Raw)
	e := &Event{Record: *r, Fields: fields, Many: many}
	e.Raw = nil
	e.spot = spot{parties(r.Session), fields.Symbol, fields.Side}
	if isReject(r.MsgType) {
		e.keys = []key{numbered(r, !r.Outbound, fields.RefSeqNum)}
		if joins, _ := f.known.holds(e.keys[0], e.spot); joins {
			f.take(e)
		}
		return
	}
	switch by, joins := f.joining(e, ids); {
	case !joins:
		return
	case many:
		e.only(by)
		f.learnNumber(e)
	default:
		f.learn(e, ids)
	}
	f.take(e)
}

// only leaves of an event that names many orders what it says about the one that it is taken for.
func (e *Event) only(by key) {
	e.keys = []key{by}
	e.Fields = Fields{Text: e.Text, PossDup: e.PossDup, PossResend: e.PossResend}
	switch by.class {
	case client:
		e.ClOrdID = by.value
	case executor:
		e.OrderID = by.value
	case exec:
		e.ExecID = by.value
	case execRef:
		e.ExecRefID = by.value
	}
}

// joining is the first key by which e belongs to what is asked for.
func (f *Finder) joining(e *Event, ids []id) (by key, joins bool) {
	contradicts := false
	for _, i := range ids {
		k := i.found(e.spot.parties)
		asked := false
		for n := range f.seeds {
			if f.seeds[n].matches(e.Session, i) {
				f.met[n], asked = true, true
			}
		}
		ok, met := f.known.holds(k, e.spot)
		if (asked || ok && !i.isNone()) && !joins {
			by, joins = k, true
		}
		contradicts = contradicts || met && !ok
	}
	if contradicts && !joins {
		f.apart[e.identity()] = struct{}{}
	}
	return by, joins
}

// learn notes where e leads, and by what it is found.
func (f *Finder) learn(e *Event, ids []id) {
	news := false
	for _, i := range ids {
		if i.isNone() {
			continue
		}
		e.keys = append(e.keys, i.found(e.spot.parties))
		if f.known.add(i.leads(e.spot.parties), e.spot) {
			f.search(i.value)
			news = true
		}
		e.leads = append(e.leads, i.leads(e.spot.parties))
	}
	if news {
		f.learnt = &e.Record
	}
	f.learnNumber(e)
}

// learnNumber lets rejects find e. They come later, and need no other pass.
func (f *Finder) learnNumber(e *Event) {
	if e.MsgSeqNum != 0 {
		k := numbered(&e.Record, e.Outbound, strconv.FormatUint(e.MsgSeqNum, 10))
		f.known.add(k, e.spot)
		e.leads = append(e.leads, k)
	}
}

func (f *Finder) take(e *Event) {
	if len(f.taken) == MessagesMax {
		f.cut = true
		return
	}
	f.taken[e.identity()] = e
	delete(f.apart, e.identity())
}

// Passes is how often the messages were asked for.
func (f *Finder) Passes() int { return f.passes }

// Cut reports that there are more than MessagesMax messages, of which the first were taken.
func (f *Finder) Cut() bool { return f.cut }

// Unended reports that PassesMax passes were not enough to follow all ids.
func (f *Finder) Unended() bool { return f.unended }

// Apart is how many messages have an OrderID of a story, but of another instrument or side between other parties.
func (f *Finder) Apart() int { return len(f.apart) }

// Missing are the ids that no message has.
func (f *Finder) Missing() (ids []string) {
	for i, met := range f.met {
		if !met {
			ids = append(ids, f.seeds[i].ID)
		}
	}
	return ids
}
