package session

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/fixarchive/fixarchive/internal/record"
)

// A log's directory is named by an escape of its LogID that any file system takes, and that leads back:
//
//	FIX.4.4,GATEWAY,VENUE                     the usual session
//	FIX.4.4,GATEWAY+DESK+LDN,VENUE,2@relay    sub and location IDs, a qualifier, another source than the hook
//	FIX.4.4,%2E%2E%2F%2E%2E%2F~etc,V~enue     hostile or merely mixed
//	@global                                   no session at all
//
// Letters and digits stand for themselves, and so do - and _ and . within a part. Everything else is %XX, among it
// every character that separates parts, whatever leads or ends a part and is no letter or digit, and a dot that follows
// neither. Each part begins in capitals and ~ changes between capitals and small letters (the source begins in small
// ones): two names that differ at all differ on a file system that takes a for A, too. The first character of a
// name that Windows keeps for a device is escaped.
//
// A name that would be longer than nameBytesMax ends in # and a hash of the whole identity.
const (
	nameBytesMax = 200
	hashDigits   = 40
)

// Why a directory's name does not lead to a LogID.
var (
	// ErrHashedName: the identity was too long for a name. It stands in the header of each segment.
	ErrHashedName = errors.New("the name holds a hash, the identity is in the segments' headers")
	// ErrNotName: DirName gives no log this name.
	ErrNotName = errors.New("not the name of a log's directory")
)

// DirName is the name of the directory that keeps id.
func DirName(id record.LogID) string {
	name := escaped(id)
	if reserved(name) {
		name = fmt.Sprintf("%%%02X%s", name[0], name[1:])
	}
	if len(name) <= nameBytesMax {
		return name
	}
	sum := sha256.Sum256(record.AppendLogID(nil, id))
	hash := fmt.Sprintf("#%X", sum)[:1+hashDigits]
	return name[:nameBytesMax-len(hash)] + hash
}

// ParseDirName is the log that DirName gives this name.
func ParseDirName(name string) (record.LogID, error) {
	if strings.IndexByte(name, '#') >= 0 {
		return record.LogID{}, fmt.Errorf("%q: %w", name, ErrHashedName)
	}
	// Reading is generous: what DirName would have written otherwise is found out by writing it again.
	id, ok := unescaped(name)
	if !ok || DirName(id) != name {
		return record.LogID{}, fmt.Errorf("%q: %w", name, ErrNotName)
	}
	return id, nil
}

// escaped is the name before anything is done about its length and beginning.
func escaped(id record.LogID) string {
	var b strings.Builder
	s := &id.Session
	if *s != (record.Identity{}) {
		escape(&b, s.BeginString)
		b.WriteByte(',')
		escapeParty(&b, s.SenderCompID, s.SenderSubID, s.SenderLocationID)
		b.WriteByte(',')
		escapeParty(&b, s.TargetCompID, s.TargetSubID, s.TargetLocationID)
		if s.Qualifier != "" {
			b.WriteByte(',')
			escape(&b, s.Qualifier)
		}
	}
	if id.Source != record.Hook || b.Len() == 0 {
		b.WriteByte('@')
		escapeFrom(&b, string(id.Source), true)
	}
	return b.String()
}

func escapeParty(b *strings.Builder, comp, sub, location string) {
	escape(b, comp)
	if sub != "" || location != "" {
		b.WriteByte('+')
		escape(b, sub)
	}
	if location != "" {
		b.WriteByte('+')
		escape(b, location)
	}
}

func escape(b *strings.Builder, part string) { escapeFrom(b, part, false) }

func escapeFrom(b *strings.Builder, part string, small bool) {
	for i := range len(part) {
		c := part[i]
		switch {
		case alphanumeric(c):
			if letter := c >= 'A'; letter && c >= 'a' != small {
				b.WriteByte('~')
				small = !small
			}
			b.WriteByte(c)
		case inner(part, i):
			b.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
}

func alphanumeric(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// inner reports whether the i-th byte is punctuation that may stand for itself where it is.
func inner(part string, i int) bool {
	if i == 0 || i == len(part)-1 {
		return false
	}
	switch part[i] {
	case '-', '_':
		return true
	case '.':
		return alphanumeric(part[i-1])
	}
	return false
}

// reserved reports whether Windows takes a name for a device: some words do, alone or before a dot.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(stem)
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '0' && stem[3] <= '9'
}

func unescaped(name string) (id record.LogID, ok bool) {
	session, source, named := strings.Cut(name, "@")
	if !named {
		id.Source = record.Hook
	} else if !unescape(source, (*string)(&id.Source)) {
		return id, false
	}
	if session == "" {
		return id, named
	}
	fields := strings.Split(session, ",")
	if len(fields) < 3 || len(fields) > 4 {
		return id, false
	}
	s := &id.Session
	ok = unescapeParts(fields[0], &s.BeginString) &&
		unescapeParts(fields[1], &s.SenderCompID, &s.SenderSubID, &s.SenderLocationID) &&
		unescapeParts(fields[2], &s.TargetCompID, &s.TargetSubID, &s.TargetLocationID)
	if ok && len(fields) == 4 {
		ok = unescapeParts(fields[3], &s.Qualifier)
	}
	return id, ok
}

// unescapeParts reads a field of at most as many parts.
func unescapeParts(field string, parts ...*string) bool {
	written := strings.Split(field, "+")
	if len(written) > len(parts) {
		return false
	}
	for i, w := range written {
		if !unescape(w, parts[i]) {
			return false
		}
	}
	return true
}

// unescape reads a part. It does not ask whether a ~ is where it should be.
func unescape(w string, part *string) bool {
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		switch w[i] {
		case '~':
		case '%':
			if i+2 >= len(w) {
				return false
			}
			b.WriteByte(digit(w[i+1])<<4 | digit(w[i+2]))
			i += 2
		default:
			b.WriteByte(w[i])
		}
	}
	*part = b.String()
	return true
}

func digit(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}
