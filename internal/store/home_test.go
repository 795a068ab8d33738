package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestAStrangersHandIsNoticed at the next Flush, whatever it did to the active segment, and from then on.
func TestAStrangersHandIsNoticed(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"removed": os.Remove,
		"cut off": func(path string) error { return os.Truncate(path, 100) },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", make([]byte, 1<<20), 0o600), os.Rename(path+".new", path))
		},
	} {
		for _, open := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				r := newRig(t, Options{}).onDisk()
				s := r.set()
				defer s.Close()
				l := r.open(s, session(1), nil)
				r.put(l, message(record.Inbound, 1, 1, "a"))
				path := segmentPath(l.Dir(), 1)
				if !open {
					if name == "replaced" {
						t.Skip("what is not open is known by its length alone")
					}
					r.check(s.files.drop(&l.segmentFile))
				}
				r.check(harm(path))
				before, _ := os.ReadFile(path)
				m := message(record.Inbound, 2, 2, "b")
				r.add(l, &m)
				l.Commit(func(Extent) {})
				for range 2 {
					var c *CorruptError
					if err := l.Flush(); !errors.As(err, &c) || c.Path != path {
						t.Fatalf("Flush says %v, want damage in %s", err, path)
					}
				}
				if after, _ := os.ReadFile(path); string(after) != string(before) {
					t.Error("the file was written to")
				}
			})
		}
	}
}

func (r *rig) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// TestDivertedAndHomeAgain a log reads as if nothing had happened, over segments that were never there, and goes on in a
// new one.
func TestDivertedAndHomeAgain(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 2000})
	s := r.set()
	l := r.open(s, session(1), nil)
	put := func(n int) {
		m := message(record.Inbound, record.MsgSeqNum(n), record.Nanos(n), strings.Repeat("x", 700))
		r.add(l, &m)
		l.Commit(func(Extent) {})
	}
	put(1)
	r.check(l.Flush())
	proved := l.Snapshot()
	var away []Extent
	for n := 2; n <= 9; n++ {
		put(n)
		l.Divert(func(x Extent) { x.Bytes = slices.Clone(x.Bytes); away = append(away, x) })
		if l.Buffered() != 0 {
			t.Fatal("what was diverted is still held")
		}
	}
	h := s.StrictHomecoming(proved)
	for _, x := range away {
		r.check(h.Write(x))
	}
	paths, err := h.Close()
	r.check(err)
	if failed := s.Sync(paths); len(failed) > 0 {
		t.Fatal(failed)
	}
	home := l.Snapshot()
	r.check(l.Return())
	put(10)
	r.check(l.Flush())
	if l.Snapshot().Segment != home.Segment+1 {
		t.Errorf("it goes on in segment %d, want %d", l.Snapshot().Segment, home.Segment+1)
	}
	var reader *Reader
	reader, err = OpenReader(r.fs, l.Dir())
	r.check(err)
	n := 0
	for rec, err := range reader.Records(Query{}) {
		r.check(err)
		if n++; int(rec.MsgSeqNum) != n {
			t.Fatalf("MsgSeqNum %d, want %d", rec.MsgSeqNum, n)
		}
	}
	if n != 10 {
		t.Errorf("%d records, want 10", n)
	}
	if o := r.open(r.set(), session(1), &home); o.State() != l.State() {
		t.Errorf("opened with %+v, want %+v", o.State(), l.State())
	}
}

func TestAHomecomingRefusesWhatIsNotOfItsPlace(t *testing.T) {
	r := newRig(t, Options{})
	s := r.set()
	l := r.open(s, session(1), nil)
	m := message(record.Inbound, 1, 1, "a")
	r.add(l, &m)
	l.Commit(func(Extent) {})
	var all []Extent
	l.Divert(func(x Extent) { x.Bytes = slices.Clone(x.Bytes); all = append(all, x) })
	stranger, moved := s.Homecoming(session(2)), s.Homecoming(session(1))
	for _, x := range all {
		if stranger.Write(x) == nil {
			t.Error("another log took it")
		}
		x.Offset += 8
		if moved.Write(x) == nil {
			t.Error("another place took it")
		}
	}
	if names, err := r.fs.ReadDir(filepath.Join(r.root, dirName(session(2)))); err == nil {
		t.Errorf("it left %q", names)
	}
}
