package query

import (
	"bytes"
	"strconv"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/record"
)

// tagStep looks for a field of a message.
type tagStep struct {
	*test
	needle needle          // is in every message that matches
	set    map[string]bool // of many values without stars; nil: they are compared one by one
}

// setFrom is from how many values on a set is faster.
const setFrom = 8

// newTagStep makes a step of a test of a tag. That a field is there, and none equals, is two steps.
func newTagStep(t *test) step {
	if t.op == notEqual {
		is, there := *t, *t
		is.op = equal
		there.op, there.values = equal, []value{{bytes: pattern{nil, nil}}}
		return every{newTagStep(&there), inverse{newTagStep(&is)}}
	}
	s := &tagStep{test: t, needle: newNeedle(t.literal())}
	if len(t.values) < setFrom {
		return s
	}
	s.set = map[string]bool{}
	for i := range t.values {
		text, ok := t.values[i].bytes.literal()
		if !ok {
			s.set = nil
			break
		}
		s.set[text] = true
	}
	return s
}

// literal is the longest text that is known to be in every message that fulfils the test. Before the tag there may be
// zeros, or nothing, and behind the value no SOH, so neither is in it.
func (t *test) literal() []byte {
	field := append(strconv.AppendInt(nil, int64(t.tag), 10), '=')
	if t.op != equal && t.op != contains || len(t.values) != 1 {
		return field
	}
	p := t.values[0].bytes
	if t.op == equal {
		field = append(field, p[0]...)
	}
	if longest := p.longest(); len(longest) > len(field) {
		return longest
	}
	return field
}

func (s *tagStep) matches(r *record.Record) bool {
	if !r.Kind.IsMessage() || !s.needle.in(r.Body) {
		return false
	}
	for c := fixwire.NewCursor(r.Body); c.Next(); {
		if c.Tag == s.tag && s.fulfilled(c.Value) {
			return true
		}
	}
	return false
}

func (s *tagStep) fulfilled(b []byte) bool {
	switch {
	case s.set != nil:
		return s.set[string(b)]
	case s.op == equal, s.op == contains:
		return s.textually(b)
	}
	v := &s.values[0]
	if !v.isNumber {
		t, ok := parseFIXTime(b)
		return ok && v.span.fulfils(s.op, t)
	}
	d, ok := parseDecimal(b)
	return ok && s.op.holds(d.compare(&v.number))
}

// holds reports whether o is said of two numbers that compare so.
func (o op) holds(c int) bool {
	switch o {
	case sameValue:
		return c == 0
	case less:
		return c < 0
	case lessEqual:
		return c <= 0
	case greater:
		return c > 0
	}
	return c >= 0
}

func (s *tagStep) bounds() Bounds  { return ofKinds(messages) }
func (s *tagStep) hints() []needle { return []needle{s.needle} }

// textStep looks at all bytes of a message, or of a line of the event log.
type textStep struct {
	*test
	needle needle
	hinted bool
}

func newTextStep(t *test) *textStep {
	s := &textStep{test: t}
	if longest := t.values[0].bytes.longest(); t.op != notEqual && len(t.values) == 1 && len(longest) > 0 {
		s.needle, s.hinted = newNeedle(longest), true
	}
	return s
}

const texts = messages | 1<<record.Event

func (s *textStep) matches(r *record.Record) bool {
	return texts>>r.Kind&1 != 0 && (!s.hinted || s.needle.in(r.Body)) && s.textually(r.Body)
}

func (s *textStep) bounds() Bounds { return ofKinds(texts) }

func (s *textStep) hints() []needle {
	if !s.hinted {
		return nil
	}
	return []needle{s.needle}
}

// needle is a text that is looked for by its byte that is rarest in FIX messages.
type needle struct {
	text []byte
	at   int // of that byte
}

func newNeedle(text []byte) needle {
	n := needle{text: text}
	for i, c := range text {
		if rarity(c) > rarity(text[n.at]) {
			n.at = i
		}
	}
	return n
}

// rarity is how seldom a byte is in FIX messages. Tags, numbers and times make up most of them; letters are in IDs and
// codes.
func rarity(c byte) int {
	switch {
	case c == fixwire.SOH, c == '=', c >= '0' && c <= '3':
		return 0
	case c >= '4' && c <= '9':
		return 1
	case c == '.', c == '-', c == ':':
		return 2
	case bytes.IndexByte([]byte("EANRIOTSCD"), c) >= 0:
		return 3
	case c >= 'A' && c <= 'Z':
		return 4
	}
	return 5
}

// seldom says how well needles tell: how rare the commonest of them is likely to be.
func seldom(needles []needle) int {
	least := 1 << 30
	for i := range needles {
		score := 0
		for _, c := range needles[i].text {
			score += 1 + rarity(c)
		}
		least = min(least, score)
	}
	return least
}

// triesMax is how often the rare byte may be found in vain before it is not believed to be rare.
const triesMax = 16

func (n *needle) in(b []byte) bool {
	for from, tries := n.at, 0; from < len(b); {
		i := bytes.IndexByte(b[from:], n.text[n.at])
		if i < 0 {
			return false
		}
		start := from + i - n.at
		if start+len(n.text) > len(b) {
			return false
		}
		if string(b[start:start+len(n.text)]) == string(n.text) {
			return true
		}
		if from += i + 1; tries > triesMax+from/256 {
			return bytes.Contains(b[start+1:], n.text)
		}
		tries++
	}
	return false
}
