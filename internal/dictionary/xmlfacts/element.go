package xmlfacts

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// depthMax is how deep elements may stand in each other. The deepest group of FIX 5.0 SP2 stands at 8.
const depthMax = 100

// element is one of the XML, with the line that an error names.
type element struct {
	file  string
	line  int
	name  string
	attrs []xml.Attr
	inner []*element
}

// read returns the outermost element of in.
func read(file string, in io.Reader) (*element, error) {
	dec := xml.NewDecoder(in)
	dec.CharsetReader = charset
	outer := &element{file: file, line: 1}
	for open := []*element{outer}; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := dec.InputPos()
		if errors.As(err, new(*fs.PathError)) {
			return nil, err // of the file, which it names
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: this is no XML: %w", file, line, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{file: file, line: line, name: token.Name.Local, attrs: token.Attr}
			if len(open) > depthMax {
				return nil, e.errorf("stands %d elements deep, at most %d are read", len(open), depthMax)
			}
			parent := open[len(open)-1]
			parent.inner = append(parent.inner, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if len(outer.inner) != 1 || outer.inner[0].name != "fix" {
		return nil, fmt.Errorf("%s: the outermost element is not <fix>: a dictionary in QuickFIX's XML is wanted", file)
	}
	return outer.inner[0], nil
}

// charset reads the one encoding besides UTF-8 that old dictionaries declare.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "iso-8859-1", "latin1", "us-ascii", "ascii":
		return latin1{in}, nil
	}
	return nil, fmt.Errorf("encoding %q is not read, save it as UTF-8", name)
}

// latin1 turns each byte into the character of that number.
type latin1 struct{ in io.Reader }

func (r latin1) Read(p []byte) (int, error) {
	half := make([]byte, len(p)/2) // a character takes up to two bytes
	n, err := r.in.Read(half)
	at := 0
	for _, c := range half[:n] {
		at += copy(p[at:], string(rune(c)))
	}
	return at, err
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// word is an attribute that must be there and be one word.
func (e *element) word(name string) (string, error) {
	text := e.attr(name)
	switch {
	case text == "":
		return "", e.errorf("lacks the attribute %s", name)
	case strings.ContainsAny(text, " \t\r\n()!@"):
		return "", e.errorf("%s is %q, want a word without spaces, parentheses, ! and @", name, text)
	}
	return text, nil
}

// String is the element as a person finds it again: <field name="Side">.
func (e *element) String() string {
	text := "<" + e.name
	for _, key := range []string{"name", "number", "msgtype", "enum"} {
		if value := e.attr(key); value != "" {
			text += fmt.Sprintf(" %s=%q", key, value)
		}
	}
	return text + ">"
}

func (e *element) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %v "+format, append([]any{e.file, e.line, e}, args...)...)
}
