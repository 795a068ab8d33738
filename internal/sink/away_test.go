package sink

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// sickRig is a rig whose disk refuses something of log 0.
func sickRig(t *testing.T, kinds crashfs.Kind, err error) (*rig, *crashfs.FS) {
	disk := crashfs.New()
	r := &rig{t: t, dir: "/archive", fs: disk, ringBytes: 1 << 20, segmentBytes: 16 << 10}
	r.open()
	r.sink.o.BufferBytes = 64 << 10
	r.sink.strays.pause = time.Millisecond
	dir := r.path("logs", session.DirName(logID(0)))
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.sink.Start()
	r.flush()
	disk.Inject(crashfs.Fault{Kinds: kinds, Sticky: true, Err: err, Path: func(path string) bool {
		return path == dir || filepath.Dir(path) == dir
	}})
	return r, disk
}

// put sends messages to both logs until a condition holds, and returns how many.
func (r *rig) putUntil(from int, holds func() bool) int {
	r.t.Helper()
	n := from
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			r.t.Fatalf("it does not come to that; away %d, alarms %v", r.sink.Away(), r.alarms)
		}
		for i := range 2 {
			if _, ok := r.recorder(i).Record(record.Inbound, 0, message(i, n)); !ok {
				r.t.Fatal("the ring is full")
			}
		}
		n++
		time.Sleep(100 * time.Microsecond)
	}
	return n
}

// TestOneSickLogPinsNothing and is home again, whole, when its files take what is written to them.
func TestOneSickLogPinsNothing(t *testing.T) {
	for name, ill := range map[string]struct {
		kinds crashfs.Kind
		err   error
	}{
		"writes":      {crashfs.Write, syscall.EIO},
		"syncs":       {crashfs.Sync, syscall.EIO},
		"opens":       {crashfs.Opening, syscall.EMFILE},
		"names":       {crashfs.SyncDir, syscall.EIO},
		"all changes": {crashfs.Changing | crashfs.Sync, syscall.EROFS},
		"quota":       {crashfs.Write | crashfs.Create, syscall.EDQUOT},
	} {
		t.Run(name, func(t *testing.T) {
			r, disk := sickRig(t, ill.kinds, ill.err)
			n := r.putUntil(1, func() bool { return r.sink.Away() == 1 })
			freed := r.journal.End()
			n = r.putUntil(n, func() bool { return r.spilledBytes() > 0 })
			n = r.putUntil(n, func() bool { return r.journal.Bytes() < 64<<10 && freed.Before(r.journal.End()) })
			r.flush() // nobody who waits is kept waiting
			if strings.Count(r.told(), logID(0).String()) == 0 {
				t.Errorf("nobody was told: %v", r.told())
			}
			disk.Heal()
			n = r.putUntil(n, func() bool { return r.sink.Away() == 0 })
			for range 10 {
				for i := range 2 {
					r.recorder(i).Record(record.Inbound, 0, message(i, n))
				}
				n++
			}
			r.registry.Close()
			r.must(r.sink.Close(t.Context()))
			r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
			for i := range 2 {
				for k, rec := range r.read(i) {
					want := k
					if i == 1 {
						want++
					}
					if !bytes.Equal(rec.Body, message(i, want)) {
						t.Fatalf("log %d, record %d: %q", i, k, rec.Body)
					}
				}
			}
			if got := len(r.read(0)); got != n {
				t.Errorf("%d records, want %d", got, n)
			}
			if r.spilledBytes() != 0 {
				t.Error("the spill is still there")
			}
		})
	}
}

func (r *rig) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.alarms...).Error()
}

func (r *rig) spilledBytes() (n int64) {
	report, err := journal.Read(r.fs, r.path("spill"), archiveID, journal.Mark{}, func(journal.Entry) error { return nil })
	r.must(err)
	return report.Bytes
}

