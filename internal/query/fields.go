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
	field  needle          // tag and =, and how the value begins
	value  int             // where in field the value begins
	longer needle          // a text that is in every message that matches, and better to look for; may be empty
	data   bool            // the field may hold SOHs
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
	s := &tagStep{test: t, data: fixwire.IsData(t.tag)}
	s.lookFor()
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

// lookFor makes the needles. Before the tag there may be zeros, or nothing, and behind the value no SOH, so neither is in
// them.
func (s *tagStep) lookFor() {
	field := append(strconv.AppendInt(nil, int64(s.tag), 10), '=')
	s.value = len(field)
	if (s.op == equal || s.op == contains) && len(s.values) == 1 {
		p := s.values[0].bytes
		if s.op == equal {
			field = append(field, p[0]...)
		}
		if longest := p.longest(); len(longest) > len(field) {
			s.longer = newNeedle(longest)
		}
	}
	s.field = newNeedle(field)
}

func (s *tagStep) matches(r *record.Record) bool {
	switch {
	case !r.Kind.IsMessage(), len(s.longer.text) > 0 && !s.longer.in(r.Body):
		return false
	case s.data:
		return s.inData(r.Body)
	}
	for from := 0; ; {
		at := s.field.find(r.Body, from)
		if at < 0 {
			return false
		}
		if start := beginning(r.Body, at); start >= 0 && s.fulfilled(valueAt(r.Body, at+s.value)) && fixwire.Begins(r.Body, start) {
			return true
		}
		from = at + 1
	}
}

// inData goes through the fields one after the other: a value's end is not known otherwise.
func (s *tagStep) inData(raw []byte) bool {
	if s.field.find(raw, 0) < 0 {
		return false
	}
	for c := fixwire.NewCursor(raw); c.Next(); {
		if c.Tag == s.tag && s.fulfilled(c.Value) {
			return true
		}
	}
	return false
}

// beginning is where the field begins that has its tag at an offset, zeros before it among it; -1 if none can.
func beginning(raw []byte, at int) int {
	for at > 0 && raw[at-1] == '0' {
		at--
	}
	if at > 0 && raw[at-1] != fixwire.SOH {
		return -1
	}
	return at
}

func valueAt(raw []byte, at int) []byte {
	if end := bytes.IndexByte(raw[at:], fixwire.SOH); end >= 0 {
		return raw[at : at+end]
	}
	return raw[at:]
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

func (s *tagStep) bounds() Bounds { return ofKinds(messages) }

func (s *tagStep) hints() []needle {
	if len(s.longer.text) > 0 {
		return []needle{s.longer}
	}
	return []needle{s.field}
}

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
