package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestManyLogsUnderFewDescriptors(t *testing.T) {
	r := newRig(t, Options{OpenFiles: 16, SegmentBytes: 20 << 10})
	s := r.set()
	logs := make([]*Log, 300)
	for i := range logs {
		logs[i] = r.open(s, session(i), nil)
	}
	for round := range 12 {
		for i, l := range logs {
			r.put(l, message(record.Inbound, record.MsgSeqNum(round+1), record.Nanos(round), strings.Repeat("x", 2000+i)))
		}
	}
	if r.memory.opened > 18 { // a catalogue may be open beside them, and an index while it is read
		t.Errorf("%d files were open at once", r.memory.opened)
	}
	if err := s.Close(); err != nil || r.memory.open != 0 {
		t.Errorf("%d files are left open, %v", r.memory.open, err)
	}
	for i := range logs {
		got, damage := seen(r, session(i))
		if len(got) != 12 || len(damage) > 0 || len(got[11].Body) != 2000+i {
			t.Fatalf("log %d: %d records, %v", i, len(got), damage)
		}
	}
}

func TestAFlushThatFailsLosesNothing(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 1500})
	s := r.set()
	l := r.open(s, session(1), nil)
	n := 0
	for range 40 {
		writes := 0
		// Each flush is refused at its first, second, … write until it gets through.
		for allowed := 0; ; allowed++ {
			m := message(record.Inbound, record.MsgSeqNum(n+1), record.Nanos(n), strings.Repeat("y", 300))
			r.add(l, &m)
			n++
			l.Commit(func(Extent) {})
			writes = 0
			r.memory.failing = func(string, []byte, int64) error {
				if writes++; writes > allowed {
					return errRefused
				}
				return nil
			}
			before := l.Snapshot()
			err := l.Flush()
			if err == nil {
				break
			}
			if after := l.Snapshot(); after.State.Next < before.State.Next || l.Buffered() == 0 {
				t.Fatalf("a failed flush went from %+v to %+v", before, after)
			} else if got, damage := seen(r, session(1)); len(got) != int(after.State.Next-1) && len(got) > 0 || after.State.Next > 1 && damage != nil {
				t.Fatalf("%d records are written, %v, the snapshot says %+v", len(got), damage, after)
			}
		}
		if snap := l.Snapshot(); snap.State != l.State() || l.Buffered() != 0 {
			t.Fatalf("after a flush: %+v, %d bytes buffered", snap, l.Buffered())
		}
	}
	r.memory.failing = nil
	r.put(l, message(record.Inbound, record.MsgSeqNum(n+1), record.Nanos(n), "end"))
	got, damage := seen(r, session(1))
	if len(got) != n+1 || len(damage) > 0 {
		t.Errorf("%d records, want %d; %v", len(got), n+1, damage)
	}
	if report, err := Verify(r.fs, r.dir(session(1)), nil, nil); err != nil || len(report.Damage) > 0 {
		t.Errorf("%v, %v", report.Damage, err)
	}
	if s.IndexErrors() == 0 {
		t.Error("no index was refused anything: the test tests too little")
	}
}

// TestFlushWritesWhatWasCommitted, and not what was added since, which is not lost.
func TestFlushWritesWhatWasCommitted(t *testing.T) {
	r := newRig(t, Options{})
	l := r.open(r.set(), session(1), nil)
	var extents []Extent
	keep := func(e Extent) { e.Bytes = bytes.Clone(e.Bytes); extents = append(extents, e) }
	m := message(record.Inbound, 1, 1, "committed")
	r.add(l, &m)
	l.Commit(keep)
	committed := l.State()
	m = message(record.Inbound, 2, 2, "not committed")
	r.add(l, &m)
	if err := l.Flush(); err != nil || l.Snapshot().State != committed {
		t.Fatalf("%+v, %v", l.Snapshot().State, err)
	}
	if got, _ := seen(r, session(1)); len(got) != 1 {
		t.Fatalf("%d records were written", len(got))
	}
	l.Commit(keep)
	if err := l.Flush(); err != nil || l.Snapshot().State != l.State() {
		t.Fatal(err)
	}
	if got, damage := seen(r, session(1)); len(got) != 2 || damage != nil {
		t.Fatalf("%d records, %v", len(got), damage)
	}
	whole := r.read(segmentPath(r.dir(session(1)), 1))
	for _, e := range extents {
		if !bytes.Equal(whole[e.Offset:e.Offset+int64(len(e.Bytes))], e.Bytes) {
			t.Errorf("the extent at %d is not what was written", e.Offset)
		}
	}
}

