package store

import (
	"bytes"
	"errors"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestADamagedHeaderTakesNoBlockWithIt: a checkpoint covers the segment, so it stays as it is, is read from the next block
// on, and the log goes on in another one.
func TestADamagedHeaderTakesNoBlockWithIt(t *testing.T) {
	r, id, want := small(t, false)
	known := r.open(r.set(), id, nil).Snapshot()
	path := segmentPath(r.dir(id), 1)
	b := r.read(path)
	b[40] ^= 1
	r.write(path, b)
	l := r.open(r.set(), id, &known)
	if len(r.reports) != 1 || !errors.Is(r.reports[0], ErrCorrupt) || len(r.memory.below("/archive/quarantine")) != 0 {
		t.Errorf("reported %v; in quarantine %q", r.reports, r.memory.below("/archive/quarantine"))
	}
	r.put(l, message(record.Outbound, 1, 100, "the next"))
	if !bytes.Equal(r.read(path), b) {
		t.Error("the segment was changed")
	}
	got, damage := seen(r, id)
	if len(got) != len(want)+1 || got[len(want)].Sequence != known.State.Next || len(damage) != 1 {
		t.Errorf("%d of %d records, %v", len(got), len(want)+1, damage)
	}
}

// TestAVolumeThatFailsIsAskedForEachFile: what it could not write may have been ours.
func TestAVolumeThatFailsIsAskedForEachFile(t *testing.T) {
	r, disk := newRig(t, Options{}), crashfs.New()
	r.fs = disk
	s := r.set()
	var dirty []string
	for i := 0; len(dirty) < manyFiles; i++ {
		r.put(r.open(s, session(i), nil), message(record.Inbound, 1, 1, "1"))
		dirty = append(dirty, s.TakeDirty()...)
	}
	ours := segmentPath(r.dir(session(7)), 1)
	disk.Inject(crashfs.Fault{Kinds: crashfs.SyncVolume})
	disk.Inject(crashfs.Fault{Kinds: crashfs.Sync, Path: func(path string) bool { return path == ours }})
	if err := s.Sync(dirty); err == nil {
		t.Error("synced, and a file was not")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
