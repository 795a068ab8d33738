package filestore

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// someStore is a store of each format that is written.
func someStore(t testing.TB, f Format, n int) (want *contents, all map[string]string) {
	want = &contents{created: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), sender: n + 1, target: 12}
	for seq := 1; seq <= n; seq++ {
		want.messages = append(want.messages, saved{seq, framed(seq, "A", "B", fmt.Sprintf("58=%d|", seq))})
	}
	return want, export(t, &found{format: f, id: ID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}}, want)
}

var written = []Format{QuickFIXGo, QuickFIX, QuickFIX115, QuickFIXJ, QuickFIXJCached}

func readFrom(t testing.TB, all map[string]string, format Format) *found {
	t.Helper()
	fsys, dir := inMemory(t, all)
	return read(t, fsys, Place{dir, "FIX.4.4-A-B"}, format)
}

// TestTornAtEveryByte cuts every file of a store at every byte. What is yielded was saved, in order and byte for byte, and
// whatever is missing is named.
func TestTornAtEveryByte(t *testing.T) {
	for _, format := range written {
		want, whole := someStore(t, format, 4)
		for name := range whole {
			for n := range whole[name] {
				all := maps.Clone(whole)
				all[name] = whole[name][:n]
				f := readFrom(t, all, format)
				checkTorn(t, fmt.Sprintf("%v, %s cut at %d", format, name, n), f, want)
			}
			all := maps.Clone(whole)
			delete(all, name)
			f := readFrom(t, all, format)
			checkTorn(t, fmt.Sprintf("%v without %s", format, name), f, want)
		}
	}
}

func checkTorn(t *testing.T, what string, f *found, want *contents) {
	t.Helper()
	for i, m := range f.messages {
		if m.seq != i+1 || !bytes.Equal(m.msg, want.messages[i].msg) {
			t.Errorf("%s: message %d is %d %q", what, i+1, m.seq, m.msg)
		}
	}
	if f.equal(want) || len(f.doubts) > 0 {
		return
	}
	// Java writes numbers when they first change; an empty file of them is a good one.
	if f.format.isJava() && len(f.messages) == len(want.messages) && f.created.Equal(want.created) {
		return
	}
	t.Errorf("%s: nothing is doubtful, and it is read as %v", what, f.contents)
}

// TestEveryByteChanged changes each byte of header and body: nothing is invented, and what is left out is named.
func TestEveryByteChanged(t *testing.T) {
	for _, format := range []Format{QuickFIXGo, QuickFIX, QuickFIXJ} {
		want, whole := someStore(t, format, 3)
		for _, name := range []string{"FIX.4.4-A-B.header", "FIX.4.4-A-B.body"} {
			for at := range whole[name] {
				b := []byte(whole[name])
				b[at] ^= 0x15
				all := maps.Clone(whole)
				all[name] = string(b)
				f := readFrom(t, all, format)
				for _, m := range f.messages {
					if m.seq > 3 || !bytes.Equal(m.msg, want.messages[m.seq-1].msg) {
						t.Errorf("%v, byte %d of %s: %d %q", format, at, name, m.seq, m.msg)
					}
				}
				if len(f.messages) < 3 && len(f.doubts) == 0 {
					t.Errorf("%v, byte %d of %s: %d messages, and no doubt", format, at, name, len(f.messages))
				}
			}
		}
	}
}

