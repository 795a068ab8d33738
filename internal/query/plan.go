package query

import (
	"github.com/fixarchive/fixarchive/internal/record"
)

// Log is what a test may ask about a log.
type Log struct {
	Archive string
	Name    string // of the session, as it is shown
	ID      record.LogID
}

// Plan is an expression for the records of one log.
type Plan struct {
	Bounds Bounds
	root   step
	hints  []needle // one of them is in the body of everything that is wanted; nil: not known
}

// For is the expression for one log. What it asks of the log is answered.
func (e *Expr) For(log *Log) *Plan {
	p := &Plan{root: always(true), Bounds: everything}
	if e.root == nil {
		return p
	}
	c := compiler{log: log}
	p.root = c.step(e.root, false)
	p.Bounds = p.root.bounds()
	p.hints = p.root.hints()
	return p
}

// Never reports whether nothing of the log can be wanted.
func (p *Plan) Never() bool { return p.Bounds.empty() }

// Matches reports whether a record of the log is wanted.
func (p *Plan) Matches(r *record.Record) bool { return p.root.matches(r) }

// Hinted reports whether MayHold can say no.
func (p *Plan) Hinted() bool { return p.hints != nil }

// MayHold reports whether bytes can hold the body of a record that is wanted.
func (p *Plan) MayHold(b []byte) bool {
	for i := range p.hints {
		if p.hints[i].in(b) {
			return true
		}
	}
	return p.hints == nil
}

// step is a part of a plan.
type step interface {
	matches(r *record.Record) bool
	// bounds is outside of which nothing matches.
	bounds() Bounds
	// hints returns needles of which the body of whatever matches holds one; nil when there is nothing to go by.
	hints() []needle
}

// compiler makes steps of nodes.
type compiler struct{ log *Log }

// step makes a step of n, or of what n is not. A not goes down to the tests, so that bounds come of what is around them.
func (c *compiler) step(n node, negated bool) step {
	switch n := n.(type) {
	case *not:
		return c.step(n.of, !negated)
	case allOf:
		return joined(c.steps(n, negated), !negated)
	case anyOf:
		return joined(c.steps(n, negated), negated)
	}
	s := c.test(n.(*test))
	if !negated {
		return s
	}
	if known, ok := s.(always); ok {
		return !known
	}
	return inverse{s}
}

func (c *compiler) steps(nodes []node, negated bool) []step {
	steps := make([]step, len(nodes))
	for i, n := range nodes {
		steps[i] = c.step(n, negated)
	}
	return steps
}

// joined is all of steps, or any of them, without those whose answer is known.
func joined(steps []step, all bool) step {
	var open []step
	for _, s := range steps {
		known, ok := s.(always)
		switch {
		case !ok:
			open = append(open, s)
		case bool(known) != all: // decides
			return always(!all)
		}
	}
	switch {
	case len(open) == 0:
		return always(all)
	case len(open) == 1:
		return open[0]
	case all:
		return every(open)
	}
	return either(open)
}

// test makes a step of a test.
func (c *compiler) test(t *test) step {
	switch s := t.subject; {
	case s.ofLog():
		return always(t.holdsFor(c.log))
	case s == subjectDirection, s == subjectKind, s == subjectFlag:
		return newWordStep(t)
	case s == subjectSeq, s == subjectEpoch:
		return &numberStep{t}
	case s == subjectTime:
		return &timeStep{t}
	case s == subjectText:
		return newTextStep(t)
	}
	return newTagStep(t)
}

// holdsFor answers a test of a log.
func (t *test) holdsFor(log *Log) bool {
	id := &log.ID.Session
	part := []byte([...]string{
		subjectArchive: log.Archive, subjectSource: string(log.ID.Source), subjectSession: log.Name, subjectBegin: id.BeginString,
		subjectSender: id.SenderCompID, subjectSenderSub: id.SenderSubID, subjectSenderLocation: id.SenderLocationID,
		subjectTarget: id.TargetCompID, subjectTargetSub: id.TargetSubID, subjectTargetLocation: id.TargetLocationID,
		subjectQualifier: id.Qualifier,
	}[t.subject])
	return t.textually(part)
}

// textually compares b with the values by their bytes.
func (t *test) textually(b []byte) bool {
	for i := range t.values {
		v := &t.values[i]
		switch t.op {
		case contains:
			return v.bytes.within(b)
		case notEqual:
			return !v.bytes.matches(b)
		}
		if v.bytes.matches(b) {
			return true
		}
	}
	return false
}
