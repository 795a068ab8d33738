package snapshot

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

func write(fsys disk.FS, live bool) (Report, error) {
	return Write(context.Background(), Options{FS: fsys, From: from, To: to, Live: func() (bool, error) { return live, nil }})
}

// lived is an archive with sealed segments, logs that grew since the checkpoint, in files or only in the journal, and
// one that began since.
func lived(t testing.TB) *original {
	o := newOriginal(t)
	for i := range 4 {
		o.write(i, 40)
	}
	o.checkpoint()
	o.write(0, 30)
	o.write(1, 3)
	o.flush(1)
	o.write(4, 30)
	o.write(1, 1)
	must(t, o.fs.MkdirAll(from+"/quarantine"), disk.WriteFile(o.fs, from+"/quarantine/torn", []byte("torn")), o.fs.MkdirAll(to))
	o.fs.SyncAll()
	return o
}

func TestCopyHoldsWhatTheJournalHas(t *testing.T) {
	for _, live := range []bool{false, true} {
		o := lived(t)
		before := o.fs.Files()
		report, err := write(o.fs, live)
		must(t, err)
		if report.Logs != 5 || report.Linked != 0 || report.JournalEntries == 0 || len(report.Notes) > 0 || report.Generation != 1 {
			t.Errorf("%+v", report)
		}
		if !o.check(o.fs, o.lengths()) {
			t.Fatal("no archive")
		}
		unchanged(t, o.fs, before)
		if names, err := o.fs.ReadDir(to); err != nil || !slices.Equal(names, []string{"checkpoint", "logs", "meta", "quarantine"}) {
			t.Errorf("the copy has %q, %v", names, err)
		}
	}
}

