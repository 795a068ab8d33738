package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestWhatAPowerCutTookHidesNothing: the index and the catalogue had more than the segment has now. What is written in
// the place of what was lost is found at every step.
func TestWhatAPowerCutTookHidesNothing(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 200 << 10})
	l := r.open(r.set(), session(1), nil)
	write := func(n record.MsgSeqNum) { r.put(l, message(record.Inbound, n, 1, strings.Repeat("x", 1000))) }
	write(1)
	known := l.Snapshot()
	for n := range record.MsgSeqNum(220) {
		write(n + 2)
	}
	if l.end.segment != 2 {
		t.Fatalf("in segment %d", l.end.segment)
	}
	// The second segment's file never came to be, nor most of the first; what is derived from them did.
	dir := r.dir(session(1))
	r.memory.Remove(segmentPath(dir, 2))
	c := r.memory.files[segmentPath(dir, 1)]
	c.b = c.b[:known.Length+500]
	indexBytes := len(r.read(indexPath(dir, 1)))

	l = r.open(r.set(), session(1), &known)
	if len(r.reports) != 1 || !errors.Is(r.reports[0], ErrTorn) || l.end != (place{1, known.Length}) {
		t.Fatalf("opened at %+v, %v", l.end, r.reports)
	}
	if kept := r.memory.below("/archive/quarantine"); len(kept) != 1 || len(r.read(kept[0])) != 500 {
		t.Errorf("in quarantine: %q", kept)
	}
	if now := len(r.read(indexPath(dir, 1))); now >= indexBytes || now > spansHeader+spanSize {
		t.Errorf("the index keeps %d bytes", now)
	}
	for n := record.MsgSeqNum(10_002); n < 10_222; n++ {
		write(n)
		reader, err := OpenReader(r.fs, dir)
		if err != nil {
			t.Fatal(err)
		}
		found, err := reader.Last(1, Query{MsgSeqNumFrom: n, MsgSeqNumTo: n})
		if len(found) != 1 || err != nil {
			t.Fatalf("%d is found %d times, %v", n, len(found), err)
		}
	}
	if report, err := Verify(r.fs, dir, nil, nil); err != nil || len(report.Damage) > 0 || report.Unindexed > 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// TestAnIndexWithoutItsSegment was left by a power cut that took the segment. The log begins again with the same sequences, and
// blocks of other sizes.
func TestAnIndexWithoutItsSegment(t *testing.T) {
	for name, begin := range map[string]func(r *rig, rec record.Record){
		"written": func(r *rig, rec record.Record) { r.put(r.open(r.set(), session(1), nil), rec) },
		"redone": func(r *rig, rec record.Record) {
			other := newRig(t, Options{})
			l, set := other.open(other.set(), session(1), nil), r.set()
			other.add(l, &rec)
			l.Commit(func(e Extent) {
				if err := set.Redo(session(1), e); err != nil {
					t.Fatal(err)
				}
			})
		},
	} {
		r := newRig(t, Options{})
		l := r.open(r.set(), session(1), nil)
		for n := range record.MsgSeqNum(100) {
			r.put(l, message(record.Inbound, n+1, 1, strings.Repeat("x", 1000)))
		}
		dir := r.dir(session(1))
		if len(r.read(indexPath(dir, 1))) < spansHeader+spanSize {
			t.Fatal("there is no index yet")
		}
		r.memory.Remove(segmentPath(dir, 1))
		begin(r, message(record.Outbound, 7, 1, strings.Repeat("y", 100_000)))
		reader, err := OpenReader(r.fs, dir)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := reader.Last(2, Query{}); len(found) != 1 || err != nil {
			t.Errorf("%s: found %d, %v", name, len(found), err)
		}
	}
}

// TestSegmentsBehindATornOneGoToQuarantine, whole: they do not follow what is left.
func TestSegmentsBehindATornOneGoToQuarantine(t *testing.T) {
	r, id, want := small(t, true)
	c := r.memory.files[segmentPath(r.dir(id), 1)]
	lengths := []int{100, len(r.read(segmentPath(r.dir(id), 2))), len(r.read(segmentPath(r.dir(id), 3)))}
	begun := record.Snapshot{Log: id, Segment: 1, Length: headerSize(id), State: record.Begin()}
	c.b = c.b[:headerSize(id)+100]
	l := r.open(r.set(), id, &begun)
	if l.State() != record.Begin() || l.last != 1 || len(r.memory.below(r.dir(id))) > 3 {
		t.Errorf("opened with %+v; %q", l.State(), r.memory.below(r.dir(id)))
	}
	for i, kept := range r.memory.below("/archive/quarantine") {
		if len(r.read(kept)) != lengths[i] {
			t.Errorf("%s has %d bytes, want %d", kept, len(r.read(kept)), lengths[i])
		}
	}
	if len(r.reports) != 3 {
		t.Errorf("reported %v", r.reports)
	}
	r.put(l, message(record.Inbound, 1, 1, "again"))
	if got, damage := seen(r, id); len(got) != 1 || damage != nil || len(want) == 1 {
		t.Errorf("%d records, %v", len(got), damage)
	}
}