func TestRedoIsTheSameWriteAgain(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 800})
	s := r.set()
	l := r.open(s, session(1), nil)
	var extents []Extent
	for i := range 10 {
		m := message(record.Outbound, record.MsgSeqNum(i+1), record.Nanos(i), strings.Repeat("z", 200))
		r.add(l, &m)
		l.Commit(func(e Extent) { e.Bytes = bytes.Clone(e.Bytes); extents = append(extents, e) })
	}
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	for _, path := range r.memory.below(r.dir(session(1))) {
		if strings.HasSuffix(path, segmentSuffix) {
			want[path] = r.read(path)
		}
	}
	for _, begin := range []func(){
		func() {}, // over what is there
		func() { clear(r.memory.files); clear(r.memory.dirs) }, // from nothing
	} {
		begin()
		again := r.set()
		for range 2 {
			for _, e := range extents {
				if err := again.Redo(session(1), e); err != nil {
					t.Fatal(err)
				}
			}
		}
		for path, b := range want {
			if !bytes.Equal(r.read(path), b) {
				t.Errorf("%s is not what it was", path)
			}
		}
		if err := again.Sync(again.TakeDirty()); err != nil {
			t.Error(err)
		}
		if o := r.open(again, session(1), nil); o.State() != l.State() {
			t.Errorf("opened with %+v, want %+v", o.State(), l.State())
		}
	}
}

func TestRedoRefusesWhatWasNotMadeForItsPlace(t *testing.T) {
	r := newRig(t, Options{})
	s := r.set()
	l := r.open(s, session(1), nil)
	m := message(record.Outbound, 1, 1, "8=FIX")
	r.add(l, &m)
	var header, block Extent
	l.Commit(func(e Extent) {
		e.Bytes = bytes.Clone(e.Bytes)
		if e.Offset == 0 {
			header = e
		} else {
			block = e
		}
	})
	moved, other, torn, flipped, foreign := block, block, block, block, header
	moved.Offset += 8
	other.Segment = 2
	torn.Bytes = torn.Bytes[:len(torn.Bytes)-8]
	flipped.Bytes = bytes.Clone(block.Bytes)
	flipped.Bytes[50] ^= 1
	foreign.Segment = 9
	for what, e := range map[string]Extent{
		"moved": moved, "of another segment": other, "torn": torn, "damaged": flipped, "header of another segment": foreign,
		"two at once": {Segment: 1, Offset: block.Offset, Bytes: append(bytes.Clone(block.Bytes), block.Bytes...)},
	} {
		if err := s.Redo(session(1), e); err == nil {
			t.Errorf("an extent that is %s was written", what)
		}
	}
	if err := s.Redo(session(2), block); err == nil {
		t.Error("another log's extent was written")
	}
	if len(r.memory.files) != 0 {
		t.Errorf("files were made: %q", r.memory.below("/archive"))
	}
}