// unchanged fails unless the original has the bytes that it had.
func unchanged(t testing.TB, fsys *crashfs.FS, before map[string][]byte) {
	t.Helper()
	after := fsys.Files()
	for name, b := range before {
		if strings.HasPrefix(name, from) && !bytes.Equal(after[name], b) {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestPowerCutAtEveryStep cuts the power at each step and looks at some of the disks that it may leave: the copy is no
// archive, or all of it is there.
func TestPowerCutAtEveryStep(t *testing.T) {
	base := lived(t)
	seeds := uint64(6)
	for step := 0; ; step++ {
		fsys := base.fs.Clone()
		fsys.CrashAfter(step)
		_, err := write(fsys, false)
		for seed := range seeds {
			left := fsys.Image(seed*7919 + uint64(step))
			whole := base.check(left, base.lengths())
			if err == nil && !whole {
				t.Fatalf("step %d, %v: the copy was complete, and is no archive", step, left)
			}
		}
		if err == nil {
			t.Logf("%d steps", step)
			return
		}
		if !errors.Is(err, crashfs.ErrCrashed) {
			t.Fatal(err)
		}
	}
}

// TestEveryFault has every operation fail in every way: it is told, or the copy is whole nevertheless.
func TestEveryFault(t *testing.T) {
	base := lived(t)
	clean := base.fs.Clone()
	_, err := write(clean, true)
	must(t, err)
	for i, fault := range crashfs.Faults(clean.Ops()) {
		if i%7 > 0 && os.Getenv("FIXARCHIVE_FULL") == "" {
			continue
		}
		fsys := base.fs.Clone()
		before := fsys.Files()
		fsys.Inject(fault)
		_, err := write(fsys, true)
		fsys.Heal()
		whole := base.check(fsys, base.lengths())
		if err == nil && !whole {
			t.Fatalf("%v: neither an error nor an archive", fault)
		}
		unchanged(t, fsys, before)
		if fsys.OpenFiles() != 0 {
			t.Fatalf("%v: %d files are left open", fault, fsys.OpenFiles())
		}
	}
}

// TestCheckpointsMoveMeanwhile has the writer go on, and write over the journal, between any two looks at it.
func TestCheckpointsMoveMeanwhile(t *testing.T) {
	for moves := range 6 {
		o := lived(t)
		least, left := o.lengths(), moves
		o.fs.Watch(func(op crashfs.Op) {
			if left > 0 && op.Kind == crashfs.OpenRead && strings.HasPrefix(op.Path, from+"/journal") {
				left--
				for range 4 {
					o.write(left%5, 40)
					o.checkpoint()
				}
				o.write(5, 10)
			}
		})
		_, err := write(o.fs, true)
		o.fs.Watch(nil)
		must(t, err)
		if left > 0 {
			t.Fatalf("%d moves are left", left)
		}
		if !o.check(o.fs, append(least, 0)) {
			t.Fatal("no archive")
		}
	}
}

// TestCheckpointsMoveForEver is given up and says so.
func TestCheckpointsMoveForEver(t *testing.T) {
	o := lived(t)
	o.fs.Watch(func(op crashfs.Op) {
		if op.Kind == crashfs.OpenRead && strings.HasPrefix(op.Path, from+"/journal") {
			o.write(0, 1)
			o.checkpoint()
		}
	})
	if _, err := write(o.fs, true); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("got %v", err)
	}
}

// TestWriterGoesOnMeanwhile has the writer work between any two steps of the copying: nothing of that shows, whatever
// is linked.
func TestWriterGoesOnMeanwhile(t *testing.T) {
	o := lived(t)
	want := o.lengths()
	copying, busy := false, false
	o.fs.Watch(func(op crashfs.Op) {
		if op.Kind&(crashfs.Create|crashfs.Write|crashfs.Truncate|crashfs.Mkdir) == 0 {
			return // the syncs at the end are many at once
		}
		copying = copying || op.Kind == crashfs.Mkdir && op.Path == to+"/logs"
		if !copying || busy {
			return
		}
		busy = true
		o.write(len(o.fs.Ops())%5, 3)
		o.flush(len(o.fs.Ops()) % 5)
		busy = false
	})
	_, err := write(o.fs, true)
	o.fs.Watch(nil)
	must(t, err)
	o.bodies = slices.Clone(o.bodies)
	for i := range want {
		o.bodies[i] = o.bodies[i][:want[i]] // nothing later is in it
	}
	if !o.check(o.fs, want) {
		t.Fatal("no archive")
	}
}

// TestLinksAreForSealedSegments looks which are linked; those that cannot be are copied.
func TestLinksAreForSealedSegments(t *testing.T) {
	o := lived(t)
	var linked []string
	_, err := Write(context.Background(), Options{
		FS: o.fs, From: from, To: to, Live: func() (bool, error) { return true, nil },
		Link: func(oldname, newname string) error {
			linked = append(linked, filepath.Base(filepath.Dir(oldname))+"/"+filepath.Base(oldname))
			return errors.New("no links here")
		},
	})
	must(t, err)
	point := o.logs[0].Snapshot()
	if len(linked) == 0 || point.Segment < 3 {
		t.Fatalf("linked %q, the first log is at segment %d", linked, point.Segment)
	}
	for _, name := range linked {
		if strings.HasPrefix(name, "FIX.4.4,GATEWAY4,") {
			t.Errorf("%s is linked, and no checkpoint says that it is whole", name)
		}
	}
	if !o.check(o.fs, o.lengths()) {
		t.Fatal("no archive")
	}
}

// TestNothingIsWrittenToSealedSegments has a journal say again what is in one, of which the copy may have no file of
// its own.
func TestNothingIsWrittenToSealedSegments(t *testing.T) {
	o := lived(t)
	header := make([]byte, 160)
	f, err := o.fs.Open(from + "/logs/" + session.DirName(logID(0)) + "/00000001.seg")
	must(t, err)
	_, err = f.ReadAt(header, 0)
	must(t, err, f.Close())
	o.journal.Add(0, 1, 0, header)
	must(t, o.journal.Write(record.Position(o.at)))
	writes := 0
	o.fs.Watch(func(op crashfs.Op) {
		if op.Kind == crashfs.Write && strings.HasPrefix(op.Path, to) && strings.HasSuffix(op.Path, "GATEWAY0,VENUE/00000001.seg") {
			writes++
		}
	})
	report, err := write(o.fs, true)
	must(t, err)
	if writes != 1 || len(report.Notes) != 1 || !strings.Contains(report.Notes[0].Error(), "left out") {
		t.Errorf("%d writes, notes %v", writes, report.Notes)
	}
	if !o.check(o.fs, o.lengths()) {
		t.Fatal("no archive")
	}
}

// TestWhatCameHomeIsNotMissed: the spill still has what a log got while its files failed, of which the checkpoint says
// that they have it since. Nothing of that is left out, and nothing is told.
func TestWhatCameHomeIsNotMissed(t *testing.T) {
	for _, live := range []bool{false, true} {
		o := newOriginal(t)
		o.write(0, 40)
		o.write(1, 40)
		o.spill()
		o.checkpoint()
		o.write(0, 3)
		must(t, o.fs.MkdirAll(to))
		report, err := write(o.fs, live)
		must(t, err)
		if len(report.Notes) > 0 || report.JournalEntries != 1 {
			t.Errorf("%d entries, notes %v", report.JournalEntries, report.Notes)
		}
		if !o.check(o.fs, o.lengths()) {
			t.Fatal("no archive")
		}
	}
}

// spill copies what the journal holds to the spill.
func (o *original) spill() {
	spill, err := journal.Open(o.fs, from+"/spill", journal.Options{
		Archive: archiveID, Generation: 1, FileBytes: 16 << 10, FilesMax: 64,
	}, journal.Mark{})
	must(o.t, err)
	for i, log := range o.logs {
		spill.Register(record.Handle(i), log.ID())
	}
	_, err = journal.Read(o.fs, from+"/journal", archiveID, journal.Mark{}, func(e journal.Entry) error {
		if e.Bytes != nil {
			spill.Add(e.Handle, e.Segment, e.Offset, e.Bytes)
		}
		return nil
	})
	must(o.t, err, spill.Write(record.Position(o.at)), spill.Close())
}
