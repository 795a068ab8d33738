package fixarchive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/alarm"
	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/sink"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Archive is an archive opened for writing. One process holds it at a time. All methods may be called from any
// goroutine.
type Archive struct {
	o        Options
	fs       disk.FS
	lock     *disk.Lock
	meta     journal.Meta
	point    *journal.Checkpoint // while it is being opened
	memory   *logbuf.Memory
	ring     *logbuf.MPSC
	registry *session.Registry
	set      *store.Set
	journal  *journal.Journal
	sink     *sink.Sink
	status   *journal.StatusFile
	reserve  *disk.Reserve
	ledger   *alarm.Ledger
	space    *spaceWatch
	chores   chores
	recovery *sink.RecoverReport
	opened   time.Time

	refused   atomic.Uint64 // refusals that the alarm was raised for
	alarms    atomic.Uint64
	lastAlarm atomic.Pointer[error]
	recent    recent

	mapped   sync.RWMutex // held for reading by who looks at the ring from outside, for writing while it is unmapped
	unmapped bool

	stores storesOf

	closing  sync.Once
	closed   chan struct{}
	closeErr error
}

// paths of an archive's parts.
func (o *Options) metaPath() string       { return filepath.Join(o.Path, "meta") }
func (o *Options) lockPath() string       { return filepath.Join(o.Path, "lock") }
func (o *Options) statusPath() string     { return filepath.Join(o.Path, "status") }
func (o *Options) checkpointPath() string { return filepath.Join(o.Path, "checkpoint") }
func (o *Options) reservePath() string    { return filepath.Join(o.Path, "reserve") }
func (o *Options) journalDir() string     { return filepath.Join(o.Path, "journal") }
func (o *Options) spillDir() string       { return filepath.Join(o.Path, "spill") }
func (o *Options) logsDir() string        { return filepath.Join(o.Path, "logs") }
func (o *Options) quarantineDir() string  { return filepath.Join(o.Path, "quarantine") }

// Open opens an archive for writing, and makes it where there is none. When the last process that wrote to it did
// not close it, what that process had accepted is recovered first. An archive that another process holds is a
// *HeldError.
func Open(o Options) (*Archive, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o, err = o.absolute(); err != nil {
		return nil, err
	}
	a := &Archive{o: o, fs: disk.OS(disk.Modes{File: o.FileMode, Dir: o.DirMode}), closed: make(chan struct{}), opened: time.Now()}
	a.ledger, a.space = alarm.New(a.fs, o.Path), newSpaceWatch(a.fs, &o)
	for _, step := range []func() error{a.takeLock, a.findReserve, a.readMeta, a.recover, a.readCheckpoint, a.begin, a.openParts} {
		if err := step(); err != nil {
			return nil, errors.Join(err, a.abandon())
		}
	}
	a.sink.Start()
	a.recordRecovery()
	return a, nil
}

func (a *Archive) takeLock() (err error) {
	if err := a.fs.MkdirAll(a.o.Path); err != nil {
		return err
	}
	a.lock, err = hold(a.o.lockPath(), a.o.Path, "")
	return err
}

