package query

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// The oracle answers what spec/query.md says, in the simplest way: it splits a message at its SOHs but for the one data
// field that the messages here have, compares numbers as fractions, and texts by regular expressions.

func oracle(n node, log *Log, r *record.Record) bool {
	switch n := n.(type) {
	case allOf:
		return !slices.ContainsFunc(n, func(n node) bool { return !oracle(n, log, r) })
	case anyOf:
		return slices.ContainsFunc(n, func(n node) bool { return oracle(n, log, r) })
	case *not:
		return !oracle(n.of, log, r)
	}
	t := n.(*test)
	for _, v := range t.values {
		if oracleTest(t, v.text.String(), log, r) {
			return true
		}
	}
	return false
}

func oracleTest(t *test, text string, log *Log, r *record.Record) bool {
	things := asked(t, log, r)
	if t.op == notEqual {
		is := *t
		is.op = equal
		return len(things) > 0 && !oracleTest(&is, text, log, r)
	}
	return slices.ContainsFunc(things, func(thing string) bool { return compares(t, thing, text) })
}

// asked is what a record has of what a test asks for.
func asked(t *test, log *Log, r *record.Record) []string {
	s := log.ID.Session
	message := r.Kind == record.Inbound || r.Kind == record.Outbound
	switch t.subject {
	case subjectArchive:
		return []string{log.Archive}
	case subjectSession:
		return []string{log.Name}
	case subjectSender:
		return []string{s.SenderCompID}
	case subjectTargetSub:
		return []string{s.TargetSubID}
	case subjectKind:
		kinds := []string{r.Kind.String()}
		if message {
			kinds = append(kinds, "message")
		}
		return kinds
	case subjectEpoch:
		return []string{fmt.Sprint(r.Epoch)}
	case subjectTime:
		return []string{fmt.Sprint(int64(r.Time))}
	}
	if t.subject == subjectText && r.Kind == record.Event {
		return []string{string(r.Body)}
	}
	if !message {
		return nil
	}
	switch t.subject {
	case subjectText:
		return []string{string(r.Body)}
	case subjectDirection:
		return []string{r.Kind.String()}
	case subjectSeq:
		if r.MsgSeqNum == 0 {
			return nil
		}
		return []string{fmt.Sprint(r.MsgSeqNum)}
	}
	var values []string
	for _, field := range split(string(r.Body)) {
		tag, value, ok := strings.Cut(field, "=")
		if n, err := strconv.Atoi(tag); ok && err == nil && n == t.tag {
			values = append(values, value)
		}
	}
	return values
}

var dataField = regexp.MustCompile("(?s)^(.*\x01|)95=6\x0196=(......)(\x01.*)$")

func split(body string) []string {
	if m := dataField.FindStringSubmatch(body); m != nil {
		return append(append(split(m[1]), "95=6", "96="+m[2]), split(m[3])...)
	}
	return strings.Split(body, "\x01")
}

func compares(t *test, thing, text string) bool {
	if quoted := strings.HasPrefix(text, `"`); quoted {
		text = text[1 : len(text)-1]
	}
	switch t.subject {
	case subjectSeq, subjectEpoch:
		from, till, isRange := strings.Cut(text, "-")
		switch {
		case !isRange:
			return ordered(t.op, fraction(thing).Cmp(fraction(text)))
		case till == "":
			return fraction(thing).Cmp(fraction(from)) >= 0
		}
		return fraction(thing).Cmp(fraction(from)) >= 0 && fraction(thing).Cmp(fraction(till)) <= 0
	case subjectTime:
		n, _ := strconv.ParseInt(thing, 10, 64)
		return within(t.op, time.Unix(0, n), text)
	case subjectType:
		if code, ok := typeNames[text]; ok {
			text = code
		}
	}
	if t.op == sameValue || t.op.ordered() {
		want, got := fraction(text), fraction(thing)
		if want != nil {
			return got != nil && ordered(t.op, got.Cmp(want))
		}
		at, err := time.Parse("20060102-15:04:05", thing)
		return err == nil && within(t.op, at, text)
	}
	pattern := regexp.QuoteMeta(text)
	pattern = strings.ReplaceAll(pattern, `\*`, `.*`)
	if t.op == equal {
		pattern = "^" + pattern + "$"
	}
	return regexp.MustCompile("(?s)" + pattern).MatchString(thing)
}

var number = regexp.MustCompile(`^[-+]?(\d+\.?\d*|\.\d+)$`)

func fraction(s string) *big.Rat {
	if !number.MatchString(s) {
		return nil
	}
	r, _ := new(big.Rat).SetString(s)
	return r
}

func ordered(o op, c int) bool {
	switch o {
	case less:
		return c < 0
	case lessEqual:
		return c <= 0
	case greater:
		return c > 0
	case greaterEqual:
		return c >= 0
	}
	return c == 0
}

func within(o op, t time.Time, text string) bool {
	from, err := time.Parse("2006-01-02T15:04", text)
	till := from.Add(time.Minute)
	if err != nil {
		from, _ = time.Parse("2006-01-02", text)
		till = from.AddDate(0, 0, 1)
	}
	switch o {
	case less:
		return t.Before(from)
	case lessEqual:
		return t.Before(till)
	case greater:
		return !t.Before(till)
	case greaterEqual:
		return !t.Before(from)
	}
	return !t.Before(from) && t.Before(till)
}

type chance struct{ *rand.Rand }

