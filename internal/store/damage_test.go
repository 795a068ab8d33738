package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// small writes a log of a few blocks; with sealed, in three segments.
func small(t testing.TB, sealed bool) (*rig, record.LogID, []record.Record) {
	r := newRig(t, Options{SegmentBytes: 1 << 20})
	if sealed {
		r.options.SegmentBytes = 900
	}
	s := r.set()
	l := r.open(s, session(1), nil)
	var all []record.Record
	for i := range 9 {
		m := message(record.Inbound, record.MsgSeqNum(i+1), record.Nanos(i), strings.Repeat("x", 40+i))
		r.put(l, m)
		m.Sequence, m.Epoch, m.Generation = record.Sequence(i+1), 1, 1
		all = append(all, m)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return r, session(1), all
}

// seen is what a reader makes of a directory: the records, and the damage.
func seen(r *rig, id record.LogID) (got []record.Record, damage []error) {
	reader, err := OpenReader(r.fs, r.dir(id))
	if err != nil {
		return nil, []error{err}
	}
	for rec, err := range reader.Records(Query{}) {
		if err != nil {
			damage = append(damage, err)
			continue
		}
		got = append(got, Clone(rec))
	}
	return got, damage
}

// sameOrLess fails when there is a record that was never written.
func sameOrLess(t *testing.T, what string, got, want []record.Record) {
	t.Helper()
	at := 0
	for _, g := range got {
		for at < len(want) && want[at].Sequence != g.Sequence {
			at++
		}
		if at == len(want) || !bytes.Equal(want[at].Body, g.Body) || want[at].MsgSeqNum != g.MsgSeqNum || want[at].Time != g.Time {
			t.Fatalf("%s: sequence %d was never written like this", what, g.Sequence)
		}
	}
}

// TestEveryFlippedBit turns every bit of every file once, in an active log and in one with sealed segments. What
// is read is then what was written, or less and an error; in the newest segment it may be less, as if the rest was
// not written yet. Verify finds every one in a sealed segment, and in every index.
func TestEveryFlippedBit(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		r, id, want := small(t, sealed)
		files := r.memory.below(r.dir(id))
		if sealed && len(files) != 6 {
			t.Fatalf("%q", files)
		}
		for _, path := range files {
			good := r.read(path)
			newest := !sealed || path == files[len(files)-2]
			for at := range good {
				bad := bytes.Clone(good)
				bad[at] ^= 1 << (at % 8)
				flipped(t, r, id, want, path, bad, !newest && strings.HasSuffix(path, segmentSuffix), fmt.Sprintf("%s, byte %d", filepath.Base(path), at))
			}
			r.write(path, good)
		}
	}
}

// flipped looks at a log one of whose files was damaged.
func flipped(t *testing.T, r *rig, id record.LogID, want []record.Record, path string, b []byte, told bool, what string) {
	t.Helper()
	r.write(path, b)
	got, damage := seen(r, id)
	sameOrLess(t, what, got, want)
	segment := strings.HasSuffix(path, segmentSuffix)
	switch {
	case !segment && (len(damage) > 0 || len(got) != len(want)):
		t.Fatalf("%s: %d of %d records, %v: what is derived must not matter", what, len(got), len(want), damage)
	case told && len(damage) == 0:
		t.Fatalf("%s: nobody noticed, %d of %d records", what, len(got), len(want))
	}
	for _, err := range damage {
		var c *CorruptError
		if !errors.As(err, &c) && !errors.Is(err, ErrTooNew) || c != nil && c.Path == "" {
			t.Fatalf("%s: %v", what, err)
		}
	}
	report, err := Verify(r.fs, r.dir(id), nil, nil)
	if (told || !segment) && err == nil && len(report.Damage) == 0 {
		t.Fatalf("%s: verify noticed nothing", what)
	}
}

// TestEveryTruncation cuts every file of a log off at every length.
func TestEveryTruncation(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		r, id, want := small(t, sealed)
		files := r.memory.below(r.dir(id))
		for _, path := range files {
			good := r.read(path)
			newest := !sealed || path == files[len(files)-2]
			for n := range good {
				what := fmt.Sprintf("%s of %d bytes", filepath.Base(path), n)
				r.write(path, good[:n])
				got, damage := seen(r, id)
				sameOrLess(t, what, got, want)
				segment := strings.HasSuffix(path, segmentSuffix)
				if !segment && (len(damage) > 0 || len(got) != len(want)) {
					t.Fatalf("%s: %d of %d records, %v", what, len(got), len(want), damage)
				}
				if segment && !newest && len(damage) == 0 {
					t.Fatalf("%s: nobody noticed, %d of %d records", what, len(got), len(want))
				}
				report, err := Verify(r.fs, r.dir(id), nil, nil)
				if segment && !newest && err == nil && len(report.Damage) == 0 {
					t.Fatalf("%s: verify noticed nothing", what)
				}
			}
			r.write(path, good)
		}
	}
}

