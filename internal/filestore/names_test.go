package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

func TestWhoseStore(t *testing.T) {
	for _, c := range []struct {
		format  Format
		prefix  string
		message string // fields of the header; empty: the store holds none
		want    string // the id, or a part of the error
	}{
		{QuickFIXGo, "FIX.4.4-A-B", "", "FIX.4.4:A->B"},
		{QuickFIXGo, "FIX.4.4-A-B-Q", "", `may be the store of "FIX.4.4:A->B-Q" or "FIX.4.4:A-B->Q" or "FIX.4.4:A->B:Q"`},
		{QuickFIXGo, "FIX.4.4-A-B-Q", "49=A|56=B|", "FIX.4.4:A->B:Q"},
		{QuickFIXGo, "FIX.4.4-A-B-Q", "49=A-B|56=Q|", "FIX.4.4:A-B->Q"},
		{QuickFIXGo, "FIX.4.4-A-B-Q", "49=A|56=B-Q|", "FIX.4.4:A->B-Q"},
		{QuickFIXGo, "FIX.4.4-A_S-B", "", `"FIX.4.4:A_S->B" or "FIX.4.4:A/S->B"`},
		{QuickFIXGo, "FIX.4.4-A_S-B", "49=A|50=S|56=B|", "FIX.4.4:A/S->B"},
		{QuickFIXGo, "FIX.4.4-A_S-B", "49=A_S|56=B|", "FIX.4.4:A_S->B"},
		{QuickFIXGo, "FIX.4.4-A_S_L-B_T", "49=A|50=S|142=L|56=B|57=T|", "FIX.4.4:A/S/L->B/T"},
		{QuickFIXGo, "FIX.4.4-A-B", "49=A|50=trader|56=B|57=desk|", "FIX.4.4:A->B"},
		{QuickFIXGo, "FIX.4.4-A_X-B", "49=A|50=X|142=X|56=B|", `may be the store of`},
		{QuickFIXGo, "FIX.4.4-A-B", "49=A|56=C|", `its messages are of "FIX.4.4:A->C"`},
		{QuickFIXGo, "orders", "", "is not the name of a store"},
		{QuickFIXGo, "FIX.4.4-A", "", "is not the name of a store"},
		{QuickFIXGo, "FIX.4.4--", "", "is not the name of a store"},
		{QuickFIX, "FIX.4.4-A_S-B", "", "FIX.4.4:A_S->B"},
		{QuickFIX, "FIX.4.4-A-B", "49=A|50=S|56=B|", "FIX.4.4:A->B"},
		{QuickFIXJ, "FIX.4.4-A_S-B", "", `may be the store of`},
		{QuickFIXJ, "FIX.4.4-A_-B", "", `may be the store of`}, // the _ may have been anything
		{QuickFIXJ, "FIX.4.4-A_-B", "49=A#|56=B|", "FIX.4.4:A#->B"},
		{QuickFIXJ, "FIX.4.4-A_S-B-Q", "49=A|50=S|56=B|", "FIX.4.4:A/S->B:Q"},
	} {
		var m *fixwire.Message
		if c.message != "" {
			parsed := fixwire.Parse([]byte(strings.ReplaceAll("8=FIX.4.4|9=5|35=0|34=1|"+c.message, "|", "\x01")))
			m = &parsed
		}
		id, err := c.format.identify(c.prefix, m)
		got := id.String()
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%v %s with %q: got %s, want %s", c.format, c.prefix, c.message, got, c.want)
		}
	}
}

// TestHostileNames: names made to be ambiguous cost little, and ids that leave the directory are refused.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{strings.Repeat("a-_", 80), strings.Repeat("-", 250), strings.Repeat("_", 250), "FIX-" + strings.Repeat("a_", 100) + "-b"} {
		for _, f := range written {
			if ids := f.candidates(name); len(ids) > candidatesMost {
				t.Errorf("%q: %d candidates", name, len(ids))
			}
		}
	}
	for _, id := range []ID{
		{BeginString: "FIX.4.4", SenderCompID: "../../A", TargetCompID: "B"},
		{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: `..\B`},
		{BeginString: "/", SenderCompID: "A", TargetCompID: "B"},
		{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B", Qualifier: "Q\x00"},
		{BeginString: "FIX.4.4", SenderCompID: strings.Repeat("A", 300), TargetCompID: "B"},
		{BeginString: "FIX.4.4", SenderCompID: "A"},
	} {
		if name, err := QuickFIXGo.FileName(id); err == nil {
			t.Errorf("%+v has a store named %q", id, name)
		}
	}
	if name, err := QuickFIXJ.FileName(ID{BeginString: "FIX.4.4", SenderCompID: "../A", TargetCompID: "B#ü"}); err != nil || name != "FIX.4.4-.._A-B__" {
		t.Errorf("got %q, %v", name, err)
	}
}