func (c chance) of(all ...string) string { return all[c.IntN(len(all))] }

func (c chance) expression(depth int) string {
	if depth > 0 && c.IntN(2) == 0 {
		a, b := c.expression(depth-1), c.expression(depth-1)
		return c.of("("+a+" and "+b+")", "("+a+" or "+b+")", "not "+a, a+" and "+b)
	}
	switch c.IntN(9) {
	case 0:
		return c.of("session", "sender", "target.sub", "archive") + c.of("=", "!=", "~") + c.of("A", "B", "A*", "*", "one", "A->*")
	case 1:
		return c.of("seq", "epoch") + c.of("=", "!=", "<", ">", "<=", ">=") + c.of("1", "2", "3")
	case 2:
		return c.of("seq", "epoch") + c.of("=1-2", "=2-", "!=2-3", " in (1, 3)", " in (1-2, 4-)")
	case 3:
		return "time" + c.of("=", "!=", "<", ">", "<=", ">=") + c.of("2026-11-23", "2026-11-24T09:30", "2026-11-24")
	case 4:
		return c.of("kind=message", "kind!=in", "kind in (event, out)", "direction=in", "direction!=in", "kind=gap")
	case 5:
		return c.of("text~", "text=", "text!=", "text~*") + c.of("BC", "8=*BC*", "x", "55=", "*")
	case 6:
		return c.of("44", "38") + c.of("==", "<", ">", "<=", ">=") + c.of("1", "-1.5", "1.50", "-1.25", "0", "01", ".5")
	case 7:
		return "60" + c.of("==", "<", ">", "<=", ">=") + c.of("2026-11-23", "2026-11-24T09:30")
	}
	field := c.of("55", "11", "type", "96", "8", "ClOrdID", "9999")
	if c.IntN(4) == 0 {
		return field + " in (A, BC, D*, x)"
	}
	return field + c.of("=", "!=", "~") + c.of("A", "BC", "A*", "*C", "*B*", "*", "''", "NewOrderSingle", "D", "55=BC", "FIX")
}

func (c chance) record() *record.Record {
	r := &record.Record{
		Kind: record.Kind(1 + c.IntN(7)), MsgSeqNum: record.MsgSeqNum(c.IntN(5)), Epoch: record.Epoch(1 + c.IntN(4)), Sequence: 1,
		Time: record.Nanos(now.Add(time.Duration(c.IntN(48)-36)*time.Hour - 50*time.Minute).UnixNano()),
	}
	if r.Kind == record.Event {
		r.Body = []byte(c.of("xBCx", "", "8=ABC", "55=A"))
	}
	if !r.Kind.IsMessage() {
		return r
	}
	fields := []string{"8=" + c.of("FIX", "A")}
	if c.IntN(10) == 0 {
		fields = nil
	}
	for range c.IntN(8) {
		fields = append(fields, c.of("55", "055", "11", "35", "44", "38", "60", "155", "5", "x")+"="+
			c.of("A", "BC", "ABC", "D", "", "1", "1.5", "-1.50", "0.5", "-0", "1e1", "-2", "-1.25", "20261123-09:30:00", "20261124-09:30:59", "2026", "55=BC"))
	}
	if c.IntN(3) == 0 {
		fields = append(fields, "95=6", "96="+c.of("\x0155=A\x01", "1\x0155=A", "ABCDEF"), "55="+c.of("A", "BC"))
	}
	r.Body = []byte(strings.Join(fields, "\x01") + c.of("\x01", ""))
	return r
}

func TestEvaluatorAgreesWithTheOracle(t *testing.T) {
	seed := rand.Uint64()
	c := chance{rand.New(rand.NewPCG(seed, 0))}
	logs := []Log{
		{Archive: "one", Name: "FIX:A->B", ID: record.LogID{Session: record.Identity{SenderCompID: "A", TargetSubID: "B"}}},
		{Archive: "two", Name: "FIX:B->A", ID: record.LogID{Session: record.Identity{SenderCompID: "B"}}},
	}
	matched := 0
	for range 20000 {
		text := c.expression(3)
		e := parsed(t, text)
		log := &logs[c.IntN(len(logs))]
		plan := e.For(log)
		for range 5 {
			r := c.record()
			want := oracle(e.root, log, r)
			if got := plan.Matches(r); got != want {
				t.Fatalf("seed %d: %s of %v %q in %s: got %v, want %v", seed, text, r.Kind, r.Body, log.Name, got, want)
			}
			if !want {
				continue
			}
			matched++
			if b := plan.Bounds; plan.Never() || b.Kinds>>r.Kind&1 == 0 || b.SeqFrom > uint64(r.MsgSeqNum) || b.SeqTill < uint64(r.MsgSeqNum) ||
				b.EpochFrom > uint64(r.Epoch) || b.EpochTo < uint64(r.Epoch) || b.TimeFrom > int64(r.Time) || b.TimeTill < int64(r.Time) {
				t.Fatalf("seed %d: %s: %v lies outside of the bounds %+v", seed, text, r, b)
			}
			if !plan.MayHold(bytes.Join([][]byte{[]byte("xx"), r.Body, []byte("5")}, nil)) {
				t.Fatalf("seed %d: %s: the hints pass over %q", seed, text, r.Body)
			}
		}
	}
	if matched < 10000 {
		t.Errorf("seed %d: only %d matched", seed, matched)
	}
}
