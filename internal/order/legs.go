package order

import (
	"slices"
	"strconv"
)

// live works out the legs of a story, and what happens in each.
func (s *Story) live() {
	l := legs{story: s, of: map[key]*leg{}}
	for _, e := range s.Events {
		l.live(e)
	}
}

// legs are those of a story so far.
type legs struct {
	story *Story
	all   []*leg
	of    map[key]*leg // by the ids within a session, and by MsgSeqNum
}

// leg is the life of one order in one session so far.
type leg struct {
	number   int
	requests map[string]*request // by ClOrdID
	last     *Event
	seen     map[execution]bool
	tally    tally
}

// request waits for an answer.
type request struct {
	event    *Event
	answered bool
}

// execution is what makes a report the same as another.
type execution struct{ execID, execType, transType, cumQty, refID string }

func (l *legs) live(e *Event) {
	e.Step = step(e)
	g := l.find(e)
	e.Leg = g.number
	g.repeat(e)
	if g.last != nil {
		after := e.Time.Sub(g.last.Time)
		e.After = &after
	}
	g.answer(l.refers(e), e)
	if !e.Again && e.MsgType == "8" {
		g.tally.report(e)
	}
	g.last = e
}

// find is the leg of an event. A new order begins one, even with a ClOrdID that an earlier one had.
func (l *legs) find(e *Event) *leg {
	var g *leg
	for _, k := range e.belongsBy() {
		if g = l.of[k]; g != nil {
			break
		}
	}
	if g != nil && e.MsgType == "D" && !g.resent(e) {
		e.complain("ClOrdID %s was used before: what follows is counted anew", e.ClOrdID)
		g = nil
	}
	if g == nil {
		g = l.begin(e)
	}
	for _, k := range e.leadsWithin() {
		l.of[k] = g
	}
	l.story.Legs[g.number-1].name(e)
	return g
}

func (l *legs) begin(e *Event) *leg {
	g := &leg{number: len(l.all) + 1, requests: map[string]*request{}, seen: map[execution]bool{}}
	g.tally.begin(e)
	l.all = append(l.all, g)
	l.story.Legs = append(l.story.Legs, Leg{Session: e.Session, Source: e.Source})
	return g
}

// belongsBy are the ids by which an event belongs to a leg of its log, the surest first.
func (e *Event) belongsBy() []key {
	if isReject(e.MsgType) {
		return []key{e.within(numbered(&e.Record, !e.Outbound, e.RefSeqNum))}
	}
	keys := e.ordersWithin()
	if ref := (id{17, e.ExecRefID}); !ref.isNone() {
		keys = append(keys, e.within(ref.found(e.Session)))
	}
	return keys
}

// leadsWithin are the ids by which later events belong to the leg of this one.
func (e *Event) leadsWithin() []key {
	if isReject(e.MsgType) {
		return nil
	}
	keys := e.ordersWithin()
	if fill := (id{17, e.ExecID}); !fill.isNone() {
		keys = append(keys, e.within(fill.found(e.Session)))
	}
	if e.MsgSeqNum != 0 {
		keys = append(keys, e.within(numbered(&e.Record, e.Outbound, strconv.FormatUint(e.MsgSeqNum, 10))))
	}
	return keys
}

func (e *Event) ordersWithin() (keys []key) {
	for _, i := range []id{{11, e.ClOrdID}, {41, e.OrigClOrdID}, {37, e.OrderID}} {
		if !i.isNone() {
			k := i.found(e.Session)
			k.scope = e.Session
			keys = append(keys, e.within(k))
		}
	}
	return keys
}

// within keeps apart what two sources captured of one session.
func (e *Event) within(k key) key {
	k.scope += "\x00" + e.Source
	return k
}

// name adds the ids that an event names.
func (l *Leg) name(e *Event) {
	for _, i := range []id{{41, e.OrigClOrdID}, {11, e.ClOrdID}} {
		l.ClOrdIDs = named(l.ClOrdIDs, i)
	}
	for _, i := range []id{{37, e.OrderID}, {198, e.SecondaryOrderID}} {
		l.OrderIDs = named(l.OrderIDs, i)
	}
}

func named(all []string, i id) []string {
	if i.isNone() || slices.Contains(all, i.value) {
		return all
	}
	return append(all, i.value)
}

// resent reports whether a request is one that the leg had before.
func (g *leg) resent(e *Event) bool {
	r := g.requests[e.ClOrdID]
	return r != nil && r.event.MsgType == e.MsgType &&
		(e.PossDup == "Y" || e.PossResend == "Y" || r.event.MsgSeqNum == e.MsgSeqNum && r.event.Epoch == e.Epoch)
}

// repeat marks what was there before.
func (g *leg) repeat(e *Event) {
	if isRequest(e.MsgType) {
		e.Again = g.resent(e)
		return
	}
	x := execution{e.ExecID, e.ExecType, e.ExecTransType, e.CumQty, e.ExecRefID}
	certain := true
	if e.MsgType != "8" || (id{17, e.ExecID}).isNone() {
		x = execution{refID: e.MsgType + "\x00" + strconv.FormatUint(e.MsgSeqNum, 10)}
		certain = e.PossDup == "Y" // the number may be that of another epoch
	}
	e.Again = g.seen[x] && certain
	g.seen[x] = true
}

// refers is the request that a reject names, or nil.
func (l *legs) refers(e *Event) *Event {
	if !isReject(e.MsgType) {
		return nil
	}
	want, err := strconv.ParseUint(e.RefSeqNum, 10, 64)
	if err != nil {
		return nil
	}
	for _, o := range l.story.Events {
		if o == e {
			break
		}
		if o.MsgSeqNum == want && o.Session == e.Session && o.Source == e.Source && o.Epoch == e.Epoch && o.Outbound != e.Outbound {
			return o
		}
	}
	return nil
}

// answer says how long after its request an event comes, by the ClOrdID or, of a reject, by the message named.
func (g *leg) answer(named, e *Event) {
	if isRequest(e.MsgType) {
		if g.requests[e.ClOrdID] == nil {
			g.requests[e.ClOrdID] = &request{event: e}
		}
		return
	}
	r := g.requests[e.ClOrdID]
	if named != nil {
		r = g.requests[named.ClOrdID]
	}
	if r == nil || r.event.Outbound == e.Outbound {
		return
	}
	took := e.Time.Sub(r.event.Time)
	e.Took, e.Answers = &took, !r.answered
	r.answered = true
}
