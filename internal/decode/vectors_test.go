package decode

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/dictionary"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// wire turns pipes into SOHs.
func wire(text string) []byte { return []byte(strings.ReplaceAll(text, "|", "\x01")) }

// message frames a body: 35=… and what follows, with pipes.
func message(begin, body string) []byte {
	raw := wire(fmt.Sprintf("8=%s|9=%d|%s", begin, len(body), body))
	return fmt.Appendf(raw, "10=%03d\x01", fixwire.CheckSum(raw))
}

// drawn is a decoded message as testdata/vectors.txt has it.
func drawn(t testing.TB, d *Decoder, raw []byte) string {
	t.Helper()
	var out strings.Builder
	at := 0
	for d.Start(raw); d.Next(); {
		f := &d.Field
		if f.Start != at || f.End <= f.Start || !bytes.Contains(raw[f.Start:f.End], f.Value) {
			t.Errorf("%q: %d is reached, and the next field is %+v", raw, at, *f)
		}
		at = f.End
		drawField(&out, f)
	}
	if at != len(raw) {
		t.Errorf("%q: the fields end at %d of %d bytes", raw, at, len(raw))
	}
	for _, p := range d.Problems {
		fmt.Fprintf(&out, "! %s\n", p)
	}
	return out.String()
}

func drawField(out *strings.Builder, f *Field) {
	out.WriteString(strings.Repeat("  ", f.Depth))
	if f.Begins {
		fmt.Fprintf(out, "#%d ", f.Entry)
	}
	name := "?"
	if f.Def != nil {
		name = f.Def.Name
	}
	fmt.Fprintf(out, "%d %s=%s", f.Tag, name, bytes.ReplaceAll(f.Value, []byte{1}, []byte{'|'}))
	if f.Counts {
		out.WriteString(":")
	}
	if f.Place != Member {
		out.WriteString([...]string{Stray: " (stray)", Foreign: " (foreign)", Unknown: " (unknown)"}[f.Place])
	}
	out.WriteString("\n")
}

// withoutFrame leaves out the fields that message puts around a body.
func withoutFrame(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		tag, _, _ := strings.Cut(line, " ")
		if !strings.Contains(" 8 9 10 ", " "+tag+" ") {
			out.WriteString(line)
		}
	}
	return out.String()
}

var library = dictionary.NewLibrary()

// TestVectors reads testdata/vectors.txt: messages and what becomes of them. VECTORS=update writes what becomes of them
// now, for a person to look at.
func TestVectors(t *testing.T) {
	const file = "testdata/vectors.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := New(library)
	var now strings.Builder
	for i, block := range strings.Split(string(text), "\n\n") {
		title, rest, _ := strings.Cut(block, "\n")
		if i == 0 {
			now.WriteString(block) // how to read it
			continue
		}
		input, want, _ := strings.Cut(rest, "\n")
		var got string
		if begin, body, _ := strings.Cut(input, " "); begin == "raw" {
			got = drawn(t, d, wire(body))
		} else {
			got = withoutFrame(drawn(t, d, message(begin, body)))
		}
		if got = strings.TrimSuffix(got, "\n"); got != strings.TrimSuffix(want, "\n") {
			t.Errorf("%s: %s\ngot\n%s\nwant\n%s", title, input, got, want)
		}
		fmt.Fprintf(&now, "\n\n%s\n%s\n%s", title, input, got)
	}
	if os.Getenv("VECTORS") == "update" {
		if err := os.WriteFile(file, []byte(now.String()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
