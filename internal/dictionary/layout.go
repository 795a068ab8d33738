package dictionary

import (
	"strconv"
	"strings"
	"sync"
)

// Layout is what may stand in a message, or in an entry of a group: its members, those of components among them. It is put
// together when it is first used: a message of FIX 5.0 SP2 has some hundred groups, of which few are ever met.
type Layout struct {
	protocol *Protocol
	sources  []source

	once    sync.Once
	members []Member
	table   tagTable
}

// source is members as a dictionary has them. Of several, the first that has a member counts.
type source struct {
	in      *Dictionary
	members string
}

// Member is a field that belongs to a message or to an entry of a group.
type Member struct {
	Field    *Field
	Required bool
	Group    *Layout // what an entry holds, if Field counts entries; else nil
}

// Find returns the place of the member with a tag, or -1.
func (l *Layout) Find(tag int) int {
	l.once.Do(l.expand)
	return l.table.find(tag)
}

// Member returns the member at a place.
func (l *Layout) Member(at int) *Member { return &l.members[at] }

// Len is the number of members; a group counts as one.
func (l *Layout) Len() int {
	l.once.Do(l.expand)
	return len(l.members)
}

func (l *Layout) expand() {
	for _, s := range l.sources {
		l.take(s, true)
	}
}

// take adds the members of s, of a component that is required or not.
func (l *Layout) take(s source, required bool) {
	for rest := s.members; rest != ""; {
		var m written
		m, rest = nextMember(rest)
		if m.component != "" {
			l.take(source{s.in, s.in.components[m.component]}, required && m.required)
			continue
		}
		at := l.table.find(m.tag)
		if at < 0 {
			at = len(l.members)
			l.table.add(m.tag, at)
			l.members = append(l.members, Member{Field: l.protocol.known(m.tag), Required: required && m.required})
		}
		if m.entry != "" {
			member := &l.members[at]
			if member.Group == nil {
				member.Group = &Layout{protocol: l.protocol}
			}
			member.Group.sources = append(member.Group.sources, source{s.in, m.entry})
		}
	}
}

// written is a member as facts have it: 54, 453!(448 447), @Parties!
type written struct {
	tag       int
	component string
	required  bool
	entry     string // the members of a group's entry
}

// nextMember cuts the first member off text. Facts are well-formed: Parse's callers have seen to that.
func nextMember(text string) (m written, rest string) {
	end := strings.IndexAny(text, " (")
	if end < 0 {
		end = len(text)
	}
	word, rest := text[:end], text[end:]
	word, m.required = strings.CutSuffix(word, "!")
	if name, ok := strings.CutPrefix(word, "@"); ok {
		m.component = name
	} else {
		m.tag, _ = strconv.Atoi(word)
	}
	if strings.HasPrefix(rest, "(") {
		m.entry, rest = parenthesis(rest)
	}
	return m, strings.TrimPrefix(rest, " ")
}

// parenthesis returns what stands in the parentheses that text begins with, and behind them.
func parenthesis(text string) (inner, rest string) {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return text[1:i], text[i+1:]
			}
		}
	}
	return text[1:], ""
}
