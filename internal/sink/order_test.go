package sink

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// newMappedRig is a rig whose ring is a file of the system's and all else on a disk that fails when told to.
func newMappedRig(t *testing.T) (*rig, *crashfs.FS) {
	r, disk := newRig(t), crashfs.New()
	r.mapped, r.fs = true, disk
	r.must(disk.MkdirAll(r.dir))
	disk.SyncAll()
	return r, disk
}

func below(dir string) func(string) bool {
	return func(path string) bool { return strings.HasPrefix(path, dir+string(filepath.Separator)) }
}

// TestARefusedBatchStaysInTheRing dies after the journal has taken nothing: the ring has it all.
func TestARefusedBatchStaysInTheRing(t *testing.T) {
	r, disk := newMappedRig(t)
	r.open()
	for n := range 20 {
		r.recorder(0).Record(record.Inbound, 0, message(0, n))
	}
	disk.Inject(crashfs.Fault{Kinds: crashfs.Write, Path: below(r.path("journal")), Sticky: true})
	if r.sink.batch() || len(r.alarms) == 0 {
		t.Errorf("a batch that the journal refused: alarms %v", r.alarms)
	}
	r.die()
	disk.Heal()
	r.recover()
	r.wantMessages(1, 20)
}

// TestABatchBesideASyncIsNotDurable: what came while the disk was at work waits for the next sync.
func TestABatchBesideASyncIsNotDurable(t *testing.T) {
	disk := crashfs.New()
	r := &rig{t: t, dir: "/archive", fs: disk, ringBytes: 1 << 20, segmentBytes: 1 << 20}
	r.open()
	put := func(n int) record.Position {
		r.recorder(0).Record(record.Inbound, 0, message(0, n))
		r.sink.batch()
		return record.Position(r.ring.Tail())
	}
	first, second := put(0), record.Position(0)
	disk.Watch(func(op crashfs.Op) {
		if op.Kind == crashfs.Sync && second == 0 {
			second = put(1)
		}
	})
	r.sink.syncer.sync()
	if got := r.sink.Durable(); got != first || second <= first {
		t.Errorf("durable is %d, want %d of %d", got, first, second)
	}
	r.sink.syncer.sync()
	if got := r.sink.Durable(); got != second {
		t.Errorf("after the next sync durable is %d, want %d", got, second)
	}
	r.die()
}

// TestACheckpointThatFailsFreesNothing, wherever it fails: the journal holds what the stores may lack.
func TestACheckpointThatFailsFreesNothing(t *testing.T) {
	for _, fault := range []crashfs.Fault{
		{Kinds: crashfs.Sync, Path: below("/archive/logs"), Sticky: true},
		{Kinds: crashfs.SyncDir, Path: below("/archive/logs"), Sticky: true},
		{Kinds: crashfs.Rename, Sticky: true},
	} {
		v := newVictim(t, 1)
		v.open()
		v.send(0)
		v.sink.batch()
		held := v.journal.Bytes()
		v.disk.Inject(fault)
		v.checkpoint()
		if now := v.journal.Bytes(); now != held || held == 0 {
			t.Errorf("%v: %d bytes are in the journal, want %d", fault, now, held)
		}
		v.die()
	}
}

// TestACheckpointCoversNoLogThatCannotBeWritten: what a store refuses is in the journal until it takes it.
func TestACheckpointCoversNoLogThatCannotBeWritten(t *testing.T) {
	v := newVictim(t, 1)
	v.open()
	v.send(0)
	v.sink.batch()
	v.sink.syncer.sync()
	v.acknowledge()
	v.disk.Inject(crashfs.Fault{Kinds: crashfs.Write, Path: below("/archive/logs"), Sticky: true})
	v.checkpoint()
	v.die()
	v.disk.Heal()
	v.cut()
	v.recoverThroughCuts()
	v.judge()
}

// frame puts what a hook that died halfway would have left: a frame, under any sequence.
func (r *rig) frame(i int, sequence record.Sequence, flags record.Flags, body []byte) {
	r.t.Helper()
	b := make([]byte, record.FrameHeaderSize, record.FrameHeaderSize+len(body))
	record.PutFrameHeader(b, &record.Frame{
		Sequence: sequence, Handle: r.recorder(i).Handle(), Kind: record.Inbound, Flags: flags, Time: 1,
	})
	_, err := r.ring.Put(append(b, body...))
	r.must(err)
}

