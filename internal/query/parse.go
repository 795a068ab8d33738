package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Options are what an expression does not say itself.
type Options struct {
	Names Names     // nil: WellKnown
	Now   time.Time // from which 2h and 09:30 count
}

const (
	textBytesMax = 1 << 20 // a list of orders may be long
	depthMax     = 200     // parentheses and nots within each other: parsing must not use up the stack
)

// Parse reads an expression. The error is an *Error. An empty text wants everything.
func Parse(text string, o Options) (*Expr, error) {
	p := parser{text: text, names: o.Names, now: o.Now}
	if p.names == nil {
		p.names = WellKnown
	}
	if len(text) > textBytesMax {
		return nil, p.fail(textBytesMax, "the expression goes on beyond %d bytes", textBytesMax)
	}
	e := &Expr{}
	if p.skipSpace(); p.at == len(text) {
		return e, nil
	}
	var err error
	if e.root, err = p.or(); err != nil {
		return nil, err
	}
	if p.at < len(text) {
		return nil, p.unexpected()
	}
	e.kinds = p.kinds
	return e, nil
}

// parser stands in an expression, before something that is no space.
type parser struct {
	text  string
	at    int
	depth int
	names Names
	now   time.Time
	kinds bool
}

func (p *parser) fail(at int, format string, args ...any) error {
	for at > 0 && at < len(p.text) && !utf8.RuneStart(p.text[at]) {
		at--
	}
	return &Error{Text: p.text, Offset: at, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) skipSpace() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// rest is what was not read yet.
func (p *parser) rest() string { return p.text[p.at:] }

// word returns the letters, digits, dots and underlines that p stands before.
func (p *parser) word() string {
	rest := p.rest()
	end := strings.IndexFunc(rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_'
	})
	if end < 0 {
		return rest
	}
	return rest[:end]
}

// take goes on behind text if p stands before it.
func (p *parser) take(text string) bool {
	if !strings.HasPrefix(p.rest(), text) {
		return false
	}
	p.at += len(text)
	p.skipSpace()
	return true
}

func (p *parser) takeWord(word string) bool { return p.word() == word && p.take(word) }

// or reads what or joins.
func (p *parser) or() (node, error) {
	all, err := p.joined("or", p.and)
	if len(all) == 1 {
		return all[0], err
	}
	return anyOf(all), err
}

func (p *parser) and() (node, error) {
	all, err := p.joined("and", p.not)
	if len(all) == 1 {
		return all[0], err
	}
	return allOf(all), err
}

func (p *parser) joined(word string, next func() (node, error)) (all []node, err error) {
	for {
		n, err := next()
		if err != nil {
			return nil, err
		}
		if all = append(all, n); !p.takeWord(word) {
			return all, nil
		}
	}
}

func (p *parser) not() (node, error) {
	if p.depth++; p.depth > depthMax {
		return nil, p.fail(p.at, "more than %d parentheses and nots lie within each other here", depthMax)
	}
	defer func() { p.depth-- }()
	if p.takeWord("not") {
		n, err := p.not()
		return &not{n}, err
	}
	if at := p.at; p.take("(") {
		n, err := p.or()
		if err == nil && !p.take(")") {
			if p.at == len(p.text) {
				return nil, p.fail(at, "the parenthesis is not closed")
			}
			return nil, p.unexpected()
		}
		return n, err
	}
	return p.test()
}

// unexpected says that what p stands before cannot follow what is before it.
func (p *parser) unexpected() error {
	switch word := p.word(); {
	case word == "" && p.rest()[0] == ')':
		return p.fail(p.at, "no parenthesis is open here")
	case word == "" && p.rest()[0] == ',':
		return p.fail(p.at, "a comma stands between the values of a list only: 35 in (D, 8); within a value it needs quotes")
	case strings.EqualFold(word, "and"), strings.EqualFold(word, "or"):
		return p.fail(p.at, "%s is written in small letters", strings.ToLower(word))
	}
	return p.fail(p.at, "another test must follow and or or; a value with a space, a parenthesis or a quote in it needs quotes")
}

// test reads SUBJECT OP VALUE or SUBJECT in (VALUE, …).
func (p *parser) test() (node, error) {
	t := &test{}
	at := p.at
	if err := p.subject(t); err != nil {
		return nil, err
	}
	p.kinds = p.kinds || t.subject == subjectKind
	if p.takeWord("in") {
		return t, p.list(t)
	}
	if err := p.op(t, at); err != nil {
		return nil, err
	}
	v, err := p.value(t)
	t.values = []value{v}
	return t, err
}

// subject reads what a test is about: one of ours, a tag, or a tag's name.
func (p *parser) subject(t *test) error {
	t.name = p.word()
	tag, isTag := strconv.Atoi(t.name)
	known := subjectEnd
	for s := subjectArchive; s < subjectEnd; s++ {
		if subjects[s] == t.name {
			known = s
		}
	}
	switch {
	case t.name == "":
		return p.noTest()
	case known != subjectEnd:
		t.subject, t.tag = known, 35 // of a type
	case isTag == nil && tag > 0 && tag < 1<<31 && t.name[0] != '0':
		t.tag = tag
	case t.name[0] >= '0' && t.name[0] <= '9':
		return p.fail(p.at, "no field has this tag: it is a number from 1 without zeros before it")
	default:
		var ok bool
		if t.tag, ok = p.names.FieldByName(t.name); !ok {
			return p.noSuchName(t.name)
		}
	}
	if t.tag == 35 && t.subject == subjectTag {
		t.subject = subjectType
	}
	p.at += len(t.name)
	p.skipSpace()
	return nil
}