// TestAStaleBlockIsNoPartOfTheLog: its checksum is right, its sequences are those of another time.
func TestAStaleBlockIsNoPartOfTheLog(t *testing.T) {
	r, id, want := small(t, false)
	path := segmentPath(r.dir(id), 1)
	b := r.read(path)
	for _, first := range []record.Sequence{3, 30} {
		stale := message(record.Inbound, 3, 3, "stale")
		stale.Sequence = first
		block, _ := encodeBlock([]record.Record{stale}, 1, seedOf(baseOf(theArchive, id), 1), int64(len(b)), 1)
		r.write(path, append(slices.Clone(b), block...))
		got, damage := seen(r, id)
		if len(got) != len(want) || damage != nil {
			t.Errorf("sequence %d: read %d records, %v", first, len(got), damage)
		}
		report, err := Verify(r.fs, r.dir(id), nil, nil)
		if err != nil || len(report.Damage) != 0 || report.Tail != int64(len(block)) {
			t.Errorf("sequence %d: verify: %+v, %v", first, report, err)
		}
		if l := r.open(r.set(), id, nil); l.State().Next != 10 || !bytes.Equal(r.read(path), b) {
			t.Errorf("sequence %d: opened with %+v", first, l.State())
		}
	}
}

// TestAReaderSeesWhatAnOpenCutOff: what it had read was never acknowledged, and something else is there now.
func TestAReaderSeesWhatAnOpenCutOff(t *testing.T) {
	for _, same := range []bool{true, false} { // whether the file is as long as before, or shorter
		r := newRig(t, Options{SegmentBytes: 1000})
		l := r.open(r.set(), session(1), nil)
		r.put(l, message(record.Inbound, 1, 1, strings.Repeat("a", 800)))
		known := l.Snapshot()
		r.put(l, message(record.Inbound, 2, 2, strings.Repeat("b", 200)), message(record.Inbound, 3, 3, strings.Repeat("c", 200)))
		reader, err := OpenReader(r.fs, r.dir(session(1)))
		if err != nil {
			t.Fatal(err)
		}
		if last, err := reader.Last(1, Query{}); err != nil || last[0].Sequence != 3 {
			t.Fatalf("%+v, %v", last, err)
		}
		r.memory.Remove(segmentPath(r.dir(session(1)), 2))
		l = r.open(r.set(), session(1), &known)
		r.put(l, message(record.Inbound, 7, 7, strings.Repeat("d", 200)))
		if same {
			r.put(l, message(record.Inbound, 8, 8, strings.Repeat("e", 200-blockHeader)))
		}
		if err := reader.Refresh(); err != nil {
			t.Fatal(err)
		}
		found, err := reader.Last(3, Query{SequenceFrom: 2})
		if err != nil || found[0].MsgSeqNum != 7 {
			t.Errorf("same length %v: %+v, %v", same, found, err)
		}
	}
}

// TestAnIndexThatDoesNotFollowIsNotBelieved: every checksum is right, the sequences are not those of the blocks.
func TestAnIndexThatDoesNotFollowIsNotBelieved(t *testing.T) {
	for _, path := range []string{"00000001.idx", catalogueName} {
		r, id, want := small(t, true)
		path = r.dir(id) + "/" + path
		b := r.read(path)
		seed := baseOf(theArchive, id)
		if path != cataloguePath(r.dir(id)) {
			seed = seedOf(seed, 1)
		}
		s, err := parseSpan(b[spansHeader:], seed)
		if err != nil {
			t.Fatal(err)
		}
		s.first, s.last, s.time.max = s.first+100, s.last+100, s.time.max+1
		r.write(path, append(appendSpan(slices.Clone(b[:spansHeader]), &s, seed), b[spansHeader+spanSize:]...))
		if got, damage := seen(r, id); len(got) != len(want) || damage != nil {
			t.Errorf("%s: %d of %d records, %v", path, len(got), len(want), damage)
		}
		report, err := Verify(r.fs, r.dir(id), nil, nil)
		told := slices.ContainsFunc(report.Damage, func(e *CorruptError) bool {
			return e.Path == path && e.Offset <= spansHeader && strings.Contains(e.Reason, "a span says")
		})
		if err != nil || !told {
			t.Errorf("%s: verify: %v, %v", path, report.Damage, err)
		}
	}
}

// TestAFlagThatDoesNotFollowIsFound: a low MsgSeqNum is a matter of the records before.
func TestAFlagThatDoesNotFollowIsFound(t *testing.T) {
	r, id, _ := small(t, false)
	path := segmentPath(r.dir(id), 1)
	b := r.read(path)
	m := message(record.Inbound, 50, 50, "not low")
	m.Sequence, m.Flags = 10, record.LowSeqNum
	block, _ := encodeBlock([]record.Record{m}, 1, seedOf(baseOf(theArchive, id), 1), int64(len(b)), 1)
	r.write(path, append(b, block...))
	if report, err := Verify(r.fs, r.dir(id), nil, nil); err != nil || len(report.Damage) != 1 {
		t.Errorf("%v, %v", report.Damage, err)
	}
}