func TestFind(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"FIX.4.4-A-B.header": "", "FIX.4.4-A-B.body": "", "FIX.4.4-A-B.session": "", "FIX.4.4-C-D.body": "",
		"FIX.4.4-E-F.session": "", ".header": "", "notes.txt": "", "x.messages.current.log": "",
	})
	if err := os.Mkdir(filepath.Join(dir, "directory.header"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		paths []string
		want  []string // prefixes, or a part of the error
	}{
		{[]string{""}, []string{"FIX.4.4-A-B", "FIX.4.4-C-D"}},
		{[]string{"FIX.4.4-A-B.session", "FIX.4.4-A-B.body", ""}, []string{"FIX.4.4-A-B", "FIX.4.4-C-D"}},
		{[]string{"notes.txt"}, []string{"notes.txt: not a file of a message store"}},
		{[]string{".header"}, []string{".header: not a file of a message store"}},
		{[]string{"gone"}, []string{"gone"}},
	} {
		for i := range c.paths {
			c.paths[i] = filepath.Join(dir, c.paths[i])
		}
		places, err := Find(onDisk, c.paths...)
		var got []string
		for _, p := range places {
			got = append(got, p.Prefix)
		}
		if err == nil && !slices.Equal(got, c.want) || err != nil && !strings.Contains(err.Error(), c.want[0]) {
			t.Errorf("%q: got %q, %v", c.paths, got, err)
		}
	}
}

// TestDirectoriesAreNoFiles: what is no plain file is not opened.
func TestDirectoriesAreNoFiles(t *testing.T) {
	_, whole := someStore(t, QuickFIXGo, 1)
	for name := range whole {
		dir := writeFiles(t, whole)
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(onDisk, Place{dir, "FIX.4.4-A-B"}, QuickFIXGo); err == nil || !strings.Contains(err.Error(), "not a plain file") {
			t.Errorf("%s is a directory: %v", name, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	dir := writeFiles(t, map[string]string{"FIX.4.4-A\n\x1b[2J-B.header": "1,0,5\n"}) // a name that a terminal would obey
	places, err := Find(onDisk, dir)
	if err != nil || len(places) != 1 {
		t.Fatal(places, err)
	}
	s, err := Open(onDisk, places[0], QuickFIXGo)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Survey(nil); err != nil {
		t.Fatal(err)
	}
	if id, err := s.ID(); err != nil || id.SenderCompID != "A\n\x1b[2J" {
		t.Errorf("got %+v, %v", id, err)
	}
}

func TestRecognise(t *testing.T) {
	for _, f := range written {
		for _, n := range []int{0, 3} {
			_, whole := someStore(t, f, n)
			fsys, dir := inMemory(t, whole)
			if got, err := (Place{dir, "FIX.4.4-A-B"}).Recognise(fsys); err != nil || got != f {
				t.Errorf("%v with %d messages: got %v, %v", f, n, got, err)
			}
		}
	}
	for _, c := range []struct {
		want  string
		files map[string]string
	}{
		{"quickfixn", map[string]string{"header": "1,0,107\r\n", "seqnums": "00000000000000000002 : 00000000000000000002 ", "session": "20261123-09:30:00.123"}},
		{"quickfixgo", map[string]string{"header": "1,0,107\n", "session": "2026-11-23T09:30:00Z"}},
		{"quickfix", map[string]string{"header": "1,0,107 "}},
		{"quickfix-1.15", map[string]string{"header": "1,0,107 ", "seqnums": "2 : 2"}},
		{"quickfixj", map[string]string{"header": string(mustEntry(QuickFIXJ, entry{1, 0, 107, 0, 0})), "senderseqnums": "", "targetseqnums": ""}},
		{"quickfixj", map[string]string{"session": "\x00\x1520261123-09:30:00.000", "senderseqnums": "\x00\x039"}},
		{"do not say one format: .header of quickfixj or quickfixj-cached, .session of quickfixgo", map[string]string{
			"header": string(mustEntry(QuickFIXJ, entry{1, 0, 107, 0, 0})), "session": "2026-11-23T09:30:00Z"}},
		{"do not say one format: .header of quickfixgo or quickfixn", map[string]string{"header": "1,0,107\n"}},
		{"say nothing", map[string]string{"header": strings.Repeat("\x00", 64), "body": "x"}},
	} {
		all := map[string]string{}
		for ending, text := range c.files {
			all["P."+ending] = text
		}
		fsys, dir := inMemory(t, all)
		f, err := (Place{dir, "P"}).Recognise(fsys)
		got := f.String()
		if err != nil {
			got = err.Error()
		}
		var unknown *UnknownFormatError
		if !strings.Contains(got, c.want) || err == nil && got != c.want || err != nil && !errors.As(err, &unknown) {
			t.Errorf("%q: got %s, want %s", c.files, got, c.want)
		}
	}
	for _, name := range FormatNames() {
		if f, err := ParseFormat(name); err != nil || fmt.Sprint(f) != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if _, err := ParseFormat("unknown"); err == nil {
		t.Error("unknown is a format")
	}
}

func mustEntry(f Format, e entry) []byte {
	b, err := f.appendEntry(nil, e)
	if err != nil {
		panic(err)
	}
	return b
}
