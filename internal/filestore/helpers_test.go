package filestore

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

var onDisk = disk.OS(disk.Modes{})

// framed is a message of a session, with fields that follow its header.
func framed(seq int, sender, target, more string) []byte {
	body := fmt.Sprintf("35=D|34=%d|49=%s|52=20261123-09:30:00.000|56=%s|%s", seq, sender, target, more)
	body = strings.ReplaceAll(body, "|", "\x01")
	msg := fmt.Appendf(nil, "8=FIX.4.4\x019=%d\x01%s", len(body), body)
	sum := byte(0)
	for _, c := range msg {
		sum += c
	}
	return fmt.Appendf(msg, "10=%03d\x01", sum)
}

type saved struct {
	seq int
	msg []byte
}

// contents is an Origin, and what a store was found to hold.
type contents struct {
	created        time.Time
	sender, target int
	messages       []saved
}

func (c *contents) Created() time.Time { return c.created }
func (c *contents) Next() (int, int)   { return c.sender, c.target }

func (c *contents) Messages(yield func(int, []byte) error) error {
	for _, m := range c.messages {
		if err := yield(m.seq, m.msg); err != nil {
			return err
		}
	}
	return nil
}

func (c *contents) equal(o *contents) bool {
	return c.created.Equal(o.created) && c.sender == o.sender && c.target == o.target &&
		slices.EqualFunc(c.messages, o.messages, func(a, b saved) bool { return a.seq == b.seq && bytes.Equal(a.msg, b.msg) })
}

// found is a store that was read.
type found struct {
	contents
	format Format
	id     ID
	idErr  error
	doubts []Doubt
	small  map[string][]byte
}

func (f *found) reasons() (all []Reason) {
	for _, d := range f.doubts {
		all = append(all, d.Reason)
	}
	return all
}

// read reads a store whole, and checks that both readings of it agree.
func read(t testing.TB, fsys disk.FS, p Place, format Format) *found {
	t.Helper()
	s, err := Open(fsys, p, format)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &found{format: s.Format, small: maps.Clone(s.Small())}
	sum, err := s.Survey(func(d Doubt) { f.doubts = append(f.doubts, d) })
	if err != nil {
		t.Fatal(err)
	}
	f.id, f.idErr = s.ID()
	f.created = s.Created()
	f.sender, f.target = s.Next()
	err = s.Messages(func(seq int, msg []byte) error {
		f.messages = append(f.messages, saved{seq, bytes.Clone(msg)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Messages != len(f.messages) || sum.Doubts != len(f.doubts) {
		t.Fatalf("surveyed %+v, then read %d messages and %d doubts", sum, len(f.messages), len(f.doubts))
	}
	if err := s.Changed(); err != nil {
		t.Fatal(err)
	}
	return f
}

// files are the files of a directory.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[name.Name()] = string(b)
	}
	return all
}

// inMemory makes a file system of files in a directory.
func inMemory(t testing.TB, all map[string]string) (disk.FS, string) {
	t.Helper()
	fsys, dir := crashfs.New(), filepath.FromSlash("/stores")
	if err := fsys.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range all {
		f, err := fsys.OpenFile(filepath.Join(dir, name), os.O_CREATE)
		if err == nil {
			_, err = f.WriteAt([]byte(text), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return fsys, dir
}

// writeFiles makes a directory of files.
func writeFiles(t testing.TB, all map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// export writes what was read to a new directory and returns its files.
func export(t testing.TB, f *found, o Origin) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	w, err := Create(onDisk, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(f.format, f.id, o, f.small); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return files(t, dir)
}

// sameFiles complains about every file that differs.
func sameFiles(t testing.TB, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: got %q, want %q", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got files %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}