func (p *parser) noTest() error {
	switch {
	case p.at == len(p.text):
		return p.fail(p.at, "a test is missing at the end, such as 35=8")
	case strings.ContainsRune(`"'`, rune(p.rest()[0])):
		return p.fail(p.at, "a test begins with what it is about: text~%s looks for a text", "…")
	}
	return p.fail(p.at, "a test begins with a tag, a tag's name, or one of %s", ours())
}

func (p *parser) noSuchName(name string) error {
	switch {
	case strings.EqualFold(name, "not"), strings.EqualFold(name, "and"), strings.EqualFold(name, "or"):
		if name == strings.ToLower(name) {
			return p.fail(p.at, "a test is missing before %s, such as 35=8", name)
		}
		return p.fail(p.at, "%s is written in small letters", strings.ToLower(name))
	}
	if near := likely(name, p.names); near != "" {
		return p.fail(p.at, "no field is called so; is %s meant?", near)
	}
	return p.fail(p.at, "no field is called so: give a tag, a name as FIX has it, such as ClOrdID, or one of %s", ours())
}

func ours() string {
	return strings.Join(subjects[subjectArchive:subjectEnd-1], ", ") + " and " + subjects[subjectEnd-1]
}

// op reads how a test compares.
func (p *parser) op(t *test, subjectAt int) error {
	for _, o := range ops {
		if !strings.HasPrefix(p.rest(), o.text) {
			continue
		}
		if !t.subject.takes(o.op) {
			return p.fail(p.at, "%s cannot be asked by %s: %s takes %s", t.name, o.text, t.name, t.subject.operators())
		}
		t.op = o.op
		p.take(o.text)
		return nil
	}
	if p.at == len(p.text) {
		return p.fail(subjectAt, "%s is no test yet: =, !=, <, <=, >, >=, ~ or in must follow, such as %s=…", t.name, t.name)
	}
	return p.fail(p.at, "%s must be followed by =, !=, <, <=, >, >=, ~ or in (…, …)", t.name)
}

// operators are the characters with which no value begins: one that does was meant as a comparison.
const operators = "=<>~!"

// list reads (VALUE, …).
func (p *parser) list(t *test) error {
	at := p.at
	if !p.take("(") {
		return p.fail(p.at, "in is followed by a list: %s in (…, …)", t.name)
	}
	t.list = true
	for {
		v, err := p.value(t)
		if err != nil {
			return err
		}
		t.values = append(t.values, v)
		switch {
		case p.take(")"):
			return nil
		case p.take(","):
		case p.at == len(p.text):
			return p.fail(at, "the list is not closed")
		default:
			return p.fail(p.at, "a comma or a parenthesis must follow a value of a list; a value with a space in it needs quotes")
		}
	}
}

// value reads a value, in quotes or not.
func (p *parser) value(t *test) (v value, err error) {
	at := p.at
	r, _ := utf8.DecodeRuneInString(p.rest())
	switch {
	case p.at == len(p.text), endsValue(r) && r != '"' && r != '\'':
		return v, p.fail(p.at, "a value is missing; an empty one is written ''")
	case r == '"' || r == '\'':
		p.at++
		v.text, err = p.characters(func(c rune) bool { return c == r })
		if err == nil && p.at == len(p.text) {
			err = p.fail(at, "the quote is not closed")
		}
		p.at++
	case strings.ContainsRune(operators, r):
		return v, p.fail(p.at, "%s%c is no comparison; a value that begins with %c needs quotes", t.op, r, r)
	default:
		v.text, err = p.characters(endsValue)
	}
	if err != nil {
		return v, err
	}
	if r, _ := utf8.DecodeRuneInString(p.rest()); p.at < len(p.text) && (r == '"' || r == '\'') {
		return v, p.fail(p.at, "a quote within a value: put all of the value in quotes of the other kind, or write \\%c", r)
	}
	p.skipSpace()
	if why := p.understand(t, &v); why != nil {
		return v, p.fail(at, "%v", why)
	}
	return v, nil
}

// characters reads up to an end, and what is behind a backslash.
func (p *parser) characters(ends func(rune) bool) (pattern, error) {
	pieces := pattern{nil}
	add := func(b ...byte) { pieces[len(pieces)-1] = append(pieces[len(pieces)-1], b...) }
	for p.at < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.rest())
		switch {
		case ends(r):
			return pieces, nil
		case r == '\\':
			c, err := p.escape()
			if err != nil {
				return nil, err
			}
			add(c)
			continue
		case r != '*':
			add([]byte(p.text[p.at : p.at+n])...)
		case len(pieces) == 1 || len(pieces[len(pieces)-1]) > 0: // two stars are one
			pieces = append(pieces, nil)
		}
		p.at += n
	}
	return pieces, nil
}

// escape reads \* \\ \" \' and \xNN.
func (p *parser) escape() (byte, error) {
	rest := p.rest()
	if len(rest) >= 2 && strings.IndexByte(`*\"'`, rest[1]) >= 0 {
		p.at += 2
		return rest[1], nil
	}
	if len(rest) >= 4 && rest[1] == 'x' {
		if c, err := strconv.ParseUint(rest[2:4], 16, 8); err == nil {
			p.at += 4
			return byte(c), nil
		}
	}
	return 0, p.fail(p.at, `a backslash stands before *, \, a quote, or xNN for a byte: \* \\ \" \' \x01`)
}