// TestOpenAfterEveryTruncation opens a log whose last segment ends early: before what a checkpoint covers that is
// damage, kept, and behind it a torn tail. Either way the log goes on, and is sound but for what is damaged.
func TestOpenAfterEveryTruncation(t *testing.T) {
	r, id, want := small(t, false)
	path := segmentPath(r.dir(id), 1)
	good := r.read(path)
	known := r.open(r.set(), id, nil).Snapshot()
	middle := known
	middle.Length, middle.State = reopenedAt(r, id, 5)
	for n := range good {
		for _, k := range []*record.Snapshot{nil, &known, &middle} {
			for _, old := range r.memory.below(r.dir(id)) {
				delete(r.memory.files, old)
			}
			r.write(path, good[:n])
			r.reports = nil
			l := r.open(r.set(), id, k)
			damaged := k != nil && int64(n) < k.Length
			what := fmt.Sprintf("%d bytes, checkpoint %v", n, k)
			if slices.ContainsFunc(r.reports, func(err error) bool { return errors.Is(err, ErrCorrupt) }) != damaged {
				t.Fatalf("%s: reported %v", what, r.reports)
			}
			if k != nil && l.State().Next < k.State.Next {
				t.Fatalf("%s: opened before what the checkpoint covers", what)
			}
			r.put(l, message(record.Outbound, 1, 100, "the next"))
			if damaged != (l.end.segment == 2) {
				t.Fatalf("%s: went on in segment %d", what, l.end.segment)
			}
			got, damage := seen(r, id)
			if len(got) == 0 || string(got[len(got)-1].Body) != "the next" || len(damage) > 0 != damaged {
				t.Fatalf("%s: %d records, %v", what, len(got), damage)
			}
			sameOrLess(t, what, got[:len(got)-1], want)
		}
	}
}

// reopenedAt is where a log of single-record blocks stood after n of them.
func reopenedAt(r *rig, id record.LogID, n int) (int64, record.State) {
	r.Helper()
	src, err := openSource(r.fs, segmentPath(r.dir(id), 1), nil)
	if err != nil {
		r.Fatal(err)
	}
	defer src.close()
	s := newScanner(src, seedOf(baseOf(theArchive, id), 1), headerSize(id), src.size)
	state := record.Begin()
	for range n {
		h, records, err := s.next()
		if err != nil {
			r.Fatal(err)
		}
		if state, err = follow(state, &h, records); err != nil {
			r.Fatal(err)
		}
	}
	return s.at, state
}

// TestBlocksElsewhereDoNotPass: a good block in another place, segment, log or archive is none.
func TestBlocksElsewhereDoNotPass(t *testing.T) {
	seed := seedOf(baseOf(theArchive, session(1)), 1)
	b, _ := encodeBlock(slices.Clone(theRecords), 1, seed, 512, 1)
	if _, _, err := parseBlock(b, seed, 512); err != nil {
		t.Fatal(err)
	}
	other := theArchive
	other[3]++
	for what, f := range map[string]func() error{
		"offset":  func() error { _, _, err := parseBlock(b, seed, 520); return err },
		"segment": func() error { _, _, err := parseBlock(b, seedOf(baseOf(theArchive, session(1)), 2), 512); return err },
		"log":     func() error { _, _, err := parseBlock(b, seedOf(baseOf(theArchive, session(2)), 1), 512); return err },
		"archive": func() error { _, _, err := parseBlock(b, seedOf(baseOf(other, session(1)), 1), 512); return err },
		"zeros":   func() error { _, _, err := parseBlock(make([]byte, 4096), seed, 512); return err },
	} {
		if f() == nil {
			t.Errorf("another %s passes", what)
		}
	}
}

// TestANewerFormatIsRefusedByName, whatever else the newer version means.
func TestANewerFormatIsRefusedByName(t *testing.T) {
	r, id, _ := small(t, false)
	path := segmentPath(r.dir(id), 1)
	b := r.read(path)
	b[8] = 2
	r.write(path, b)
	if _, err := r.set().Open(id, nil); !errors.Is(err, ErrTooNew) || !strings.Contains(err.Error(), path) {
		t.Errorf("opened for writing with %v", err)
	}
	if _, err := OpenReader(r.fs, r.dir(id)); !errors.Is(err, ErrTooNew) {
		t.Errorf("opened for reading with %v", err)
	}
	if after := r.read(path); !bytes.Equal(after, b) {
		t.Error("the file was changed")
	}
}

// TestATruncatedSegmentIsNamedOnce though its index tells of many blocks that are gone.
func TestATruncatedSegmentIsNamedOnce(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 8 << 20})
	s := r.set()
	l := r.open(s, session(1), nil)
	for i := range 400 {
		r.put(l, message(record.Inbound, record.MsgSeqNum(i+1), record.Nanos(i), strings.Repeat("x", 1000)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := segmentPath(r.dir(session(1)), 1)
	f, err := r.fs.OpenFile(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	const kept = 100_000
	if err := errors.Join(f.Truncate(kept), f.Close()); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(r.fs, r.dir(session(1)), nil, nil)
	if err != nil || len(report.Damage) != 1 || report.Damage[0].Path != path || report.Damage[0].Offset != kept {
		t.Errorf("%v, %v", report.Damage, err)
	}
}
