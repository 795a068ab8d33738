package query

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a text in which stars stand for any bytes: the pieces between the stars, of which the first and the last
// may be empty. One piece is a text without a star.
type pattern [][]byte

func textPattern(s string) pattern { return pattern{[]byte(s)} }

// literal is the text of a pattern without a star.
func (p pattern) literal() (string, bool) {
	if len(p) != 1 {
		return "", false
	}
	return string(p[0]), true
}

// matches reports whether all of b is as p says.
func (p pattern) matches(b []byte) bool {
	if len(p) == 1 {
		return bytes.Equal(p[0], b)
	}
	first, last := p[0], p[len(p)-1]
	if len(b) < len(first)+len(last) || !bytes.HasPrefix(b, first) || !bytes.HasSuffix(b, last) {
		return false
	}
	return p[1 : len(p)-1].within(b[len(first) : len(b)-len(last)])
}

// within reports whether b holds the pieces of p in their order. To take each where it comes first is never wrong.
func (p pattern) within(b []byte) bool {
	for _, piece := range p {
		at := bytes.Index(b, piece)
		if at < 0 {
			return false
		}
		b = b[at+len(piece):]
	}
	return true
}

// longest is the longest piece.
func (p pattern) longest() []byte {
	var longest []byte
	for _, piece := range p {
		if len(piece) > len(longest) {
			longest = piece
		}
	}
	return longest
}

// String is the pattern as it is written in an expression, in quotes where it must be.
func (p pattern) String() string {
	quoted := len(p) == 1 && len(p[0]) == 0 || len(p[0]) > 0 && strings.IndexByte(operators, p[0][0]) >= 0
	var b strings.Builder
	for i, piece := range p {
		if i > 0 {
			b.WriteByte('*')
		}
		for len(piece) > 0 {
			r, n := utf8.DecodeRune(piece)
			quoted = writeEscaped(&b, r, piece[:n]) || quoted
			piece = piece[n:]
		}
	}
	if quoted {
		return `"` + b.String() + `"`
	}
	return b.String()
}

// writeEscaped adds a character so that a value may hold it, and reports whether the value needs quotes for that.
func writeEscaped(b *strings.Builder, r rune, as []byte) (quotes bool) {
	switch {
	case r == '*' || r == '\\' || r == '"':
		b.WriteByte('\\')
		b.WriteRune(r)
		return r == '"'
	case r == utf8.RuneError || r == 0x7f || !unicode.IsPrint(r):
		for _, c := range as {
			const digits = "0123456789abcdef"
			b.Write([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
		}
		return false
	}
	b.Write(as)
	return endsValue(r)
}

// endsValue reports whether a character ends a value that is not in quotes.
func endsValue(r rune) bool {
	return strings.ContainsRune("()'\",", r) || unicode.IsSpace(r)
}
