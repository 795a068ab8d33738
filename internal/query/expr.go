package query

import (
	"strings"
)

// Expr is an expression that was understood. The zero Expr wants everything.
type Expr struct {
	root  node
	kinds bool // a kind is asked for somewhere
}

// String is the expression in one spelling: as few parentheses as it needs, values in quotes where they must be. Parse
// makes the same Expr of it.
func (e *Expr) String() string {
	if e.root == nil {
		return ""
	}
	var b strings.Builder
	e.root.print(&b, 0)
	return b.String()
}

// AsksForKinds reports whether the expression says itself which kinds of record it is about.
func (e *Expr) AsksForKinds() bool { return e.kinds }

// node is a part of an expression: allOf, anyOf, *not or *test.
type node interface {
	// print adds the node to b, in parentheses when what stands around it binds more tightly.
	print(b *strings.Builder, around int)
}

type (
	allOf []node // two at least
	anyOf []node // two at least
	not   struct{ of node }
)

// test asks one thing of a record.
type test struct {
	subject subject
	name    string // of the subject, as it was written
	tag     int    // of subjectTag
	op      op
	list    bool // several values, any of which will do
	values  []value
}

// How tightly each binds.
const (
	bindsOr = iota + 1
	bindsAnd
	bindsNot
)

func (n anyOf) print(b *strings.Builder, around int) { printJoined(b, n, " or ", bindsOr, around) }
func (n allOf) print(b *strings.Builder, around int) { printJoined(b, n, " and ", bindsAnd, around) }

// printJoined puts an and in parentheses within an and too: somebody wrote it so.
func printJoined(b *strings.Builder, nodes []node, word string, binds, around int) {
	if around >= binds {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(word)
		}
		n.print(b, binds)
	}
}

func (n *not) print(b *strings.Builder, _ int) {
	b.WriteString("not ")
	n.of.print(b, bindsNot)
}

func (t *test) print(b *strings.Builder, _ int) {
	b.WriteString(t.name)
	if !t.list {
		b.WriteString(t.op.String())
		b.WriteString(t.values[0].text.String())
		return
	}
	b.WriteString(" in (")
	for i := range t.values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.values[i].text.String())
	}
	b.WriteByte(')')
}

// op is how a test compares.
type op uint8

const (
	equal     op = iota // the same bytes; of numbers and times: the same, or within
	notEqual            // there, and nothing of it equal
	sameValue           // the same number or time, however it is written
	less
	lessEqual
	greater
	greaterEqual
	contains
)

// ops are the spellings, each before those that it begins with.
var ops = [...]struct {
	text string
	op   op
}{{"==", sameValue}, {"!=", notEqual}, {"<=", lessEqual}, {">=", greaterEqual}, {"=", equal}, {"<", less}, {">", greater}, {"~", contains}}

func (o op) String() string {
	for _, s := range ops {
		if s.op == o {
			return s.text
		}
	}
	return "?"
}

// ordered reports whether o asks which of two is the smaller.
func (o op) ordered() bool { return o >= less && o <= greaterEqual }
