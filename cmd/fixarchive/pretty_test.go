package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

func newPrettier(t testing.TB, paint palette) *prettier {
	t.Helper()
	p, err := (&app{}).prettier(&liner{named: true}, nil, paint)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestColoursSurroundWhatTheyColour(t *testing.T) {
	m := outbound(fix("8=FIX.4.4|9=5|35=D|54=1|10=000|"))
	plain, coloured := newPrettier(t, palette{}).tree(nil, &m), newPrettier(t, colours).tree(nil, &m)
	if got := "\x1b[2m54 \x1b[0m\x1b[36mSide\x1b[0m: 1 \x1b[32m(BUY)\x1b[0m\n"; !strings.Contains(string(coloured), got) {
		t.Errorf("%q is not in %q", got, coloured)
	}
	for _, colour := range []string{colours.head, colours.tag, colours.name, colours.meaning, colours.wrong, colours.end} {
		if bytes.Contains(plain, []byte("\x1b")) || !bytes.Contains(coloured, []byte(colour)) {
			t.Errorf("colour %q: %q", colour, coloured)
		}
		coloured = bytes.ReplaceAll(coloured, []byte(colour), nil)
	}
	if !bytes.Equal(plain, coloured) {
		t.Errorf("without its colours it is %q, not %q", coloured, plain)
	}
}

func TestValuesAreExactInJSON(t *testing.T) {
	m := outbound([]byte("8=FIX.4.4\x019=5\x0135=B\x0158=caf\xe9\x01354=3\x01355=\x01\xff\x01\x01148=\u202e\x0110=000\x01"))
	var got struct {
		Fields []struct {
			Tag         int
			Value       *string
			ValueBase64 []byte `json:"value_base64"`
		}
	}
	line := newPrettier(t, palette{}).json(nil, &m)
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	var again []string
	for _, f := range got.Fields {
		if f.Value != nil {
			again = append(again, *f.Value)
		} else {
			again = append(again, string(f.ValueBase64))
		}
	}
	if want := "FIX.4.4 5 B caf\xe9 3 \x01\xff\x01 \u202e 000"; strings.Join(again, " ") != want {
		t.Errorf("got %q, want %q", again, want)
	}
	checkHarmless(t, line)
}

func FuzzNothingInATreeReachesTheTerminal(f *testing.F) {
	f.Add(fix("8=FIX.4.4|9=5|35=D|453=2|448=\x1b[2J|448=\u0301|\x1b=1|10=0|x"))
	f.Add([]byte("8=\x1b\\\xc2\x9b\x0135=\xff\x1b\u0301\x01=\x1b\x01"))
	f.Add(fix("8=FIXT.1.1|9=5|35=A|1137=\x1b|10=000|"))
	p := newPrettier(f, palette{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := outbound(raw)
		tree := p.tree(nil, &m)
		for line := range bytes.Lines(tree) {
			checkHarmless(t, line)
		}
		fields, _, _ := bytes.Cut(tree, []byte("\n  ! "))
		if lines := bytes.Count(fields, []byte("\n")); len(raw) > 0 && lines > 2+bytes.Count(raw, []byte{1}) {
			t.Errorf("%d lines of %q: %s", lines, raw, tree)
		}
		line := p.json(nil, &m)
		if bytes.Count(line, []byte("\n")) != 1 || !json.Valid(line) {
			t.Errorf("no line of JSON: %s", line)
		}
		checkHarmless(t, line)
	})
}

func TestWhatIsNoMessageHasItsLine(t *testing.T) {
	event := fixarchive.Message{Session: "S", Kind: fixarchive.Event, Raw: []byte("Received logon request")}
	p := newPrettier(t, palette{})
	if got, want := string(p.tree(nil, &event)), string(p.line(nil, &event)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
