package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fixarchive/fixarchive/internal/record"
)

// subject is what a test is about.
type subject uint8

const (
	subjectTag subject = iota // a field of the message, by its tag
	subjectArchive
	subjectSource
	subjectSession
	subjectBegin
	subjectSender
	subjectSenderSub
	subjectSenderLocation
	subjectTarget
	subjectTargetSub
	subjectTargetLocation
	subjectQualifier
	subjectDirection
	subjectKind
	subjectFlag
	subjectSeq
	subjectEpoch
	subjectTime
	subjectText
	subjectType // of the message: a tag like others, whose values have names
	subjectEnd
)

var subjects = [subjectEnd]string{
	"", "archive", "source", "session", "begin", "sender", "sender.sub", "sender.location", "target", "target.sub", "target.location",
	"qualifier", "direction", "kind", "flag", "seq", "epoch", "time", "text", "type",
}

// ofLog reports whether s is the same for all records of a log.
func (s subject) ofLog() bool { return s >= subjectArchive && s <= subjectQualifier }

// takes reports whether a test of s may compare as o does.
func (s subject) takes(o op) bool {
	switch s {
	case subjectTag, subjectType:
		return true
	case subjectDirection, subjectKind, subjectFlag:
		return o == equal || o == notEqual
	case subjectSeq, subjectEpoch, subjectTime:
		return o == equal || o == notEqual || o.ordered()
	}
	return o == equal || o == notEqual || o == contains
}

// operators lists what takes allows, for an error.
func (s subject) operators() string {
	var all []string
	for _, o := range []op{equal, notEqual, less, lessEqual, greater, greaterEqual, contains} {
		if s.takes(o) {
			all = append(all, o.String())
		}
	}
	return strings.Join(all[:len(all)-1], " ") + " and " + all[len(all)-1]
}

// value is what a test compares with: a text always, and what its subject takes it for.
type value struct {
	text pattern

	bytes     pattern // what is looked for: of a type of message, its code
	number    decimal // of a comparison of a tag
	isNumber  bool
	span      nanoSpan // of a time, and of a comparison of a tag that is no number
	low, high uint64   // of numbers
	set       uint32   // a bit for each kind or flag
}

// wordSets are the words that some subjects take.
var wordSets = map[subject][]struct {
	word string
	set  uint32
}{
	subjectDirection: {{"in", 1 << record.Inbound}, {"out", 1 << record.Outbound}},
	subjectKind: {
		{"message", messages}, {"in", 1 << record.Inbound}, {"out", 1 << record.Outbound}, {"event", 1 << record.Event},
		{"state", 1 << record.StateChange}, {"mark", 1 << record.Mark}, {"void", 1 << record.Void}, {"gap", 1 << record.Gap},
	},
	subjectFlag: {
		{"not-framed", uint32(record.NotFramed)}, {"bad-body-length", uint32(record.BadBodyLength)}, {"bad-checksum", uint32(record.BadCheckSum)},
		{"bad-field", uint32(record.BadField)}, {"poss-dup", uint32(record.PossDup)}, {"reset-seq-num", uint32(record.ResetSeqNum)},
		{"low-seq-num", uint32(record.LowSeqNum)}, {"saved", uint32(record.Saved)},
	},
}

// messages are the kinds that are FIX messages.
const messages = 1<<record.Inbound | 1<<record.Outbound

// understand fills in what a value's text means to a test; the error says what would be right.
func (p *parser) understand(t *test, v *value) error {
	literal, isLiteral := v.text.literal()
	v.bytes = v.text
	switch t.subject {
	case subjectDirection, subjectKind, subjectFlag:
		return v.wordOf(t.subject, literal)
	case subjectSeq, subjectEpoch:
		return v.numberRange(t, literal)
	case subjectTime:
		return v.spanOf(p, literal)
	case subjectType:
		if code, ok := p.names.MsgTypeByName(literal); ok && isLiteral {
			v.bytes = textPattern(code)
		}
	}
	if t.op == sameValue || t.op.ordered() {
		return v.comparable(p, t.op, literal)
	}
	return nil
}

func (v *value) wordOf(s subject, word string) error {
	var all []string
	for _, w := range wordSets[s] {
		if w.word == word {
			v.set = w.set
			return nil
		}
		all = append(all, w.word)
	}
	return fmt.Errorf("no %s is called so: it is %s or %s", subjects[s], strings.Join(all[:len(all)-1], ", "), all[len(all)-1])
}

// numberRange reads N, N-M and N-.
func (v *value) numberRange(t *test, text string) error {
	from, till, isRange := strings.Cut(text, "-")
	var ok bool
	if v.low, ok = parseNumber(from); !ok || isRange && t.op.ordered() {
		if t.op.ordered() {
			return fmt.Errorf("%s%s takes a number from 1, such as %s%s48", t.name, t.op, t.name, t.op)
		}
		return fmt.Errorf("%s takes a number from 1, or a range: %s=48, %s=40-50 or %s=40-", t.name, t.name, t.name, t.name)
	}
	switch v.high = v.low; {
	case isRange && till == "":
		v.high = 1<<64 - 1
	case isRange:
		if v.high, ok = parseNumber(till); !ok {
			return fmt.Errorf("a range ends with a number, or is open: %s=40-50 or %s=40-", t.name, t.name)
		}
	}
	if v.high < v.low {
		return fmt.Errorf("the range ends before it begins: %s=%d-%d", t.name, v.high, v.low)
	}
	return nil
}

func parseNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n > 0 && text[0] != '+'
}

func (v *value) spanOf(p *parser, text string) error {
	span, ok := ParseSpan(text, p.now)
	if !ok {
		return fmt.Errorf("that is no time: give %s", TimeForms)
	}
	v.span = span.nanos()
	return nil
}

// comparable reads what the values of a tag are compared with. What can be a number is one.
func (v *value) comparable(p *parser, o op, text string) error {
	if v.number, v.isNumber = parseDecimal([]byte(text)); v.isNumber {
		return nil
	}
	if v.spanOf(p, text) != nil {
		return fmt.Errorf("%s compares numbers and times: give one such as 1.25, or %s", o, TimeForms)
	}
	return nil
}