// wantGapThen checks that log 0 has a message, a gap, and then another message.
func (r *rig) wantGapThen(missing record.Lost, body string) {
	r.t.Helper()
	r.sink.batch()
	for _, e := range r.sink.dirty {
		r.sink.write(e)
	}
	r.die()
	r.quiet()
	all := r.read(0)
	if len(all) != 3 || all[1].Kind != record.Gap || string(all[2].Body) != body {
		r.t.Fatalf("read %+v", all)
	}
	l, err := record.ParseLost(all[1].Body)
	if err != nil || l.Last != missing.Last || l.Count != missing.Count || l.Reason != missing.Reason {
		r.t.Errorf("the gap says %+v, %v; want %+v", l, err, missing)
	}
}

// TestWhatNeverCameLeavesAGap: sequences that no frame had are accounted for.
func TestWhatNeverCameLeavesAGap(t *testing.T) {
	r := newRig(t)
	r.open()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.frame(0, 4, 0, []byte("the fourth"))
	r.wantGapThen(record.Lost{Last: 3, Count: 2, Reason: record.WriterDied}, "the fourth")
}

// TestHalfAMessageIsNotJoined to the next one.
func TestHalfAMessageIsNotJoined(t *testing.T) {
	r := newRig(t)
	r.open()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.frame(0, 2, record.MoreFollows, []byte("half of the second, "))
	r.frame(0, 3, 0, []byte("the third"))
	r.wantGapThen(record.Lost{Last: 2, Count: 1, Reason: record.WriterDied}, "the third")
}

// TestDropsThatNothingFollowsAreTold once there is room, while the process lives.
func TestDropsThatNothingFollowsAreTold(t *testing.T) {
	r := newRig(t)
	r.ringBytes = 64 << 10
	r.open()
	lost := fill(r.recorder(0))
	for r.sink.batch() {
	}
	for _, e := range r.sink.dirty {
		r.sink.write(e)
	}
	r.die()
	if got := gaps(t, r.read(0)); got != lost {
		t.Errorf("gap records tell of %d lost messages, the hook of %d", got, lost)
	}
}

// TestAForeignRingIsLeftAlone: one of another archive or generation is not drained, nor removed.
func TestAForeignRingIsLeftAlone(t *testing.T) {
	for what, owner := range map[string]logbuf.Owner{
		"archive":    {Archive: [16]byte{1}, Generation: 1},
		"generation": {Archive: archiveID, Generation: 9},
	} {
		r := newRig(t)
		r.mapped = true
		r.open()
		r.recorder(0).Record(record.Inbound, 0, message(0, 0))
		r.sink.batch()
		r.frame(0, 2, 0, []byte("a stranger's"))
		ring, err := os.ReadFile(r.ringPath())
		r.must(err)
		r.die()

		r.must(os.Remove(r.ringPath()))
		stranger, err := logbuf.CreateFile(r.ringPath(), logbuf.Geometry{RingBytes: r.ringBytes, Slots: 1000}, owner)
		r.must(err)
		head, err := os.ReadFile(r.ringPath())
		r.must(errors.Join(err, stranger.Close()))
		const identity = 512 // at most; what is behind it moves
		r.must(os.WriteFile(r.ringPath(), append(head[:identity:identity], ring[identity:]...), 0o600))

		set := r.newSet()
		report, err := Recover(RecoverOptions{
			FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
			RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation,
		})
		r.must(errors.Join(err, set.Close()))
		if !report.RingLost || report.RingRecords != 0 || len(report.Notes) != 1 {
			t.Errorf("another %s: %+v", what, report)
		}
		if all := r.read(0); len(all) != 2 || all[1].Kind != record.Gap {
			t.Errorf("another %s: read %+v", what, all)
		}
		if _, err := os.Stat(r.ringPath()); err != nil {
			t.Errorf("another %s: %v", what, err)
		}
	}
}

// TestARecoveryThatFailsKeepsTheRing: the next try finds in it what this one could not make durable.
func TestARecoveryThatFailsKeepsTheRing(t *testing.T) {
	r, disk := newMappedRig(t)
	r.open()
	for n := range 20 {
		r.recorder(0).Record(record.Inbound, 0, message(0, n))
	}
	r.die()
	disk.Inject(crashfs.Fault{Kinds: crashfs.Sync | crashfs.SyncVolume, Sticky: true})
	set := r.newSet()
	_, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), SpillDir: r.path("spill"), CheckpointPath: r.path("checkpoint"),
		RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation,
	})
	if r.must(set.Close()); err == nil {
		t.Fatal("recovered, and nothing could be synced")
	}
	disk.Heal()
	// A copy is locked by nobody, as the ring is once this process has died of the error.
	ring, err := os.ReadFile(r.ringPath())
	r.must(err)
	r.must(errors.Join(os.WriteFile(r.path("copy"), ring, 0o600), os.Rename(r.path("copy"), r.ringPath())))
	r.recover()
	r.wantMessages(1, 20)
}
