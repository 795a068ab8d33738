package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var archiveID = [16]byte{0xfa}

// rig is an archive without its face: everything from the registry to the disk.
type rig struct {
	t            testing.TB
	dir          string
	fs           disk.FS
	generation   record.Generation
	ringBytes    int
	segmentBytes int64
	slots        int
	mapped       bool
	whenFull     session.WhenFull

	memory   *logbuf.Memory
	ring     *logbuf.MPSC
	registry *session.Registry
	set      *store.Set
	journal  *journal.Journal
	sink     *Sink

	mu     sync.Mutex
	alarms []error
}

func newRig(t testing.TB) *rig {
	return &rig{t: t, dir: t.TempDir(), fs: disk.OS(disk.Modes{}), ringBytes: 1 << 20, segmentBytes: 1 << 20}
}

func (r *rig) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

func (r *rig) newSet() *store.Set {
	return store.NewSet(r.fs, r.path("logs"), store.Options{
		Archive: archiveID, Generation: r.generation, SegmentBytes: r.segmentBytes, OpenFiles: 8, SyncsAtOnce: 1,
		DirName: session.DirName, Quarantine: r.path("quarantine"),
	})
}

// open makes the next generation; the sink is not started yet.
func (r *rig) open() {
	r.t.Helper()
	r.must(r.tryOpen())
}

func (r *rig) tryOpen() error {
	r.generation++
	geometry := logbuf.Geometry{RingBytes: r.ringBytes, Slots: max(r.slots, 1000)}
	var err error
	if r.mapped {
		r.memory, err = logbuf.CreateFile(r.ringPath(), geometry, logbuf.Owner{Archive: archiveID, Generation: uint64(r.generation)})
	} else {
		r.memory, err = logbuf.NewHeap(geometry)
	}
	if err != nil {
		return err
	}
	if err := r.fs.MkdirAll(r.path("journal")); err != nil {
		return err
	}
	point, err := journal.ReadCheckpoint(r.fs, r.path("checkpoint"))
	if errors.Is(err, os.ErrNotExist) {
		point, err = &journal.Checkpoint{}, nil
	}
	if err != nil {
		return err
	}
	r.set = r.newSet()
	r.journal, err = journal.Open(r.fs, r.path("journal"), journal.Options{
		Archive: archiveID, Generation: r.generation, FileBytes: 1 << 20, FilesMax: 4,
	}, point.Journal)
	if err != nil {
		return err
	}
	r.ring = logbuf.NewMPSC(r.memory)
	logs, clock := NewLogs(r.set, point.Logs), session.NewClock()
	r.registry = session.NewRegistry(session.Options{
		Ring: r.ring, Memory: r.memory, Clock: clock, Open: logs.Open, Wake: func() { r.sink.Wake() }, Stored: func() record.Position { return r.sink.Stored() },
		WhenFull: r.whenFull, WaitBudget: 20 * time.Second, LogsMax: max(r.slots, 1000),
	})
	r.sink, err = New(Options{
		Ring: r.ring, Registry: r.registry, Logs: logs, Journal: r.journal, Clock: clock,
		FS: r.fs, CheckpointPath: r.path("checkpoint"), JournalDir: r.path("journal"), SpillDir: r.path("spill"), Checkpoint: point, Archive: archiveID, Generation: r.generation,
		SyncInterval: 10 * time.Millisecond, CheckpointBytes: 1 << 20, CheckpointAge: 50 * time.Millisecond, BufferBytes: 1 << 20,
		Alarm: func(err error) { r.mu.Lock(); r.alarms = append(r.alarms, err); r.mu.Unlock() },
		Beat:  func(durable, stored record.Position) {},
	})
	return err
}

func (r *rig) ringPath() string { return r.path(fmt.Sprintf("%d.ring", r.generation)) }

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// close ends the generation as Archive.Close does.
func (r *rig) close() {
	r.t.Helper()
	r.registry.Close()
	r.must(r.sink.Close(context.Background()))
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Remove(), r.memory.Close()))
	r.quiet()
}

// quiet fails the test for every alarm, but of a slow disk.
func (r *rig) quiet() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, err := range r.alarms {
		if !errors.Is(err, ErrTrailing) { // the machine's own disk is slow
			r.t.Errorf("alarm: %v", err)
		}
	}
}

// die ends the generation as kill -9 would, without a sink at work.
func (r *rig) die() {
	r.t.Helper()
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
}

func (r *rig) recover() RecoverReport {
	r.t.Helper()
	set := r.newSet()
	ring := ""
	if r.mapped {
		ring = r.ringPath()
	}
	report, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), SpillDir: r.path("spill"), QuarantineDir: r.path("quarantine"), CheckpointPath: r.path("checkpoint"),
		RingPath: ring, Archive: archiveID, Generation: r.generation,
	})
	r.must(errors.Join(err, set.Close()))
	for _, note := range report.Notes {
		r.t.Errorf("note: %v", note)
	}
	return report
}

func (r *rig) flush() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r.must(r.sink.Flush(ctx, record.Position(r.ring.Tail())))
}

func (r *rig) recorder(i int) *session.Recorder {
	r.t.Helper()
	rec, err := r.registry.Recorder(logID(i))
	r.must(err)
	return rec
}

func logID(i int) record.LogID {
	return record.LogID{
		Session: record.Identity{BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("GATEWAY%d", i), TargetCompID: "VENUE"},
		Source:  record.Hook,
	}
}

// read returns everything that a log holds, and fails where sequences do not follow each other.
func (r *rig) read(i int, over ...store.Extent) []record.Record {
	r.t.Helper()
	reader, err := store.OpenReader(r.fs, r.path("logs", session.DirName(logID(i))), over...)
	r.must(err)
	var all []record.Record
	next := record.Sequence(1)
	for rec, err := range reader.Records(store.Query{}) {
		r.must(err)
		if rec.Sequence != next {
			r.t.Fatalf("log %d: sequence %d, want %d", i, rec.Sequence, next)
		}
		next = rec.Last() + 1
		rec.Body = bytes.Clone(rec.Body)
		all = append(all, rec)
	}
	return all
}

// message is the n-th message of a log, told apart by its number.
func message(i, n int) []byte {
	return fmt.Appendf(nil, "8=FIX.4.4\x019=5\x0135=D\x0149=GATEWAY%d\x0134=%d\x0158=%s\x0110=000\x01", i, n, bytes.Repeat([]byte{'x'}, n%300))
}
