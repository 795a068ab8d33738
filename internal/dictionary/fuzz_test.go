package dictionary

import (
	"bytes"
	"testing"

	"github.com/fixarchive/fixarchive/internal/dictionary/xmlfacts"
)

// FuzzVenue: whatever is in the file, it is an error or a dictionary that can be used.
func FuzzVenue(f *testing.F) {
	f.Add([]byte(venueXML))
	f.Add([]byte(`<fix major="1" minor="1"><components><component name="a"><component name="a"/></component></components></fix>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		facts, err := xmlfacts.Facts("venue.xml", bytes.NewReader(text))
		if err != nil {
			return
		}
		d, err := Parse(string(facts))
		if err != nil {
			t.Fatalf("%q makes the facts %q: %v", text, facts, err)
		}
		p, _ := NewLibrary(d).Protocol([]byte(d.Version), nil)
		for i := range d.fields {
			field := p.Field(d.fields[i].Tag)
			for value := range field.Values() {
				field.Meaning([]byte(value))
			}
			p.Data(field.Tag)
			p.Group(field.Tag)
		}
		for i := range d.messages {
			if m := p.Message([]byte(d.messages[i].Type)); m != nil {
				walk(p.Layout(m), 3)
			}
		}
	})
}

func walk(l *Layout, deep int) {
	for i := range l.Len() {
		if group := l.Member(i).Group; group != nil && deep > 0 {
			walk(group, deep-1)
		}
	}
}
