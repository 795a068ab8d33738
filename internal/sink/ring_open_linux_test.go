package sink

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestGarbageInTheRingIsTold: somebody wrote over a record. What lies before it is recovered; what lies behind it cannot
// be found, and its sequences are not given again.
func TestGarbageInTheRingIsTold(t *testing.T) {
	_, k, journaled := halfway(t)
	const log = 0
	at := k.sent[log][journaled[log]].at
	binary.NativeEndian.PutUint64(k.word(logbuf.Position(at)), 1<<40)
	k.m.must(os.WriteFile(k.ringPath(), k.ring, 0o600))
	report, err := k.tryRecover(k.ringPath())
	if err != nil || len(report.Notes) == 0 || !errors.Is(report.Notes[0], logbuf.ErrDamaged) {
		t.Fatalf("%v, %+v", err, report)
	}
	next := k.rig()
	next.dir, next.mapped = k.m.dir, false
	next.open()
	defer next.die()
	for i := range mortals {
		state, err := next.sink.o.Logs.Open(logID(i))
		first := state.Next
		if given := record.Sequence(len(k.sent[i])); err != nil || first <= given {
			t.Errorf("log %d goes on with sequence %d, %d were given; %v", i, first, given, err)
		}
	}
	if _, err := os.Lstat(k.ringPath()); err != nil {
		t.Errorf("what nobody could read is gone: %v", err)
	}
}

// TestARecoveryThatFailsLetsGoOfTheRing: the disk was full for a moment. Whoever opens the archive again in the same
// process must not be told that another process writes to its ring.
func TestARecoveryThatFailsLetsGoOfTheRing(t *testing.T) {
	_, k, _ := halfway(t)
	k.m.must(os.WriteFile(k.ringPath(), k.ring, 0o600))
	k.disk.Inject(crashfs.Fault{Kinds: crashfs.Rename})
	if _, err := k.tryRecover(k.ringPath()); err == nil {
		t.Fatal("recovered without a checkpoint")
	}
	k.m.must(k.recoverFrom(k.ringPath()))
}

// TestARecoveryKilledBeforeItRemovedTheRingIsQuiet: its checkpoint covers all that the ring holds.
func TestARecoveryKilledBeforeItRemovedTheRingIsQuiet(t *testing.T) {
	_, k, _ := halfway(t)
	written := false
	var within *moment
	k.disk.Watch(func(op crashfs.Op) {
		written = written || op.Kind == crashfs.Rename && op.To == k.m.path("checkpoint")
		if written && within == nil {
			ring, err := os.ReadFile(k.ringPath())
			k.m.must(err)
			within = &moment{m: k.m, what: "behind the checkpoint", ring: ring, disk: k.disk.Clone(), sent: k.sent}
		}
	})
	k.recover()
	k.disk.Watch(nil)
	within.recover()
}

// TestAHandleThatCannotBeIsRefused: a flipped bit in the ring must not take all memory.
func TestAHandleThatCannotBeIsRefused(t *testing.T) {
	r := &rig{t: t, dir: "/archive", fs: crashfs.New(), generation: 1, segmentBytes: 1 << 20}
	in := newIntake(NewLogs(r.newSet(), nil), nowhere{})
	b := make([]byte, record.FrameHeaderSize)
	record.PutFrameHeader(b, &record.Frame{Handle: 1 << 22, Kind: record.Registration})
	if err := in.take(0, record.AppendLogID(b, logID(0))); err == nil {
		t.Errorf("taken, and room made for %d handles", len(in.entries))
	}
}
