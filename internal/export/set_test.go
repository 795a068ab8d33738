package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func put(t *testing.T, s *Set, messages ...fixarchive.Message) {
	t.Helper()
	for i := range messages {
		if err := s.Put(&messages[i]); err != nil {
			t.Fatal(err)
		}
	}
}

var twoMessages = []fixarchive.Message{
	at(0, fixarchive.Outbound, framed("35=D|34=1|49=A|56=B|11=x|")), at(1, fixarchive.Inbound, framed("35=8|34=1|49=B|56=A|")),
}

func placeIn(dir, name string) Place {
	return Place{Path: filepath.Join(dir, name), Manifest: filepath.Join(dir, name+".manifest.json")}
}

// Files have their names when all is written, and the manifest says how to tell that they are still the same.
func TestFilesAppearTogether(t *testing.T) {
	dir := t.TempDir()
	s, err := NewSet(JSONLines, placeIn(dir, "all.jsonl"), Guard{}, Options{Software: "test 1"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Abort()
	for _, part := range []string{"2026-11-22", "2026-11-23", "2026-11-24"} {
		if err := s.Next(part); err != nil {
			t.Fatal(err)
		}
		if part != "2026-11-23" { // a part with nothing in it is no file
			put(t, s, twoMessages...)
		}
		for _, name := range names(t, dir) {
			if !strings.HasPrefix(name, ".fixarchive-") {
				t.Errorf("%s is there already", name)
			}
		}
	}
	put(t, s, at(2, fixarchive.Event, []byte("554=x")), gap(3))
	var m Manifest
	m.Query, m.Complete = map[string]string{"session": "A"}, true
	if err := s.Commit(&m); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"all.2026-11-22.jsonl", "all.2026-11-24.jsonl", "all.jsonl.manifest.json"}) {
		t.Errorf("got %q", got)
	}
	checkManifest(t, filepath.Join(dir, "all.jsonl.manifest.json"))
}

func checkManifest(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if m.Records != 6 || m.Kinds["in"] != 2 || m.Kinds["gap"] != 1 || m.Masked != 2 || m.Masking != "masked" || m.MaskTags == "" || m.Software != "test 1" || len(m.Files) != 2 || m.Files[1].Records != 4 || m.Files[1].Part != "2026-11-24" {
		t.Errorf("got %s", text)
	}
	if !m.First.Equal(twoMessages[0].Time) || !m.Last.Equal(gap(3).Time) || !m.Files[0].Last.Equal(twoMessages[1].Time) {
		t.Errorf("times: %s", text)
	}
	for _, f := range m.Files {
		file, err := os.ReadFile(filepath.Join(filepath.Dir(path), f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(file)) != f.Bytes {
			t.Errorf("%s has %d bytes, %x", f.Name, len(file), sum)
		}
	}
}

// An export that ends early leaves nothing behind, whatever its format and however far it came.
func TestAbortLeavesNothing(t *testing.T) {
	for _, f := range Formats {
		dir := t.TempDir()
		s, err := NewSet(f, placeIn(dir, "x"), Guard{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, twoMessages...)
		if err := s.Next("b"); err != nil {
			t.Fatal(err)
		}
		put(t, s, twoMessages...)
		s.Abort()
		if got := names(t, dir); len(got) > 0 {
			t.Errorf("%s: %q is left", f, got)
		}
	}
}

func TestASecretEndsAnExactExport(t *testing.T) {
	logon := at(2, fixarchive.Outbound, framed("35=A|34=3|554=hunter2|"))
	for _, f := range []Format{Raw, Pcap, PcapNG} {
		dir := t.TempDir()
		s, err := NewSet(f, placeIn(dir, "x"), Guard{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, twoMessages...)
		err = s.Put(&logon)
		var secret *SecretError
		if !errors.As(err, &secret) || secret.MsgSeqNum != 3 || secret.Sequence != 3 || secret.Tag != 554 {
			t.Errorf("%s: %v", f, err)
		}
		s.Abort()
		if got := names(t, dir); len(got) > 0 {
			t.Errorf("%s: %q is left", f, got)
		}
	}
}

func TestWhatIsThereStays(t *testing.T) {
	dir := t.TempDir()
	p := placeIn(dir, "x.fix")
	for _, taken := range []string{p.Path, p.Manifest} {
		if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewSet(Raw, p, Guard{}, Options{}); err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "--force") {
			t.Errorf("%s: %v", taken, err)
		}
		os.Remove(taken)
	}
	s, err := NewSet(Raw, p, Guard{}, Options{}) // and one that came in between
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, twoMessages...)
	if err := os.WriteFile(p.Path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(&Manifest{}); err == nil {
		t.Error("it was replaced")
	}
	s.Abort()
	if text, err := os.ReadFile(p.Path); string(text) != "mine" || len(names(t, dir)) != 1 {
		t.Errorf("%q, %v, %q", text, err, names(t, dir))
	}
	p.Force = true
	if s, err = NewSet(Raw, p, Guard{}, Options{}); err != nil {
		t.Fatal(err)
	}
	put(t, s, twoMessages...)
	if err := s.Commit(&Manifest{}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(p.Path); !bytes.Equal(text, slices.Concat(twoMessages[0].Raw, twoMessages[1].Raw)) {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := NewSet(Raw, Place{Path: dir, Force: true}, Guard{}, Options{}); err == nil {
		t.Error("a directory was to be replaced")
	}
}

func TestNothingIsNoFile(t *testing.T) {
	dir := t.TempDir()
	s, err := NewSet(Log, placeIn(dir, "x"), Guard{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, at(0, fixarchive.Event, []byte("x")), gap(1))
	if err := s.Commit(&Manifest{}); !errors.Is(err, ErrNothing) || s.LeftOut["event"] != 1 || s.LeftOut["gap"] != 1 || len(names(t, dir)) > 0 {
		t.Errorf("got %v, %v, %q", err, s.LeftOut, names(t, dir))
	}
}

// lost takes no byte.
type lost struct{}

func (lost) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }

func TestAWriterTellsOfItsFile(t *testing.T) {
	big := at(0, fixarchive.Outbound, bytes.Repeat([]byte("x"), 1<<20))
	for _, f := range Formats {
		s, err := NewSet(f, Place{Stream: lost{}}, Guard{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err = s.Put(&big); err == nil {
			err = s.Commit(&Manifest{})
		}
		if err == nil || !strings.Contains(err.Error(), "nobody reads") {
			t.Errorf("%s: %v", f, err)
		}
	}
}
