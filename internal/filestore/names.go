package filestore

import (
	"fmt"
	"strings"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// ID names a session as quickfix does; the fields are those of its SessionID, in its order.
type ID struct {
	BeginString, TargetCompID, TargetSubID, TargetLocationID, SenderCompID, SenderSubID, SenderLocationID, Qualifier string
}

// String is quickfix's spelling.
func (id ID) String() string {
	sender := joined("/", id.SenderCompID, id.SenderSubID, id.SenderLocationID)
	target := joined("/", id.TargetCompID, id.TargetSubID, id.TargetLocationID)
	return joined(":", id.BeginString, sender+"->"+target, id.Qualifier)
}

// joined leaves out what is empty, but for the first.
func joined(by, first string, more ...string) string {
	for _, part := range more {
		if part != "" {
			first += by + part
		}
	}
	return first
}

// Prefix is what the names of a session's files begin with. QuickFIX C++ knows no sub and location ids.
func (f Format) Prefix(id ID) string {
	if f == QuickFIX || f == QuickFIX115 {
		id.SenderSubID, id.SenderLocationID, id.TargetSubID, id.TargetLocationID = "", "", "", ""
	}
	sender := joined("_", id.SenderCompID, id.SenderSubID, id.SenderLocationID)
	target := joined("_", id.TargetCompID, id.TargetSubID, id.TargetLocationID)
	name := joined("-", id.BeginString+"-"+sender+"-"+target, id.Qualifier)
	if f.isJava() {
		name = strings.Map(javaLetter, name)
	}
	return name
}

// javaLetter is what QuickFIX/J makes of a character in a file's name.
func javaLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
		return r
	}
	return '_'
}

// nameBytesMost is what file systems take, less the ending.
const nameBytesMost = 255 - len(".targetseqnums")

// FileName is Prefix for a file that is to be written. It refuses ids whose files would lie elsewhere than in the directory:
// peers may have chosen them.
func (f Format) FileName(id ID) (string, error) {
	name := f.Prefix(id)
	switch {
	case strings.ContainsAny(name, "/\\\x00"):
		return "", fmt.Errorf("%q cannot stand in a file's name: %s has no store of this session in one directory; "+
			"quickfixj writes _ for such characters", name, f)
	case len(name) > nameBytesMost:
		return "", fmt.Errorf("a file's name of %d bytes, and at most %d can be had: the ids are too long", len(name), nameBytesMost)
	case id.BeginString == "" || id.SenderCompID == "" || id.TargetCompID == "":
		return "", fmt.Errorf("%q is no session: BeginString, SenderCompID and TargetCompID are needed", id)
	}
	return name, nil
}

// AmbiguousNameError is the answer of Store.ID when neither the name nor the messages say which session it is.
type AmbiguousNameError struct {
	Prefix     string
	Candidates []ID   // some that it may be; none: the name is not made of ids
	Message    string // whose a message of it is, where that does not fit the name
}

func (e *AmbiguousNameError) Error() string {
	if len(e.Candidates) == 0 {
		return fmt.Sprintf("%q is not the name of a store: want BEGINSTRING-SENDER-TARGET", e.Prefix)
	}
	text := fmt.Sprintf("%q may be the store of %s", e.Prefix, orList(e.Candidates))
	if e.Message != "" {
		text += fmt.Sprintf(", and its messages are of %q", e.Message)
	}
	return text
}

// orList is a list with at most a few.
func orList(ids []ID) string {
	const shown = 6
	var b strings.Builder
	for i, id := range ids {
		switch {
		case i == shown:
			fmt.Fprintf(&b, " and others")
			return b.String()
		case i > 0:
			b.WriteString(" or ")
		}
		fmt.Fprintf(&b, "%q", id.String())
	}
	return b.String()
}

// identify says whose store has a name. A message of it decides where the name alone does not.
func (f Format) identify(prefix string, m *fixwire.Message) (ID, error) {
	all := f.candidates(prefix)
	if m == nil {
		if len(all) == 1 && !(f.isJava() && strings.Contains(prefix, "_")) {
			return all[0], nil
		}
		return ID{}, &AmbiguousNameError{Prefix: prefix, Candidates: all}
	}
	switch sure := f.ofMessage(prefix, m); len(sure) {
	case 0:
		whose := ID{BeginString: string(m.BeginString), SenderCompID: string(m.SenderCompID), TargetCompID: string(m.TargetCompID)}
		return ID{}, &AmbiguousNameError{prefix, all, whose.String()}
	case 1:
		return sure[0], nil
	default:
		return ID{}, &AmbiguousNameError{Prefix: prefix, Candidates: sure}
	}
}

