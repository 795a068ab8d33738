package dictionary

import (
	"slices"
	"strings"
	"sync"

	"github.com/fixarchive/fixarchive/spec/fix"
)

const (
	transport = "FIXT.1.1"
	newest    = "FIX.5.0SP2"
)

// applVersions are the values of ApplVerID (1128) and DefaultApplVerID (1137). Versions older than 4.0 have no facts.
var applVersions = [...]string{2: "FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", newest}

// Library is every version, with dictionaries of venues on top.
type Library struct {
	extra []*Dictionary // the last named first

	mu        sync.Mutex
	protocols map[string]*Protocol // by name; of 4.x over FIXT by name and transport
}

// NewLibrary returns one with dictionaries of venues on top of the versions that they name, the later on top of the earlier.
func NewLibrary(extra ...*Dictionary) *Library {
	l := &Library{extra: slices.Clone(extra), protocols: map[string]*Protocol{}}
	slices.Reverse(l.extra)
	return l
}

// Open is NewLibrary of files in QuickFIX's XML.
func Open(files ...string) (*Library, error) {
	var extra []*Dictionary
	for _, file := range files {
		d, err := Load(file)
		if err != nil {
			return nil, err
		}
		extra = append(extra, d)
	}
	return NewLibrary(extra...), nil
}

// Protocol returns the version that a message is of, by its BeginString (8), and over FIXT by its ApplVerID (1128) or, where
// it has none, what its session's Logon said in DefaultApplVerID (1137). Of a version that nobody knows the newest answers,
// and known is false: tags have hardly ever changed their meaning.
func (l *Library) Protocol(beginString, applVerID []byte) (p *Protocol, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if string(beginString) == transport {
		name, known := applVersion(applVerID)
		return l.protocol(name, true), known
	}
	if p := l.protocols[string(beginString)]; p != nil {
		return p, true
	}
	if name := string(beginString); l.has(name) {
		return l.protocol(name, strings.HasPrefix(name, "FIX.5")), true
	}
	return l.protocol(newest, true), false
}

func applVersion(id []byte) (name string, known bool) {
	if len(id) == 1 {
		if n := int(id[0] - '0'); n >= 2 && n < len(applVersions) {
			return applVersions[n], true
		}
	}
	return newest, false
}

func (l *Library) has(name string) bool {
	return slices.ContainsFunc(fix.Versions, func(v fix.Version) bool { return v.Name == name }) ||
		slices.ContainsFunc(l.extra, func(d *Dictionary) bool { return d.Version == name })
}

// protocol is called with mu held.
func (l *Library) protocol(name string, overTransport bool) *Protocol {
	key := name
	if overTransport && !strings.HasPrefix(name, "FIX.5") {
		key += " over " + transport
	}
	if p := l.protocols[key]; p != nil {
		return p
	}
	names := []string{name}
	if overTransport {
		names = append(names, transport)
	}
	var stack, extra []*Dictionary
	for _, name := range names {
		stack, extra = append(stack, l.of(name)...), append(extra, l.of(name)...)
		if d := standard(name); d != nil {
			stack = append(stack, d)
		}
	}
	p := newProtocol(name, stack)
	for _, d := range extra {
		p.addData(d)
	}
	l.protocols[key] = p
	return p
}

// of lists the venues' dictionaries for a version.
func (l *Library) of(version string) (found []*Dictionary) {
	for _, d := range l.extra {
		if d.Version == version {
			found = append(found, d)
		}
	}
	return found
}

// all goes through the dictionaries in the order in which names are looked up in them: venues', then the newest first.
func (l *Library) all(yield func(*Dictionary) bool) {
	for _, d := range l.extra {
		if !yield(d) {
			return
		}
	}
	versions := fix.Versions
	for i := range versions {
		name := versions[len(versions)-1-i].Name
		if name != transport && !yield(standard(name)) {
			return
		}
	}
	yield(standard(transport))
}

// MsgTypeByName returns the MsgType of the messages with a name, such as D for NewOrderSingle. Upper and lower case are
// the same. Where versions call different messages so, the newest counts.
func (l *Library) MsgTypeByName(name string) (msgType string, ok bool) {
	for d := range l.all {
		if m := d.MessageByName(name); m != nil {
			return m.Type, true
		}
	}
	return "", false
}

// MsgName returns the name of a MsgType, in the newest version that has it, or "".
func (l *Library) MsgName(msgType string) string {
	for d := range l.all {
		if m := d.MessageByType(msgType); m != nil {
			return m.Name
		}
	}
	return ""
}

// FieldByName returns nil for a name that no version knows. Upper and lower case are the same. Where versions call
// different tags so, the newest counts.
func (l *Library) FieldByName(name string) *Field {
	for d := range l.all {
		if f := d.FieldByName(name); f != nil {
			return f
		}
	}
	return nil
}

// FieldByTag returns nil for a tag that no version knows; else what the newest says that does.
func (l *Library) FieldByTag(tag int) *Field {
	for d := range l.all {
		if f := d.FieldByTag(tag); f != nil {
			return f
		}
	}
	return nil
}

// standards are parsed once for all libraries.
var standards = func() map[string]func() *Dictionary {
	parsed := map[string]func() *Dictionary{}
	for _, v := range fix.Versions {
		parsed[v.Name] = sync.OnceValue(func() *Dictionary {
			d, err := Parse(v.Facts)
			if err != nil {
				panic(err) // the file that is embedded is not what the generator makes
			}
			return d
		})
	}
	return parsed
}()

// standard returns nil for a version that has no facts.
func standard(version string) *Dictionary {
	if parse := standards[version]; parse != nil {
		return parse()
	}
	return nil
}
