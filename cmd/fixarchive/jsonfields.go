package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/decode"
	"github.com/fixarchive/fixarchive/internal/export"
)

// jsonDecoded is what --json --pretty says beside a message's bytes.
type jsonDecoded struct {
	Version  string       `json:"version,omitempty"`
	MsgName  string       `json:"msg_name,omitempty"`
	Fields   []*jsonField `json:"fields,omitempty"`
	Problems []string     `json:"problems,omitempty"`
}

// jsonField is a field, and the entries of the group that it counts. The value stands in value when it is UTF-8, else in
// value_base64.
type jsonField struct {
	Tag         int            `json:"tag,omitempty"`
	Name        string         `json:"name,omitempty"`
	Value       *string        `json:"value,omitempty"`
	ValueBase64 []byte         `json:"value_base64,omitempty"`
	Meaning     string         `json:"meaning,omitempty"`
	Place       string         `json:"place,omitempty"` // where it is not known: stray, foreign or unknown
	Entries     [][]*jsonField `json:"entries,omitempty"`
}

func (p *prettier) json(dst []byte, m *fixarchive.Message) []byte {
	r := struct {
		export.JSON
		jsonDecoded
	}{JSON: p.jsonOf(m)}
	if m.Direction != fixarchive.Both {
		p.decoder.SetApplVerID(p.applVer.of(m))
		r.jsonDecoded = p.decoded(p.shown(m).Raw)
	}
	return appendJSON(dst, &r)
}

func (p *prettier) decoded(raw []byte) (all jsonDecoded) {
	d := p.decoder
	d.Start(raw)
	all.Version = d.Protocol.Name
	if d.Message != nil {
		all.MsgName = d.Message.Name
	}
	var counters []*jsonField // of the groups around the field, the outermost first
	for d.Next() {
		f := newJSONField(&d.Field)
		counters = counters[:d.Field.Depth]
		if d.Field.Depth == 0 {
			all.Fields = append(all.Fields, f)
		} else {
			counters[len(counters)-1].add(f, d.Field.Begins)
		}
		if d.Field.Counts {
			counters = append(counters, f)
		}
	}
	for _, problem := range d.Problems {
		all.Problems = append(all.Problems, problem.String())
	}
	if d.More > 0 {
		all.Problems = append(all.Problems, fmt.Sprintf("and %d more", d.More))
	}
	return all
}

// add puts a field into the last entry of the group that f counts, or into a new one.
func (f *jsonField) add(member *jsonField, begins bool) {
	if begins {
		f.Entries = append(f.Entries, nil)
	}
	last := len(f.Entries) - 1
	f.Entries[last] = append(f.Entries[last], member)
}

func newJSONField(d *decode.Field) *jsonField {
	f := &jsonField{Tag: d.Tag, Place: [...]string{decode.Stray: "stray", decode.Foreign: "foreign", decode.Unknown: "unknown"}[d.Place]}
	if d.Def != nil {
		f.Name, f.Meaning = d.Def.Name, d.Def.Meaning(d.Value)
	}
	if utf8.Valid(d.Value) {
		text := string(d.Value)
		f.Value = &text
	} else {
		f.ValueBase64 = d.Value
	}
	return f
}