// readMeta reads what the archive says of itself, or gives a new one its identity.
func (a *Archive) readMeta() error {
	meta, err := journal.ReadMeta(a.fs, a.o.metaPath())
	if err == nil {
		a.meta = *meta
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if names, err := a.fs.ReadDir(a.o.logsDir()); err == nil && len(names) > 0 {
		return fmt.Errorf("%s is missing, but %s holds logs: restore it, or open another directory", a.o.metaPath(), a.o.logsDir())
	}
	a.meta = journal.Meta{Created: record.Nanos(a.opened.UnixNano())}
	rand.Read(a.meta.Archive[:])
	// At once: if this process dies before it has begun, the next one knows by it what is left over of its ring.
	return journal.WriteMeta(a.fs, a.o.metaPath(), &a.meta)
}

// recover does what the last process left undone.
func (a *Archive) recover() error {
	if !a.meta.Open {
		return nil
	}
	err := a.spared(a.recoverOnce) // a recovery that was cut short is simply run again
	a.writeAlarms()
	return err
}

func (a *Archive) recoverOnce() error {
	set := a.newSet()
	report, err := sink.Recover(sink.RecoverOptions{
		FS: a.fs, Set: set, JournalDir: a.o.journalDir(), SpillDir: a.o.spillDir(), QuarantineDir: a.o.quarantineDir(), CheckpointPath: a.o.checkpointPath(),
		RingPath: a.meta.Ring, Archive: a.meta.Archive, Generation: a.meta.Generation, Boot: bootID(),
	})
	a.recovery = &report
	for _, note := range report.Notes {
		a.alarm(note)
	}
	return errors.Join(err, set.Close())
}

// begin makes the ring and says, durably and before the first hook, that this generation is open.
func (a *Archive) begin() error {
	a.meta.Generation++
	a.meta.Boot = bootID()
	a.sweepRings()
	if err := a.makeRing(); err != nil {
		return err
	}
	a.meta.Ring = a.memory.Path()
	a.meta.Open = true
	return a.spared(func() error { return journal.WriteMeta(a.fs, a.o.metaPath(), &a.meta) })
}

// sweepRings removes what is left of an Open that died between making a ring and naming it in meta. Nothing else would:
// the next ring has another name, and under /dev/shm they would take memory until the machine is started again.
func (a *Archive) sweepRings() {
	names, _ := a.fs.ReadDir(a.ringDir())
	for _, name := range names {
		path := filepath.Join(a.ringDir(), name)
		if !strings.HasPrefix(name, a.ringPrefix()) || path == a.meta.Ring {
			continue
		}
		if err := logbuf.RemoveUnused(path, a.meta.Archive); err != nil {
			a.alarm(err)
		}
	}
}

// makeRing makes the ring in a mapped file, or on the heap when that fails, and says so: then a crash of the
// process loses what the sink has not taken.
func (a *Archive) makeRing() error {
	geometry := logbuf.Geometry{RingBytes: a.o.RingBytes, Slots: a.o.LogsMax}
	owner := logbuf.Owner{Archive: a.meta.Archive, Generation: uint64(a.meta.Generation), Boot: a.meta.Boot, BaseWall: a.opened.UnixNano()}
	memory, err := logbuf.CreateFile(a.ringPath(), geometry, owner)
	if err != nil {
		a.alarm(fmt.Errorf("the ring is on the heap: a crash of this process loses what is not yet on disk: %w", err))
		memory, err = logbuf.NewHeap(geometry)
	}
	a.memory = memory
	return err
}

// ringPath is a name that no other ring has, not even that of a copy of this archive. meta says which it is.
func (a *Archive) ringPath() string {
	var unique [4]byte
	rand.Read(unique[:])
	return filepath.Join(a.ringDir(), fmt.Sprintf("%s%d-%x.ring", a.ringPrefix(), a.meta.Generation, unique))
}

func (a *Archive) ringPrefix() string { return fmt.Sprintf("fixarchive-%x-", a.meta.Archive[:4]) }

func (a *Archive) ringDir() string {
	if a.o.RingDir != "" {
		return a.o.RingDir
	}
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return a.o.Path
}

func (a *Archive) newSet() *store.Set {
	return store.NewSet(a.fs, a.o.logsDir(), store.Options{
		Archive: a.meta.Archive, Generation: a.meta.Generation,
		SegmentBytes: a.o.SegmentBytes, SegmentAge: a.o.SegmentAge, OpenFiles: a.o.OpenFiles,
		DirName: session.DirName, Quarantine: a.o.quarantineDir(), Report: a.alarm,
	})
}

// readCheckpoint reads where every log ended. An archive that was closed, or recovered, has one: without it nobody could
// tell what was acknowledged from what a power cut left half written, so it is not opened for writing.
func (a *Archive) readCheckpoint() (err error) {
	a.point, err = journal.ReadCheckpoint(a.fs, a.o.checkpointPath())
	if errors.Is(err, fs.ErrNotExist) && a.meta.Generation == 0 {
		a.point, err = &journal.Checkpoint{Archive: a.meta.Archive}, nil
	}
	if err == nil && a.point.Archive != a.meta.Archive {
		err = fmt.Errorf("it is of archive %x, want %x", a.point.Archive, a.meta.Archive)
	}
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read; restore %s from a backup, or open another directory: %w", a.o.checkpointPath(), err)
	}
	return nil
}

// openParts makes everything between the ring and the disk.
func (a *Archive) openParts() (err error) {
	a.set = a.newSet()
	if err := a.spared(a.openJournal); err != nil {
		return err
	}
	if a.status, err = journal.CreateStatus(a.fs, a.o.statusPath()); err != nil {
		return err
	}
	err = a.assemble()
	a.point = nil
	if err != nil {
		return err
	}
	if err := a.reserve.Take(); err != nil {
		a.alarm(fmt.Errorf("nothing is kept back for when the disk is full: %w", err))
	}
	a.lookAtDisk(a.opened)
	return nil
}

func (a *Archive) openJournal() (err error) {
	a.journal, err = journal.Open(a.fs, a.o.journalDir(), journal.Options{
		Archive: a.meta.Archive, Generation: a.meta.Generation,
		FileBytes: a.o.JournalBytes / journalFilesMax, FilesMax: journalFilesMax,
	}, a.point.Journal)
	return err
}