func TestDirtyPathsCoverEverythingThatWasMade(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 1000})
	s := r.set()
	l := r.open(s, session(1), nil)
	r.put(l, message(record.Inbound, 1, 1, "a"))
	dirty := s.TakeDirty()
	for _, want := range []string{filepath.Dir(r.root), r.root, r.dir(session(1)), segmentPath(r.dir(session(1)), 1)} {
		if !slices.Contains(dirty, want) {
			t.Errorf("%s is missing in %q", want, dirty)
		}
	}
	if again := s.TakeDirty(); len(again) != 0 {
		t.Errorf("dirty twice: %q", again)
	}
	for i := range 3 {
		r.put(l, message(record.Inbound, 2, 2, strings.Repeat("b", 400+i)))
	}
	dirty = s.TakeDirty()
	for _, path := range r.memory.below(r.dir(session(1))) {
		if !slices.Contains(dirty, path) {
			t.Errorf("%s is missing in %q", path, dirty)
		}
	}
	if failed := s.Sync(append(dirty, "/archive/none")); len(failed) != 1 || !errors.Is(failed[0], fs.ErrNotExist) {
		t.Errorf("a file that is not there was synced: %v", failed)
	}
}

// TestAReaderBesideTheWriter reads without a lock what is being written, and never sees but a beginning of it.
func TestAReaderBesideTheWriter(t *testing.T) {
	r := newRig(t, Options{SegmentBytes: 8 << 10}).onDisk()
	l := r.open(r.set(), session(1), nil)
	r.put(l, message(record.Inbound, 1, 1, "1"))
	const n = 3000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 2; i <= n; i++ {
			m := message(record.Inbound, record.MsgSeqNum(i), record.Nanos(i), fmt.Sprint(i))
			m.Sequence = record.Sequence(i)
			if err := l.Add(&m); err != nil {
				t.Error(err)
				return
			}
			l.Commit(func(Extent) {})
			if err := l.Flush(); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	reader, err := OpenReader(r.fs, r.dir(session(1)))
	if err != nil {
		t.Fatal(err)
	}
	next, finished := record.Sequence(1), false
	for next <= n {
		select {
		case <-done:
			if finished && next <= n {
				t.Fatalf("the writer has finished, and %d is not found", next)
			}
			finished = true
		default:
		}
		if err := reader.Refresh(); err != nil {
			t.Fatal(err)
		}
		for rec, err := range reader.Records(Query{SequenceFrom: next}) {
			if err != nil {
				t.Fatal(err)
			}
			if rec.Sequence != next || string(rec.Body) != fmt.Sprint(next) {
				t.Fatalf("sequence %d, %q, want %d", rec.Sequence, rec.Body, next)
			}
			next++
		}
	}
	if sum, err := reader.Summary(); err != nil || sum.Inbound != n {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestManyFilesAreSyncedTogether and few are synced one by one.
func TestManyFilesAreSyncedTogether(t *testing.T) {
	r := newRig(t, Options{})
	s := r.set()
	var dirty []string
	for i := 0; len(dirty) < manyFiles; i++ {
		r.put(r.open(s, session(i), nil), message(record.Inbound, 1, 1, "1"))
		dirty = append(dirty, s.TakeDirty()...)
	}
	if err := s.Sync(dirty[:manyFiles-1]); err != nil || r.memory.volumeSyncs != 0 {
		t.Errorf("%d files: %v, and the whole volume was synced %d times", manyFiles-1, err, r.memory.volumeSyncs)
	}
	if err := s.Sync(dirty); err != nil || r.memory.volumeSyncs != 1 {
		t.Errorf("%d files: %v, and the whole volume was synced %d times", len(dirty), err, r.memory.volumeSyncs)
	}
	r.memory.volumeError = errors.New("a stranger's file")
	if err := s.Sync(dirty); err != nil {
		t.Errorf("every file is well, but not another one on the same volume: %v", err)
	}
	if err := s.Sync(append(dirty, "/archive/none")); err == nil {
		t.Error("a file that is not there was synced")
	}
	if err := s.Close(); err != nil || r.memory.volumesOpen != 0 {
		t.Errorf("closed: %v, %d volumes are still open", err, r.memory.volumesOpen)
	}
}