// TestDoubts has what is wrong with a store named.
func TestDoubts(t *testing.T) {
	one, two, three := framed(1, "A", "B", ""), framed(2, "A", "B", "58=two|"), framed(3, "A", "B", "58=three|")
	n1, n2, n3 := len(one), len(two), len(three)
	body := string(one) + string(two) + string(three)
	bad := bytes.Replace(two, []byte("58=two"), []byte("58=TWO"), 1)
	for _, c := range []struct {
		name, header, body string
		want               []Reason
		seqs               []int
	}{
		{"good", fmt.Sprintf("1,0,%d\n2,%d,%d\n3,%d,%d\n", n1, n1, n2, n1+n2, n3), body, nil, []int{1, 2, 3}},
		{"no line end", fmt.Sprintf("1,0,%d\n2,%d,%d\n3,%d,%d", n1, n1, n2, n1+n2, n3), body, []Reason{HeaderCut}, []int{1, 2, 3}},
		{"cut off", fmt.Sprintf("1,0,%d\n2,%d,%d\n3,%d", n1, n1, n2, n1), body, []Reason{HeaderCut, Unnamed}, []int{1, 2}},
		{"garbled line", fmt.Sprintf("1,0,%d\n\x00\x00\x00\n3,%d,%d\n", n1, n1+n2, n3), body, []Reason{HeaderGarbled, Unnamed}, []int{1, 3}},
		{"long line", fmt.Sprintf("1,0,%d\n%s\n3,%d,%d\n", n1, strings.Repeat("2", 100_000), n1+n2, n3), body, []Reason{HeaderGarbled, Unnamed}, []int{1, 3}},
		{"beyond", fmt.Sprintf("1,0,%d\n2,%d,%d\n", n1, n1, n2), body[:n1+n2-1], []Reason{BeyondBody}, []int{1}},
		{"far beyond", fmt.Sprintf("1,0,%d\n2,%d,9223372036854775807\n", n1, n1), body[:n1], []Reason{BeyondBody}, []int{1}},
		{"offset beyond", "1,9223372036854775807,1\n", body[:n1], []Reason{BeyondBody, Unnamed}, nil},
		{"negative", fmt.Sprintf("-1,0,%d\n0,0,%d\n1,-5,%d\n1,0,-1\n", n1, n1, n1), "", []Reason{BadNumber, BadNumber, BeyondBody, BeyondBody}, nil},
		{"too many digits", "99999999999999999999,0,1\n", "", []Reason{HeaderGarbled}, nil},
		{"overlap", fmt.Sprintf("1,0,%d\n2,%d,%d\n2,%d,%d\n", n1, n1, n2, n1, n2), body[:n1+n2], []Reason{Overlap, Repeated}, []int{1, 2, 2}},
		{"not framed", fmt.Sprintf("1,0,%d\n2,%d,%d\n", n1, n1, n2-1), body[:n1+n2], []Reason{NotFramed, Unnamed}, []int{1}},
		{"two in one", fmt.Sprintf("1,0,%d\n", n1+n2), body[:n1+n2], []Reason{NotFramed}, nil},
		{"empty", "1,0,0\n", "", []Reason{NotFramed}, nil},
		{"checksum", fmt.Sprintf("1,0,%d\n2,%d,%d\n", n1, n1, n2), string(one) + string(bad), []Reason{NotFramed}, []int{1}},
		{"another number", fmt.Sprintf("1,0,%d\n5,%d,%d\n", n1, n1, n2), body[:n1+n2], []Reason{WrongNumber}, []int{1}},
		{"repeated", fmt.Sprintf("1,0,%d\n1,%d,%d\n", n1, n1, n1), string(one) + string(one), []Reason{Repeated}, []int{1, 1}},
		{"unnamed", fmt.Sprintf("2,%d,%d\n", n1, n2), body, []Reason{Unnamed, Unnamed}, []int{2}},
		{"not behind", fmt.Sprintf("9,0,%d\n", len(framed(9, "A", "B", ""))), string(framed(9, "A", "B", "")), []Reason{Behind}, []int{9}},
	} {
		dir := writeFiles(t, map[string]string{
			"P.header": c.header, "P.body": c.body, "P.session": "2026-11-23T09:30:00Z",
			"P.senderseqnums": "0000000000000000009", "P.targetseqnums": "0000000000000000001",
		})
		f := read(t, onDisk, Place{dir, "P"}, QuickFIXGo)
		var seqs []int
		for _, m := range f.messages {
			seqs = append(seqs, m.seq)
		}
		if !slices.Equal(f.reasons(), c.want) || !slices.Equal(seqs, c.seqs) {
			t.Errorf("%s: got %v, %v; want %v, %v", c.name, f.doubts, seqs, c.want, c.seqs)
		}
		for _, d := range f.doubts {
			if filepath.Dir(d.File) != dir || d.Entry > 0 && (d.Offset > int64(len(c.header)) || d.Offset > 0 && c.header[d.Offset-1] != '\n') {
				t.Errorf("%s: %v does not stand where it says", c.name, d)
			}
		}
	}
}

func TestSmallFilesInDoubt(t *testing.T) {
	_, whole := someStore(t, QuickFIXGo, 3)
	for name, text := range map[string]string{
		"session": "yesterday", "senderseqnums": "000000000000000000x", "targetseqnums": "0000000000000000000",
	} {
		all := maps.Clone(whole)
		all["FIX.4.4-A-B."+name] = text
		f := read(t, onDisk, Place{writeFiles(t, all), "FIX.4.4-A-B"}, QuickFIXGo)
		if !slices.Equal(f.reasons(), []Reason{FileGarbled}) || f.sender != 4 {
			t.Errorf("%s %q: %v, next %d", name, text, f.doubts, f.sender)
		}
	}
	for _, text := range []string{"0000000011 : 000000001000000000000000000011", "11", " : ", "0 : 5", "-1 : -1", "99999999999 :\x00"} {
		if n, err := QuickFIX.parseNumbers([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, n)
		}
	}
}

// TestSizesInCharacters: with a charset of several bytes a character, QuickFIX/J's entries are too short.
func TestSizesInCharacters(t *testing.T) {
	want, whole := someStore(t, QuickFIXJ, 1)
	msg := framed(2, "A", "B", "58=Zürich, größer|")
	header, err := QuickFIXJ.appendEntry([]byte(whole["FIX.4.4-A-B.header"]), entry{number: 2, offset: int64(len(want.messages[0].msg)), size: int64(len(msg) - 3)})
	if err != nil {
		t.Fatal(err)
	}
	whole["FIX.4.4-A-B.header"] = string(header)
	whole["FIX.4.4-A-B.body"] += string(msg)
	whole["FIX.4.4-A-B.senderseqnums"] = "\x00\x013"
	f := read(t, onDisk, Place{writeFiles(t, whole), "FIX.4.4-A-B"}, Unknown)
	if len(f.messages) != 2 || !bytes.Equal(f.messages[1].msg, msg) || !slices.Equal(f.reasons(), []Reason{Characters}) {
		t.Errorf("got %v, %v", f.messages, f.doubts)
	}
}

func TestAStoreThatChanges(t *testing.T) {
	_, whole := someStore(t, QuickFIXGo, 3)
	for name := range whole {
		dir := writeFiles(t, whole)
		s, err := Open(onDisk, Place{dir, "FIX.4.4-A-B"}, Unknown)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Changed(); err != nil {
			t.Error(err)
		}
		f, err := onDisk.OpenFile(filepath.Join(dir, name), 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("0000000000000000007"), int64(strings.Count(name, "y")*200)); err != nil {
			t.Fatal(err)
		}
		_, _ = f.WriteAt([]byte("x"), 4000)
		f.Close()
		if err := s.Changed(); err == nil || !strings.Contains(err.Error(), "stop the engine") {
			t.Errorf("%s changed: %v", name, err)
		}
		s.Close()
	}
}