// ofMessage lists the ids that a message and the name of its store agree about. Sub and location ids of a message need not
// be its session's.
func (f Format) ofMessage(prefix string, m *fixwire.Message) (ids []ID) {
	base := ID{BeginString: string(m.BeginString), SenderCompID: string(m.SenderCompID), TargetCompID: string(m.TargetCompID)}
	optional := []struct {
		to    func(*ID) *string
		value string
	}{
		{func(id *ID) *string { return &id.SenderSubID }, string(m.SenderSubID)},
		{func(id *ID) *string { return &id.SenderLocationID }, string(m.SenderLocationID)},
		{func(id *ID) *string { return &id.TargetSubID }, string(m.TargetSubID)},
		{func(id *ID) *string { return &id.TargetLocationID }, string(m.TargetLocationID)},
	}
	if f == QuickFIX || f == QuickFIX115 {
		optional = nil
	}
	for choice := range 1 << len(optional) {
		id, useful := base, true
		for i, o := range optional {
			if choice&(1<<i) != 0 {
				useful = useful && o.value != ""
				*o.to(&id) = o.value
			}
		}
		if !useful {
			continue
		}
		name := f.Prefix(id)
		if rest, ok := strings.CutPrefix(prefix, name+"-"); ok && rest != "" {
			id.Qualifier = rest
		} else if prefix != name {
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

// candidatesMost bounds what a name full of dashes may cost.
const candidatesMost = 16

// candidates lists ids that a name can be made of, the simplest first.
func (f Format) candidates(prefix string) (ids []ID) {
	begin, rest, ok := strings.Cut(prefix, "-")
	if !ok || begin == "" {
		return nil
	}
	parts := strings.Split(rest, "-")
	for i := 1; i < len(parts); i++ {
		ids = f.withParties(ids, ID{BeginString: begin}, parts[:i], parts[i:])
	}
	for i := 1; i < len(parts); i++ {
		for j := i + 1; j < len(parts) && len(ids) < candidatesMost; j++ {
			if qualifier := strings.Join(parts[j:], "-"); qualifier != "" {
				ids = f.withParties(ids, ID{BeginString: begin, Qualifier: qualifier}, parts[:i], parts[i:j])
			}
		}
	}
	return ids
}

// withParties adds id with every way to read the names of sender and target.
func (f Format) withParties(ids []ID, id ID, sender, target []string) []ID {
	if len(ids) >= candidatesMost {
		return ids
	}
	for _, s := range f.parties(strings.Join(sender, "-")) {
		for _, t := range f.parties(strings.Join(target, "-")) {
			if len(ids) >= candidatesMost {
				return ids
			}
			id.SenderCompID, id.SenderSubID, id.SenderLocationID = s[0], s[1], s[2]
			id.TargetCompID, id.TargetSubID, id.TargetLocationID = t[0], t[1], t[2]
			ids = append(ids, id)
		}
	}
	return ids
}

// parties lists the ways to read COMP, COMP_SUB, COMP_LOCATION or COMP_SUB_LOCATION; there is none where it is empty.
func (f Format) parties(name string) (ways [][3]string) {
	if name == "" {
		return nil
	}
	ways = append(ways, [3]string{name})
	if f == QuickFIX || f == QuickFIX115 {
		return ways
	}
	words := strings.Split(name, "_")
	for i := len(words) - 1; i > 0 && len(ways) < candidatesMost; i-- {
		comp, more := strings.Join(words[:i], "_"), strings.Join(words[i:], "_")
		if comp == "" || more == "" {
			continue
		}
		ways = append(ways, [3]string{comp, more, ""}, [3]string{comp, "", more})
		if sub, location, ok := strings.Cut(more, "_"); ok && sub != "" && location != "" {
			ways = append(ways, [3]string{comp, sub, location})
		}
	}
	return ways
}
