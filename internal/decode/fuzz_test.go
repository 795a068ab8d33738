package decode

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// FuzzDecode: whatever the bytes, the fields are the message again, their depths fit together, and a second decoding says
// the same.
func FuzzDecode(f *testing.F) {
	text, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if begin, body, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok && strings.HasPrefix(begin, "FIX") {
			f.Add(message(begin, body))
		} else if begin == "raw" {
			f.Add([]byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, raw := range [][]byte{raw, wire(string(raw))} { // a fuzzer seldom writes SOH by itself
			d := New(library)
			decodeChecked(t, d, raw)
			problems := len(d.Problems)
			decodeChecked(t, d, raw)
			if len(d.Problems) != problems {
				t.Errorf("%q has %d problems, and then %d", raw, problems, len(d.Problems))
			}
			for _, p := range d.Problems {
				if p.String() == "" || p.Offset < 0 || p.Offset > len(raw) {
					t.Errorf("%q: %+v", raw, p)
				}
			}
		}
	})
}

func decodeChecked(t *testing.T, d *Decoder, raw []byte) {
	t.Helper()
	var again []byte
	deepest := 0 // a field may stand so deep
	var entries []int
	c := fixwire.NewCursor(raw)
	for d.Start(raw); d.Next(); {
		f := &d.Field
		again = append(again, raw[f.Start:f.End]...)
		if !c.Next() || f.Tag != c.Tag || !bytes.Equal(f.Value, c.Value) {
			t.Fatalf("%q: the cursor has %d=%q, decoded is %+v", raw, c.Tag, c.Value, f)
		}
		if f.Depth > deepest || f.Depth < 0 {
			t.Fatalf("%q: depth %d is not within a group: %+v", raw, f.Depth, f)
		}
		entries = append(entries[:min(len(entries), f.Depth+1)], make([]int, max(0, f.Depth+1-len(entries)))...)
		if want := entries[f.Depth]; f.Depth > 0 && (f.Begins && f.Entry != want+1 || !f.Begins && f.Entry != want || f.Entry == 0) {
			t.Fatalf("%q: entry %d of a group follows entry %d: %+v", raw, f.Entry, want, f)
		}
		entries[f.Depth] = f.Entry
		deepest = f.Depth
		if f.Counts {
			deepest++
			entries = entries[:f.Depth+1]
		}
		if (f.Def == nil) != (f.Place == Unknown) || f.Def != nil && f.Def.Tag != f.Tag {
			t.Fatalf("%q: %+v has the definition %+v", raw, f, f.Def)
		}
	}
	if !bytes.Equal(again, raw) {
		t.Fatalf("the fields of %q are %q", raw, again)
	}
	if d.Next() {
		t.Fatalf("%q: there is a field behind the last", raw)
	}
}
