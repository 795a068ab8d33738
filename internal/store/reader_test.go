package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestDamageIsToldOnceAndPassedBy: in a sealed segment, with its index and without.
func TestDamageIsToldOnceAndPassedBy(t *testing.T) {
	for _, indexed := range []bool{true, false} {
		r := newRig(t, Options{SegmentBytes: 200 << 10})
		s := r.set()
		l := r.open(s, session(1), nil)
		for i := range 400 {
			r.put(l, message(record.Inbound, record.MsgSeqNum(i+1), record.Nanos(i), strings.Repeat("x", 1000)))
		}
		path := segmentPath(r.dir(session(1)), 1)
		b := r.read(path)
		hit := len(b) / 2
		b[hit] ^= 0x80
		r.write(path, b)
		if !indexed {
			clear(r.memory.files[indexPath(r.dir(session(1)), 1)].b)
			clear(r.memory.files[cataloguePath(r.dir(session(1)))].b)
		}
		got, damage := seen(r, session(1))
		if len(got) != 399 || len(damage) != 1 {
			t.Fatalf("indexed %v: %d records of 400, %v", indexed, len(got), damage)
		}
		var c *CorruptError
		if !errors.As(damage[0], &c) || !errors.Is(damage[0], ErrCorrupt) || c.Path != path || c.Offset > int64(hit) || c.Offset < int64(hit)-1200 {
			t.Errorf("%v, want one at %s, %d", damage[0], path, hit)
		}
		reader, err := OpenReader(r.fs, r.dir(session(1)))
		if err != nil {
			t.Fatal(err)
		}
		last, err := reader.Last(390, Query{})
		if len(last) != 390 || !errors.Is(err, ErrCorrupt) {
			t.Errorf("the last 390: %d, %v", len(last), err)
		}
		for _, err := range reader.Records(Query{SequenceFrom: 380}) {
			if err != nil {
				t.Errorf("far behind the damage: %v", err)
			}
		}
		report, err := Verify(r.fs, r.dir(session(1)), nil, nil)
		if err != nil || len(report.Damage) != 1 && indexed || report.Records != 399 {
			t.Errorf("verify: %d records, %v, %v", report.Records, report.Damage, err)
		}
	}
}

func TestAMissingSegmentIsDamage(t *testing.T) {
	r, id, _ := small(t, true)
	r.memory.Remove(segmentPath(r.dir(id), 2))
	got, damage := seen(r, id)
	if len(damage) != 1 || !errors.Is(damage[0], ErrCorrupt) || len(got) == 0 {
		t.Errorf("%d records, %v", len(got), damage)
	}
	if report, err := Verify(r.fs, r.dir(id), nil, nil); err != nil || len(report.Damage) == 0 {
		t.Errorf("verify: %v, %v", report.Damage, err)
	}
}

// TestTheOldestSegmentsMayBeGone: retention takes them, and that is no damage.
func TestTheOldestSegmentsMayBeGone(t *testing.T) {
	r, id, want := small(t, true)
	r.memory.Remove(segmentPath(r.dir(id), 1))
	r.memory.Remove(indexPath(r.dir(id), 1))
	got, damage := seen(r, id)
	if len(damage) != 0 || len(got) == 0 || len(got) == len(want) {
		t.Errorf("%d records, %v", len(got), damage)
	}
}

