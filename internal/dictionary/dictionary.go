package dictionary

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fixarchive/fixarchive/internal/dictionary/xmlfacts"
)

// Dictionary is what one file says about one version of FIX.
type Dictionary struct {
	Version string // "FIX.4.4", "FIX.5.0SP2", "FIXT.1.1"

	fields          []Field // in the order of their tags
	messages        []Message
	header, trailer string            // members, as spec/fix has them
	components      map[string]string // members of each
}

// Message is a type of message.
type Message struct {
	Type    string // 35
	Name    string
	Admin   bool // one of the session's own
	members string
}

// Load reads a venue's dictionary in QuickFIX's XML. Errors name file, line and element.
func Load(path string) (*Dictionary, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	facts, err := xmlfacts.Facts(path, in)
	if err != nil {
		return nil, err
	}
	return Parse(string(facts))
}

// Parse reads facts as spec/fix describes them. What it returns keeps slices of them.
func Parse(facts string) (*Dictionary, error) {
	d := &Dictionary{components: map[string]string{}}
	for n := 1; facts != ""; n++ {
		line, rest, ok := strings.Cut(facts, "\n")
		if !ok || !d.line(line, rest) {
			return nil, fmt.Errorf("line %d of the facts of %q is %q: spec/fix/README.md says what is wanted", n, d.Version, line)
		}
		facts = rest
	}
	return d, nil
}

// line takes one line of facts, with what stands below it.
func (d *Dictionary) line(line, below string) bool {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "version":
		d.Version = rest
	case "header":
		d.header = rest
	case "trailer":
		d.trailer = rest
	case "component":
		name, members, _ := strings.Cut(rest, " ")
		d.components[name] = members
	case "message":
		return d.message(rest)
	default:
		if line != "" && line[0] == '\t' {
			return len(d.fields) > 0 // its field has it already
		}
		return d.field(word, rest, below)
	}
	return true
}

func (d *Dictionary) message(text string) bool {
	m := Message{}
	category := ""
	m.Type, text, _ = strings.Cut(text, " ")
	category, text, _ = strings.Cut(text, " ")
	m.Name, m.members, _ = strings.Cut(text, " ")
	m.Admin = category == "admin"
	d.messages = append(d.messages, m)
	return m.Name != ""
}

func (d *Dictionary) field(tag, text, below string) bool {
	n, err := strconv.Atoi(tag)
	kind, name, ok := strings.Cut(text, " ")
	d.fields = append(d.fields, Field{Tag: n, Type: kind, Name: name, values: valuesOf(below)})
	return err == nil && ok
}

// valuesOf is the lines at the front of text that begin with a tab.
func valuesOf(text string) string {
	end := 0
	for end < len(text) && text[end] == '\t' {
		end += strings.IndexByte(text[end:], '\n') + 1
	}
	return text[:end]
}

// FieldByTag returns nil when there is none.
func (d *Dictionary) FieldByTag(tag int) *Field {
	i, ok := slices.BinarySearchFunc(d.fields, tag, func(f Field, tag int) int { return f.Tag - tag })
	if !ok {
		return nil
	}
	return &d.fields[i]
}

// FieldByName returns nil when there is none. Upper and lower case are the same.
func (d *Dictionary) FieldByName(name string) *Field {
	i := slices.IndexFunc(d.fields, func(f Field) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return nil
	}
	return &d.fields[i]
}

// MessageByType returns nil when there is none.
func (d *Dictionary) MessageByType(msgType string) *Message {
	i := slices.IndexFunc(d.messages, func(m Message) bool { return m.Type == msgType })
	if i < 0 {
		return nil
	}
	return &d.messages[i]
}

// MessageByName returns nil when there is none. Upper and lower case are the same.
func (d *Dictionary) MessageByName(name string) *Message {
	i := slices.IndexFunc(d.messages, func(m Message) bool { return strings.EqualFold(m.Name, name) })
	if i < 0 {
		return nil
	}
	return &d.messages[i]
}