// assemble ties ring, registry and sink together.
func (a *Archive) assemble() (err error) {
	a.ring = logbuf.NewMPSC(a.memory)
	clock := session.NewClock()
	known := sink.NewLogs(a.set, a.point.Logs)
	a.registry = session.NewRegistry(session.Options{
		Ring: a.ring, Memory: a.memory, Clock: clock, Open: known.Open, LogsMax: a.o.LogsMax,
		Wake: func() { a.sink.Wake() }, Stored: func() record.Position { return a.sink.Stored() },
		WhenFull: a.o.whenFull(), WaitBudget: a.o.WaitBudget,
	})
	a.sink, err = sink.New(sink.Options{
		Ring: a.ring, Registry: a.registry, Logs: known, Journal: a.journal, Clock: clock,
		FS: a.fs, CheckpointPath: a.o.checkpointPath(), JournalDir: a.o.journalDir(), SpillDir: a.o.spillDir(),
		Checkpoint: a.point, Archive: a.meta.Archive, Generation: a.meta.Generation,
		SyncInterval: a.o.interval(), CheckpointBytes: a.o.JournalBytes / 4, CheckpointAge: time.Minute,
		BufferBytes: a.o.BufferBytes, Alarm: a.alarm, Spare: a.spare,
		Beat: func(durable, stored record.Position) { a.beat(durable, stored, false) },
	})
	return err
}

// Flush returns when everything captured before it is durable and can be found by readers.
func (a *Archive) Flush(ctx context.Context) error {
	target, ok := a.tail()
	if !ok {
		return ErrClosed
	}
	err := a.sink.Flush(ctx, target)
	if errors.Is(err, sink.ErrClosed) {
		return ErrClosed
	}
	return err
}

// tail is where the next record will be put, while there is a ring.
func (a *Archive) tail() (record.Position, bool) {
	a.mapped.RLock()
	defer a.mapped.RUnlock()
	if a.unmapped {
		return 0, false
	}
	return record.Position(a.ring.Tail()), true
}

// Close drains the ring, makes everything durable and lets go of the archive. Hooks may go on calling: what they
// bring is counted as dropped. Closing twice is harmless.
func (a *Archive) Close() error { return a.CloseContext(context.Background()) }

// CloseContext is Close with a limit. When ctx ends first its error is returned and closing goes on by itself.
func (a *Archive) CloseContext(ctx context.Context) error {
	a.closing.Do(func() { go a.close() })
	select {
	case <-a.closed:
		return a.closeErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Archive) close() {
	defer close(a.closed)
	a.registry.Close()
	a.closeErr = a.sink.Close(context.Background())
	a.closeErr = errors.Join(a.closeErr, a.journal.Close(), a.set.Close())
	if a.closeErr == nil {
		a.closeErr = a.forgetRing()
	}
	a.chores.Wait()
	if a.closeErr == nil {
		a.beat(a.sink.Durable(), a.sink.Stored(), true)
	}
	a.closeErr = errors.Join(a.closeErr, a.release())
}

// forgetRing says that nothing is left to recover, then removes the ring: in this order, a crash in between
// leaves a file that nothing asks for, where the other would look like a power cut.
func (a *Archive) forgetRing() error {
	a.meta.Open, a.meta.Ring = false, ""
	if err := journal.WriteMeta(a.fs, a.o.metaPath(), &a.meta); err != nil {
		return err
	}
	if a.memory.Mapped() {
		return a.memory.Remove()
	}
	return nil
}

// abandon undoes a half-done Open. The ring holds nothing yet; that meta says open costs the next Open a recovery
// that finds nothing.
func (a *Archive) abandon() (err error) {
	if a.journal != nil {
		err = errors.Join(err, a.journal.Close())
	}
	if a.set != nil {
		err = errors.Join(err, a.set.Close())
	}
	if a.memory != nil && a.memory.Mapped() {
		err = errors.Join(err, a.memory.Remove())
	}
	return errors.Join(err, a.release())
}

// release lets go of what is held outside of files: the mapping, the status file, and at last the lock.
func (a *Archive) release() (err error) {
	if a.memory != nil {
		a.mapped.Lock()
		a.unmapped = true
		err = errors.Join(err, a.memory.Close())
		a.mapped.Unlock()
	}
	if a.status != nil {
		err = errors.Join(err, a.status.Close())
	}
	if a.lock != nil {
		_ = a.ledger.Close(time.Now()) // there is nobody left to tell
		err = errors.Join(err, a.lock.Release())
	}
	return err
}

// alarm counts a failure, keeps it for whoever looks later, and tells the owner, once in a while when it is the same
// again and again. It does no I/O.
func (a *Archive) alarm(err error) {
	a.alarms.Add(1)
	a.lastAlarm.Store(&err)
	text, now := err.Error(), time.Now()
	a.ledger.Note(text, uint32(a.meta.Generation), now)
	if a.o.Alarm != nil && a.recent.fresh(text, now) {
		a.o.Alarm(err)
	}
}

// bootID tells one start of the machine from another; zero where the system does not say.
func bootID() (id [16]byte) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id
	}
	digits := 0
	for _, c := range text {
		if v, ok := hexDigit(c); ok && digits < 32 {
			id[digits/2] = id[digits/2]<<4 | v
			digits++
		}
	}
	return id
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