// TestAnOverlayIsReadAsIfItWereWritten: the journal of a dead writer.
func TestAnOverlayIsReadAsIfItWereWritten(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 2000})
	s := r.set()
	l := r.open(s, session(1), nil)
	var extents []Extent
	for i := range 20 {
		m := message(record.Outbound, record.MsgSeqNum(i+1), record.Nanos(i), strings.Repeat("o", 200))
		r.add(l, &m)
		l.Commit(func(e Extent) { e.Bytes = bytes.Clone(e.Bytes); extents = append(extents, e) })
		if i == 4 {
			if err := l.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(what string) {
		t.Helper()
		reader, err := OpenReader(r.fs, r.dir(session(1)), extents...)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rec, err := range reader.Records(Query{}) {
			if n++; err != nil || rec.MsgSeqNum != record.MsgSeqNum(n) {
				t.Fatalf("%s: record %d is %v, %v", what, n, rec.MsgSeqNum, err)
			}
		}
		sum, err := reader.Summary()
		if tail, _ := reader.Tail(); n != 20 || err != nil || sum.Outbound != 20 || tail != 0 {
			t.Errorf("%s: %d records, %+v, %v", what, n, sum, err)
		}
		if report, err := Verify(r.fs, r.dir(session(1)), nil, nil, extents...); err != nil || len(report.Damage) > 0 || report.Records != 20 {
			t.Errorf("%s: verify %+v, %v", what, report, err)
		}
	}
	check("over what was flushed")
	r.memory.files[segmentPath(r.dir(session(1)), 1)].b = make([]byte, 700)
	check("over what a power cut left as zeros")
	clear(r.memory.files)
	check("without a file")
}

func TestAnUnfinishedBlockIsNotThereYet(t *testing.T) {
	r, id, want := small(t, false)
	path := segmentPath(r.dir(id), 1)
	b := r.read(path)
	reader, err := OpenReader(r.fs, r.dir(id))
	if err != nil {
		t.Fatal(err)
	}
	r.write(path, append(slices.Clone(b), b[len(b)-100:]...))
	if err := reader.Refresh(); err != nil {
		t.Fatal(err)
	}
	got, damage := seen(r, id)
	if tail, err := reader.Tail(); tail != 100 || err != nil || len(got) != len(want) || damage != nil {
		t.Errorf("%d bytes, %v; %d records, %v", tail, err, len(got), damage)
	}
	if report, err := Verify(r.fs, r.dir(id), nil, nil); err != nil || report.Tail != 100 || len(report.Damage) != 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

func TestListTellsLogsFromWhatIsNone(t *testing.T) {
	r, id, _ := small(t, false)
	for _, dir := range []string{"/archive/logs/empty", "/archive/logs/begun", "/archive/logs/noise"} {
		r.memory.MkdirAll(dir)
	}
	r.write("/archive/logs/file", []byte("no directory"))
	r.write("/archive/logs/begun/00000001.seg", nil)
	r.write("/archive/logs/noise/00000001.seg", bytes.Repeat([]byte("noise"), 100))
	all, err := List(r.fs, r.root)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if all[0].Log != id || all[0].Dir != r.dir(id) || all[0].Err != nil {
		t.Errorf("listed %+v", all[0])
	}
	if !errors.Is(all[1].Err, ErrCorrupt) {
		t.Errorf("noise is listed as %+v", all[1])
	}
	if none, err := List(r.fs, "/archive/none"); len(none) != 0 || err != nil {
		t.Errorf("%v, %v", none, err)
	}
}

func TestVerifyAsksAboutEveryRecord(t *testing.T) {
	r, id, want := small(t, true)
	asked, read := 0, int64(0)
	wrong := errors.New("tag 34 says 5")
	report, err := Verify(r.fs, r.dir(id), func(n int64) { read += n }, func(rec *record.Record) error {
		if asked++; rec.Sequence == 4 {
			return wrong
		}
		return nil
	})
	if err != nil || asked != len(want) || len(report.Damage) != 1 || !strings.Contains(report.Damage[0].Reason, wrong.Error()) {
		t.Errorf("asked %d times, %v, %v", asked, report.Damage, err)
	}
	if read != report.Bytes || report.Segments != 3 || report.Blocks != 9 || report.IndexEntries != 4 {
		t.Errorf("%d bytes, %+v", read, report)
	}
}

// TestAStateThatDoesNotFollowIsFound: every checksum is right, and the segment begins with what is not so.
func TestAStateThatDoesNotFollowIsFound(t *testing.T) {
	r, id, _ := small(t, true)
	path := segmentPath(r.dir(id), 2)
	b := r.read(path)
	h, err := parseSegmentHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	h.state.NextTarget++
	r.write(path, append(appendSegmentHeader(nil, &h), b[h.length:]...))
	report, err := Verify(r.fs, r.dir(id), nil, nil)
	if err != nil || len(report.Damage) != 1 {
		t.Errorf("%v, %v", report.Damage, err)
	}
}

func TestEpochsHoldingANumber(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 3000})
	l := r.open(r.set(), session(1), nil)
	for epoch := range 6 {
		logon := message(record.Outbound, 1, record.Nanos(epoch*10), "logon")
		logon.Flags = record.Logon | record.ResetSeqNum
		r.put(l, logon)
		for n := 2; n < 5+epoch; n++ {
			r.put(l, message(record.Outbound, record.MsgSeqNum(n), record.Nanos(epoch*10+n), strings.Repeat("e", 100)))
		}
	}
	reader, err := OpenReader(r.fs, r.dir(session(1)))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[record.MsgSeqNum][]record.Epoch{1: {1, 2, 3, 4, 5, 6}, 8: {5, 6}, 9: {6}, 10: nil} {
		q := Query{Kinds: KindsOf(record.Outbound), MsgSeqNumFrom: n, MsgSeqNumTo: n}
		if got, err := reader.EpochsHolding(q); !slices.Equal(got, want) || err != nil {
			t.Errorf("%d is in epochs %v, %v, want %v", n, got, err, want)
		}
	}
	epochs, err := reader.Epochs()
	if err != nil || len(epochs) != 6 || epochs[5].First != 50 || epochs[5].Out != (Range{1, 9}) || epochs[0].Records != 4 {
		t.Errorf("%+v, %v", epochs, err)
	}
}
