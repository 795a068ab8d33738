package filestore

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// What files of each kind look like. A file that looks like none of them is damaged, and says nothing.
var (
	textHeader  = regexp.MustCompile(`^-?\d{1,19},-?\d{1,19},-?\d{1,19}(\s|$)`)
	goTime      = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:`)
	textTime    = regexp.MustCompile(`^\d{8}-\d\d:`)
	javaTime    = regexp.MustCompile(`^\x00[\x11-\x1f]\d{8}-\d\d:`)
	twoNumbers  = regexp.MustCompile(`^(\d+) : (\d+)`)
	javaNumbers = regexp.MustCompile(`^\x00[\x03-\x19]\d+:\d`)
	goNumber    = regexp.MustCompile(`^-?\d+\r?\n?$`)
	javaNumber  = regexp.MustCompile(`^\x00[\x01-\x0b]\d`)
)

// Who may have written what.
var (
	likeCPP    = setOf(QuickFIX, QuickFIX115, QuickFIXN)
	inText     = likeCPP | setOf(QuickFIXGo)
	ofJava     = setOf(QuickFIXJ, QuickFIXJCached)
	oneNumbers = likeCPP | setOf(QuickFIXJCached)
	twoFiles   = setOf(QuickFIXGo, QuickFIXJ)
	anyFormat  = inText | ofJava
	sayNothing = anyFormat
	preferred  = []Format{QuickFIXGo, QuickFIX, QuickFIX115, QuickFIXJ, QuickFIXJCached, QuickFIXN}
)

// lookedAtMost is how much of a file is looked at.
const lookedAtMost = 4096

// clue is what one file says of the format.
type clue struct {
	file string
	says formats
}

// looksLike says which formats have such a file.
func looksLike(ending string, b []byte) formats {
	switch ending {
	case headerFile:
		return headerLooks(b)
	case sessionFile:
		return firstOf(b, sayNothing, look{goTime, setOf(QuickFIXGo)}, look{textTime, likeCPP}, look{javaTime, ofJava})
	case senderFile, targetFile:
		return firstOf(b, twoFiles, look{goNumber, setOf(QuickFIXGo)}, look{javaNumber, setOf(QuickFIXJ)})
	case numbersFile:
		if n := twoNumbers.FindSubmatch(b); n != nil {
			return numbersLook(n, b)
		}
		return firstOf(b, oneNumbers, look{javaNumbers, setOf(QuickFIXJCached)})
	}
	return sayNothing
}

type look struct {
	like *regexp.Regexp
	says formats
}

func firstOf(b []byte, otherwise formats, looks ...look) formats {
	for _, l := range looks {
		if l.like.Match(b) {
			return l.says
		}
	}
	return otherwise
}

// numbersLook tells those apart that write N : N.
func numbersLook(n [][]byte, b []byte) formats {
	switch {
	case bytes.HasSuffix(b, []byte(" ")):
		return setOf(QuickFIXN)
	case len(n[1]) == 20:
		return setOf(QuickFIX, QuickFIXN)
	}
	return setOf(QuickFIX115)
}

// headerLooks goes by the first entry, and by what stands behind it.
func headerLooks(b []byte) formats {
	if m := textHeader.FindSubmatch(b); m != nil {
		switch string(m[1]) {
		case " ":
			return setOf(QuickFIX, QuickFIX115)
		case "\n":
			return setOf(QuickFIXGo, QuickFIXN)
		case "\r":
			return setOf(QuickFIXN)
		}
		return inText
	}
	if len(b) >= binarySize && !bytes.Equal(b[:binarySize], make([]byte, binarySize)) {
		if e := parseBinary(b); e.number > 0 && e.offset == 0 && e.size >= 0 {
			return ofJava
		}
	}
	return sayNothing
}

// UnknownFormatError says why a store's format cannot be told.
type UnknownFormatError struct {
	Prefix string
	clues  []clue
}

func (e *UnknownFormatError) Error() string {
	var looks []string
	for _, c := range e.clues {
		if c.says != sayNothing {
			looks = append(looks, fmt.Sprintf(".%s of %v", c.file, c.says))
		}
	}
	if looks == nil {
		return fmt.Sprintf("%q: its files say nothing of their format", e.Prefix)
	}
	return fmt.Sprintf("%q: its files do not say one format: %s", e.Prefix, strings.Join(looks, ", "))
}

// decide finds the format that all files agree about. Those that are read the same way need not be told apart.
func decide(prefix string, clues []clue) (Format, error) {
	left := anyFormat
	for _, c := range clues {
		left &= c.says
	}
	for _, f := range preferred {
		if !left.has(f) {
			continue
		}
		if left&^setOf(f) == 0 || likeCPP.has(f) && left&^likeCPP == 0 {
			return f, nil
		}
		break
	}
	return Unknown, &UnknownFormatError{prefix, clues}
}