// TestASickLogOutlivesItsProcess closes, dies and recovers while the log is away: each tells, and nothing is lost.
func TestASickLogOutlivesItsProcess(t *testing.T) {
	r, disk := sickRig(t, crashfs.Changing|crashfs.Sync, syscall.EROFS)
	n := r.putUntil(1, func() bool { return r.sink.Away() == 1 && r.spilledBytes() > 0 })
	r.registry.Close()
	if err := r.sink.Close(t.Context()); !errors.Is(err, errUnwritten) {
		t.Errorf("Close says %v", err)
	}
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
	for range 2 { // recoveries that cannot bring it home
		set := r.newSet()
		report, err := Recover(RecoverOptions{
			FS: r.fs, Set: set, JournalDir: r.path("journal"), SpillDir: r.path("spill"), CheckpointPath: r.path("checkpoint"),
			Archive: archiveID, Generation: r.generation,
		})
		r.must(errors.Join(err, set.Close()))
		if report.Away != 1 || len(report.Notes) == 0 {
			t.Errorf("%+v", report)
		}
	}
	r.open() // it trades, that log among the others
	r.recorder(0).Record(record.Inbound, 0, message(0, n))
	r.sink.strays.pause = time.Millisecond
	r.sink.Start()
	if _, ok := r.recorder(1).Record(record.Inbound, 0, message(1, n)); !ok {
		t.Fatal("the other log does not take a record")
	}
	r.flush()
	if r.sink.Away() != 1 {
		t.Errorf("%d logs are away", r.sink.Away())
	}
	disk.Heal()
	for deadline := time.Now().Add(30 * time.Second); r.sink.Away() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come home: %v", r.told())
		}
	}
	r.recorder(0).Record(record.Inbound, 0, message(0, n+1))
	r.registry.Close()
	r.must(r.sink.Close(t.Context()))
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
	next := 0
	for _, rec := range r.read(0) {
		if rec.Kind == record.Gap {
			continue
		}
		if !bytes.Equal(rec.Body, message(0, next)) {
			t.Fatalf("record %d: %q", rec.Sequence, rec.Body)
		}
		next++
	}
	if next != n+2 {
		t.Errorf("%d messages, want %d", next, n+2)
	}
}

// TestALogThatCannotBeReadIsOpenedByWhatIsKeptOfIt: nobody can list its directory while the process that died is recovered
// and the next one trades. What lay in the ring, what came then, and what was there before read as one.
func TestALogThatCannotBeReadIsOpenedByWhatIsKeptOfIt(t *testing.T) {
	for name, journaled := range map[string]bool{"in the ring": false, "in the journal": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.mapped = true
			r.open()
			healthy := r.fs
			for n := range 10 {
				r.recorder(0).Record(record.Inbound, 0, message(0, n))
			}
			if journaled {
				r.sink.batch()
				r.must(r.sink.dirty[0].log.Flush())
			}
			r.die()
			r.fs = unreadable{healthy, r.path("logs", session.DirName(logID(0)))}
			set := r.newSet()
			report, err := Recover(RecoverOptions{
				FS: r.fs, Set: set, JournalDir: r.path("journal"), SpillDir: r.path("spill"), QuarantineDir: r.path("quarantine"),
				CheckpointPath: r.path("checkpoint"), RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation,
			})
			r.must(errors.Join(err, set.Close()))
			if report.Away != 1 {
				t.Errorf("%+v", report)
			}
			r.open()
			for n := range 10 {
				r.recorder(0).Record(record.Inbound, 0, message(0, 10+n))
			}
			r.sink.strays.pause = time.Millisecond
			r.sink.Start()
			r.flush()
			for deadline := time.Now().Add(30 * time.Second); r.sink.Away() > 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("it does not come home: %v", r.told())
				}
			}
			r.registry.Close()
			r.must(r.sink.Close(t.Context()))
			r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Remove(), r.memory.Close()))
			r.fs = healthy
			r.wantMessages(1, 20)
		})
	}
}

// unreadable is a file system with a directory that cannot be listed.
type unreadable struct {
	disk.FS
	dir string
}

func (u unreadable) ReadDir(dir string) ([]string, error) {
	if dir == u.dir {
		return nil, syscall.EACCES
	}
	return u.FS.ReadDir(dir)
}

// step is one turn of the sink, by hand, without a checkpoint in the background.
func (r *rig) step() {
	s := r.sink
	s.checkpointed = time.Now().Add(time.Hour)
	s.batch()
	s.sweep(s.swept.Add(sweepEvery))
}

