package fixwire

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultSecrets is what ParseSecrets takes for "default": Password, NewPassword and their encrypted forms wherever they
// stand, and the RawData of the two messages that authenticate somebody with it, Logon and UserRequest.
const DefaultSecrets = "554,925,1402,1404,96:A,96:BE"

// Secrets says which fields nobody is to see who did not ask for them. It does not change, and any goroutine may use it.
// A nil *Secrets is that of DefaultSecrets.
type Secrets struct {
	rules []secretRule // by tag
	maybe uint64       // the bit tag%64 of each: nearly every field of a message asks and is none
}

type secretRule struct {
	tag   int
	types []string // the MsgTypes in which it is one; nil: all
}

var usual = func() *Secrets {
	s, err := ParseSecrets(DefaultSecrets)
	if err != nil {
		panic(err) // a constant of ours
	}
	return s
}()

// ParseSecrets reads a list such as "default,448,58:j": tags with commas between them, each with the MsgType in which it is
// a secret, or without one for all of them.
func ParseSecrets(text string) (*Secrets, error) {
	s := &Secrets{}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if word == "default" {
			word = DefaultSecrets
		}
		for one := range strings.SplitSeq(word, ",") {
			if err := s.add(one); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(s.rules, func(a, b secretRule) int { return a.tag - b.tag })
	return s, nil
}

func (s *Secrets) add(word string) error {
	digits, msgType, typed := strings.Cut(word, ":")
	n, ok := parseUint([]byte(digits))
	switch {
	case !ok || n == 0 || n > tagMax, typed && msgType == "":
		return fmt.Errorf("%q is no tag and no TAG:MSGTYPE; give a list such as default,448,58:j", word)
	case n == 8 || n == 9 || n == 10 || n == 35:
		return fmt.Errorf("tag %d cannot be masked: 8, 9, 35 and 10 are what makes a message one", n)
	}
	rule := secretRule{tag: int(n)}
	s.maybe |= 1 << (n % 64)
	if typed {
		rule.types = []string{msgType}
	}
	at := slices.IndexFunc(s.rules, func(r secretRule) bool { return r.tag == rule.tag })
	switch {
	case at < 0:
		s.rules = append(s.rules, rule)
	case !typed || s.rules[at].types == nil:
		s.rules[at].types = nil
	case !slices.Contains(s.rules[at].types, msgType):
		s.rules[at].types = append(s.rules[at].types, msgType)
	}
	return nil
}

// String is the list that ParseSecrets would read.
func (s *Secrets) String() string {
	if s == nil {
		s = usual
	}
	var words []string
	for _, r := range s.rules {
		if r.types == nil {
			words = append(words, fmt.Sprint(r.tag))
		}
		for _, t := range r.types {
			words = append(words, fmt.Sprintf("%d:%s", r.tag, t))
		}
	}
	return strings.Join(words, ",")
}

// Holds reports whether a tag is secret in a message of a type. Where the type is not known, it is.
func (s *Secrets) Holds(tag int, msgType []byte) bool {
	if s == nil {
		s = usual
	}
	if s.maybe>>(tag%64)&1 == 0 {
		return false
	}
	for i := range s.rules {
		if r := &s.rules[i]; r.tag == tag {
			return r.types == nil || len(msgType) == 0 || slices.Contains(r.types, string(msgType))
		}
	}
	return false
}
