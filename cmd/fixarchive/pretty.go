package main

import (
	"fmt"
	"strconv"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/decode"
	"github.com/fixarchive/fixarchive/internal/dictionary"
)

// prettier shows a message as a tree:
//
//	2026-11-23T00:32:24.001603123Z → 17 D NewOrderSingle FIX.4.4
//	  35 MsgType: D (NEWORDERSINGLE)
//	  453 NoPartyIDs: 2
//	    - 448 PartyID: BROKER
//	      447 PartyIDSource: D (PROPCODE)
//	    - 448 PartyID: CLIENT
//	  5001 (unknown): x
//	  ! CheckSum (10) is not 048, the sum of the bytes before it
//
// A dash stands before the field that begins an entry of a group. What is no message has its line, as without --pretty.
type prettier struct {
	*liner
	decoder *decode.Decoder
	applVer *applVersions
	paint   palette
}

func (p *prettier) tree(dst []byte, m *fixarchive.Message) []byte {
	if m.Direction == fixarchive.Both {
		return p.line(dst, m)
	}
	p.decoder.SetApplVerID(p.applVer.of(m))
	p.decoder.Start(p.shown(m).Raw)
	dst = append(dst, p.paint.head...)
	dst = p.which(p.when(dst, m), m)
	dst = append(dst, ' ')
	if known := p.decoder.Message; known != nil {
		dst = append(appendSafe(dst, []byte(known.Name)), ' ')
	}
	dst = appendSafe(dst, []byte(p.decoder.Protocol.Name))
	dst = append(dst, p.paint.end...)
	dst = append(dst, '\n')
	for p.decoder.Next() {
		dst = p.field(dst, &p.decoder.Field)
	}
	for _, problem := range p.decoder.Problems {
		dst = p.problem(dst, problem.String())
	}
	if n := p.decoder.More; n > 0 {
		dst = p.problem(dst, fmt.Sprintf("and %d more that is wrong", n))
	}
	return dst
}

const treeIndent = 2

func (p *prettier) field(dst []byte, f *decode.Field) []byte {
	for range treeIndent + 2*treeIndent*f.Depth {
		dst = append(dst, ' ')
	}
	if f.Begins {
		dst = append(dst[:len(dst)-2], "- "...)
	}
	dst = append(dst, p.paint.tag...)
	if f.Tag != 0 {
		dst = strconv.AppendInt(dst, int64(f.Tag), 10)
		dst = append(dst, ' ')
	}
	dst = append(dst, p.paint.end...)
	dst = append(dst, p.paint.name...)
	dst = p.name(dst, f)
	dst = append(dst, p.paint.end...)
	dst = append(dst, ": "...)
	dst = appendSafe(dst, f.Value)
	if f.Def != nil {
		if meaning := f.Def.Meaning(f.Value); meaning != "" {
			dst = append(append(dst, ' '), p.paint.meaning...)
			dst = append(appendSafe(append(dst, '('), []byte(meaning)), ')')
			dst = append(dst, p.paint.end...)
		}
	}
	return append(dst, '\n')
}

// name is the field's, and where it belongs if not here.
func (p *prettier) name(dst []byte, f *decode.Field) []byte {
	switch {
	case f.Tag == 0:
		return append(dst, "(no tag)"...)
	case f.Def == nil:
		return append(dst, "(unknown)"...)
	}
	dst = appendSafe(dst, []byte(f.Def.Name))
	switch {
	case f.Place == decode.Foreign:
		dst = append(dst, " [not in "...)
		dst = append(appendSafe(dst, []byte(p.decoder.Protocol.Name)), ']')
	case f.Place == decode.Stray && p.decoder.Message != nil:
		dst = append(dst, " [not in "...)
		dst = append(appendSafe(dst, []byte(p.decoder.Message.Name)), ']')
	}
	return dst
}

func (p *prettier) problem(dst []byte, text string) []byte {
	dst = append(append(dst, "  "...), p.paint.wrong...)
	dst = append(append(dst, "! "...), safeQuoted(text)...)
	return append(append(dst, p.paint.end...), '\n')
}

// prettier returns one that knows the dictionaries that were asked for.
func (a *app) prettier(l *liner, r logons, paint palette) (*prettier, error) {
	library, err := a.library()
	if err != nil {
		return nil, err
	}
	return &prettier{
		liner: l, decoder: decode.New(library), paint: paint,
		applVer: &applVersions{reader: r, found: map[epochOf][]byte{}},
	}, nil
}

// library is what is known of FIX, with the dictionaries that settings and flags name.
func (a *app) library() (*dictionary.Library, error) {
	library, err := dictionary.Open(a.cfg.Dictionary...)
	if err != nil {
		return nil, usagef("--dictionary: %w", err)
	}
	return library, nil
}