// checkpoint is one, by hand, which tries to bring home what is away.
func (r *rig) checkpoint() error {
	s := r.sink
	s.strays.pause, s.strays.tried = 0, time.Time{}
	s.point = s.snapshot(time.Now())
	c := s.point
	s.complete(c)
	s.conclude()
	return c.err
}

// away is a rig whose log 0 has one message at home and another away, nothing running.
func awayRig(t *testing.T) (*rig, *crashfs.FS) {
	r, disk := newMappedRig(t)
	r.open()
	r.sink.swept = time.Now()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.step()
	r.must(r.checkpoint())
	sick := disk.Inject(crashfs.Fault{Kinds: crashfs.Write, Sticky: true, Path: below(r.path("logs"))})
	r.recorder(0).Record(record.Inbound, 0, message(0, 1))
	r.step()
	r.must(r.checkpoint())
	if r.sink.Away() != 1 || r.spilledBytes() == 0 {
		t.Fatalf("%d logs are away, %d bytes in the spill", r.sink.Away(), r.spilledBytes())
	}
	sick.Lift()
	return r, disk
}

// TestNothingComesHomeThatOnlyTheRingHas: the journal refuses a batch while its log comes home.
func TestNothingComesHomeThatOnlyTheRingHas(t *testing.T) {
	r, disk := awayRig(t)
	r.recorder(0).Record(record.Inbound, 0, message(0, 2))
	r.sink.batch()
	refusal := disk.Inject(crashfs.Fault{Kinds: crashfs.Write | crashfs.Create, Sticky: true, Path: below(r.path("journal"))})
	r.recorder(0).Record(record.Inbound, 0, message(0, 3))
	r.sink.batch()
	if !r.sink.failing {
		t.Fatal("the journal has taken it")
	}
	r.must(r.checkpoint())
	r.die()
	refusal.Lift()
	r.recover()
	r.wantMessages(1, 4)
}

// TestASecondTryOfACheckpointSaysWhereLogsAre: the first one found no room in the spill and gave the reserve back.
func TestASecondTryOfACheckpointSaysWhereLogsAre(t *testing.T) {
	r, disk := awayRig(t)
	full := disk.Inject(crashfs.Fault{Kinds: crashfs.Write | crashfs.Create, Sticky: true, Err: syscall.ENOSPC, Path: func(path string) bool {
		return filepath.Dir(path) != r.path("journal")
	}})
	r.sink.o.Spare = func() bool { full.Lift(); return true }
	r.recorder(0).Record(record.Inbound, 0, message(0, 2))
	r.step()
	r.must(r.checkpoint())
	if r.sink.Away() != 0 {
		t.Fatal("it is still away")
	}
	r.recorder(0).Record(record.Inbound, 0, message(0, 3)) // in a new segment
	r.step()
	r.must(r.sink.dirty[0].log.Flush())
	r.die()
	r.recover()
	r.wantMessages(1, 4)
}

// TestALogThatGoesAwayBesideACheckpointIsProvedByIt, not by the one before.
func TestALogThatGoesAwayBesideACheckpointIsProvedByIt(t *testing.T) {
	r, disk := newMappedRig(t)
	r.segmentBytes = 2000
	r.open()
	s := r.sink
	s.swept = time.Now()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.step()
	r.must(r.checkpoint())
	s.strays.pause = time.Hour
	for n := 1; n < 20; n++ {
		r.recorder(0).Record(record.Inbound, 0, message(0, n))
	}
	r.step()
	s.syncer.checkpointing.Store(true)
	s.point = s.snapshot(time.Now())
	disk.Inject(crashfs.Fault{Kinds: crashfs.Write, Sticky: true, Path: below(r.path("logs"))})
	s.sendAway(s.intake.entries[r.recorder(0).Handle()], errUnwritten)
	s.complete(s.point)
	s.syncer.checkpointing.Store(false)
	s.conclude()
	for n := range 20 {
		r.recorder(0).Record(record.Inbound, 0, message(0, 20+n))
	}
	r.step()
	s.strays.tried = time.Now()
	s.point = s.snapshot(time.Now())
	s.complete(s.point)
	s.conclude()
	disk.Heal()
	r.die()
	r.recover()
	r.wantMessages(1, 40)
}
