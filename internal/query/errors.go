package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says what of an expression cannot be understood, and where.
type Error struct {
	Text   string // the whole expression
	Offset int    // in bytes, at which the trouble begins
	Reason string // what is wrong, and what would be right
}

func (e *Error) Error() string {
	return fmt.Sprintf("query: %s (at character %d)", e.Reason, utf8.RuneCountInString(e.Text[:e.Offset])+1)
}

// placeWidth is how much of an expression is shown to either side of a place.
const placeWidth = 60

// Place is two lines: the expression, or the part of it that matters, and a caret below the place. What is no
// character to be seen stands as a dot in it.
func (e *Error) Place() string {
	before, behind := []rune(e.Text[:e.Offset]), []rune(e.Text[e.Offset:])
	var line strings.Builder
	if n := len(before) - placeWidth; n > 0 {
		before = before[n:]
		line.WriteString("… ")
	}
	cut := len(behind) > placeWidth
	behind = behind[:min(len(behind), placeWidth)]
	writeSeen(&line, before)
	at := utf8.RuneCountInString(line.String())
	writeSeen(&line, behind)
	if cut {
		line.WriteString(" …")
	}
	return line.String() + "\n" + strings.Repeat(" ", at) + "^"
}

func writeSeen(b *strings.Builder, text []rune) {
	for _, r := range text {
		switch {
		case r == '\t' || r == '\n':
			r = ' '
		case !unicode.IsPrint(r) || unicode.IsMark(r) || r == utf8.RuneError:
			r = '.'
		}
		b.WriteRune(r)
	}
}
