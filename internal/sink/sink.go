// Package sink moves records from the ring to the disk. One goroutine, the sink, is the only writer of an
// archive's files; beside it the syncer makes them durable.
//
//	ring ──Next──► intake ──Commit──► journal.Write ──► ring released     journaled: a process crash takes nothing
//	                  │                     └─► syncer: fdatasync          durable:   a power cut takes nothing
//	                  └─► store buffers ──Flush──► segments                stored:    readers find it
//	                                                   └─► syncer: checkpoint, then the journal's files are free again
//	                                                       and, of logs whose files fail, what it held is in the spill
//
// The three watermarks are positions in the ring's stream: everything before them has got that far.
//
// Start, Wake, Flush, Close and the watermarks may be called by any goroutine. The sink never stops for an
// error: it reports it through Alarm, keeps the batch and tries again, while the ring fills and, in the end,
// hooks drop. It knows quickfix messages only as far as the flags and the MsgSeqNum that readers search by.
package sink

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// Options are what a Sink works with; all but the durations and sizes are required.
type Options struct {
	Ring     *logbuf.MPSC
	Registry *session.Registry
	Logs     *Logs
	Journal  *journal.Journal
	Clock    *session.Clock

	FS             disk.FS
	CheckpointPath string
	JournalDir     string              // Journal's
	SpillDir       string              // for what logs cannot take whose files fail; made when there is one
	Checkpoint     *journal.Checkpoint // the archive's last; it covers what Journal does not hold
	Archive        [16]byte
	Generation     record.Generation

	SyncInterval    time.Duration // how far durable may trail; 0: sync only when somebody waits
	CheckpointBytes int64         // a checkpoint is due when the journal holds this much
	CheckpointAge   time.Duration // … or this long after the first record that is not in one
	BufferBytes     int           // what all stores together may hold back

	// Spare gives back disk space that is held in reserve, and reports whether there was any. Called by any goroutine; nil
	// where nothing is.
	Spare func() bool
	// Alarm is told of every failure that the owner should know of. It is called on the sink's and the
	// syncer's goroutine and must not block.
	Alarm func(error)
	// Beat is called about once a second, and once at the end, with the watermarks: the status file's heartbeat.
	Beat func(durable, stored record.Position)
}

// ErrClosed is the answer of Flush when the sink stops before what was captured is safe.
var ErrClosed = errors.New("the archive is closed")

// How long a store's records wait for company before they are written.
const (
	flushIdle  = 50 * time.Millisecond
	flushAge   = time.Second
	flushBytes = 64 << 10
)

// batchBytes bounds what is taken from the ring before it is journaled and released.
const batchBytes = 1 << 20

// Sink is the goroutine's state. Make it with New.
type Sink struct {
	o Options

	// Owned by run.
	intake       intake
	dirty        []*entry        // logs whose buffers hold something, each once, and some that were written since
	buffered     int             // bytes in them
	batchBegin   record.Position // where the batch at hand begins in the ring
	batchEnd     record.Position // everything before it is in the journal, once the batch is
	frame        []byte          // the one at hand
	failing      bool            // the journal refuses the batch at hand
	full         bool            // … for lack of room, which a checkpoint is making
	swept        time.Time       // when the buffers were last looked through
	beaten       time.Time       // the last heartbeat
	checkpointed time.Time       // when the last checkpoint began, or when there was nothing to put in one
	point        *snapshot       // a checkpoint of which conclude does not know yet what came of it
	pointFailed  bool            // the last one did
	again        bool            // … and has found files that are not to be believed
	proven       proven          // by the last one that succeeded
	strays       strays          // logs that are away
	sick         crowd           // logs that could not be written, not told yet
	gone         crowd           // … that have gone away
	worked       time.Time       // the last batch
	lastDrops    bool            // the archive closes, and what was dropped has been looked at for the last time
	rested       time.Duration   // the last rest; zero while there is work
	timer        *time.Timer     // of rests

	// Written by run, read by anyone.
	stored atomic.Uint64
	beyond atomic.Uint64 // what was captured before may be lost with a ring that was cut off
	turned atomic.Int64  // UnixNano of when it last came around
	parked atomic.Bool

	// Any goroutine tells run.
	wake    chan struct{}
	closing atomic.Bool
	wanted  atomic.Uint64 // stores must be written up to here at once

	closed error // what is not safe when the sink has ended, written by run before that
	syncer *syncer
	passed signal // broadcast whenever a watermark moves
	done   sync.WaitGroup
	ended  chan struct{} // closed when run has
}

// New makes a sink; Start sets it to work.
func New(o Options) (*Sink, error) {
	s := &Sink{o: o, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	s.intake = newIntake(o.Logs, o.Journal)
	s.passed.init()
	s.syncer = newSyncer(s)
	s.proven.set(o.Checkpoint)
	s.o.Checkpoint = nil
	return s, s.adopt()
}

// Start runs the sink and the syncer until Close.
func (s *Sink) Start() {
	s.done.Add(3)
	go func() { defer s.done.Done(); s.watch() }()
	go func() { defer s.done.Done(); s.syncer.run() }()
	go func() { defer s.done.Done(); s.run() }()
}

// Durable is the watermark below which a power cut takes nothing.
func (s *Sink) Durable() record.Position { return record.Position(s.syncer.durable.Load()) }

// Stored is the watermark below which readers find everything.
func (s *Sink) Stored() record.Position { return record.Position(s.stored.Load()) }

// Wake makes a parked sink look at the ring. While it is awake this costs one load.
func (s *Sink) Wake() {
	if s.parked.Load() {
		s.rouse()
	}
}

// rouse ends the rest that the sink is in, or the next one: who waits may not miss one that is just beginning.
func (s *Sink) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Flush returns when everything before end is durable and can be found by readers, or with the error of a sync that
// failed meanwhile.
func (s *Sink) Flush(ctx context.Context, end record.Position) error {
	target := uint64(end)
	failures := s.syncer.failures.Load()
	raise(&s.wanted, target)
	s.syncer.demand(target)
	for {
		moved := s.passed.next()
		there := uint64(s.Durable()) >= target && uint64(s.Stored()) >= target
		if s.Lost(end) {
			return errCutOff
		}
		if there {
			return nil
		}
		if s.syncer.failures.Load() != failures {
			return s.syncer.lastError()
		}
		s.rouse()
		select {
		case <-moved:
		case <-s.syncer.stopped:
			if uint64(s.Durable()) >= target && uint64(s.Stored()) >= target {
				return nil
			}
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// SyncEvery has durable trail by no more than d from now on; it may trail by less already.
func (s *Sink) SyncEvery(d time.Duration) {
	for {
		old := s.syncer.interval.Load()
		if old > 0 && old <= int64(d) || s.syncer.interval.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// ErrLate is the answer of Await when its budget is over.
var ErrLate = errors.New("it is not durable in time")

// Await returns when the record at a position is durable. All who wait share a sync. A sync that fails is no answer yet: a
// checkpoint may make durable what it could not.
func (s *Sink) Await(position record.Position, budget time.Duration) error {
	target := uint64(position) + 1 // batches end between records
	if uint64(s.Durable()) >= target {
		return s.unless(position)
	}
	raise(&s.syncer.demanded, target)
	if s.syncer.journaled.Load() >= target { // else the sink says so to the syncer, when the journal has it
		s.syncer.nudge()
	}
	var late *time.Timer
	for {
		moved := s.syncer.moved.next()
		if uint64(s.Durable()) >= target {
			return s.unless(position)
		}
		if late == nil {
			late = timer(budget)
			defer timers.Put(late)
			defer late.Stop()
		}
		s.rouse()
		select {
		case <-moved:
		case <-s.syncer.stopped:
			if uint64(s.Durable()) >= target {
				return s.unless(position)
			}
			return ErrClosed
		case <-late.C:
			return s.late()
		}
	}
}

// timers are for those who wait, often and seldom in vain.
var timers sync.Pool

func timer(d time.Duration) *time.Timer {
	t, _ := timers.Get().(*time.Timer)
	if t == nil {
		return time.NewTimer(d)
	}
	t.Reset(d)
	return t
}

// unless is nil unless the record at a position may be lost, whatever the watermark says.
func (s *Sink) unless(position record.Position) error {
	if s.Lost(position) {
		return errCutOff
	}
	return nil
}

// late is ErrLate with what keeps the syncer from being in time, if that is known.
func (s *Sink) late() error {
	if err := s.syncer.lastError(); err != nil && s.syncer.uncovered.Load() {
		return fmt.Errorf("%w: %w", ErrLate, err)
	}
	return ErrLate
}

// Close drains the ring, writes and syncs everything, and stops both goroutines. No hook may be in the ring
// any more. When ctx ends first they are left to finish by themselves and ctx's error is returned.
func (s *Sink) Close(ctx context.Context) error {
	s.closing.Store(true)
	s.rouse()
	finished := make(chan struct{})
	go func() { s.done.Wait(); close(finished) }()
	select {
	case <-finished:
		return s.closed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run is the sink's goroutine.
func (s *Sink) run() {
	defer close(s.ended)
	defer s.finish()
	s.swept = time.Now()
	s.worked, s.checkpointed = s.swept, s.swept
	for {
		s.turned.Store(time.Now().UnixNano())
		worked := s.batch()
		now := time.Now()
		s.sweep(now)
		s.beat(now)
		if worked {
			s.rested, s.worked = 0, now
		}
		if worked && s.pressed() {
			continue
		}
		if !worked && s.closing.Load() && s.drained() {
			return
		}
		s.rest(now)
	}
}

// watch tells when durable trails, on a goroutine of its own: a file system that hangs holds the other two.
func (s *Sink) watch() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			s.syncer.tellTrailing(max(s.Trailing(), s.hung(now)))
		case <-s.ended:
			return
		}
	}
}

// hung is for how long run has been at the same turn, with something waiting in the ring.
func (s *Sink) hung(now time.Time) time.Duration {
	if turned := s.turned.Load(); turned != 0 && s.o.Ring.Used() > 0 {
		return now.Sub(time.Unix(0, turned))
	}
	return 0
}

// drained reports whether nothing is left that the sink could still take. A batch that the journal refuses
// is given up when the archive closes: it stays in the ring, and the next Open finds it there.
func (s *Sink) drained() bool {
	if s.full {
		return false // a checkpoint is making room
	}
	if s.o.Ring.Severed() && !s.failing {
		return false // it is about to be started again
	}
	if _, stalled := s.o.Ring.Stalled(); stalled {
		// No hook is in the ring any more: the record there will never be whole, and what is behind it cannot be reached.
		s.failing = true
	}
	return s.failing || s.o.Ring.Used() == 0
}

// batch moves what lies in the ring, up to batchBytes, to the journal and to the stores' buffers, and
// reports whether there was anything.
//
// The order is the promise. Only when the journal has the batch may the ring forget it, and only when
// `taken` says so may the bytes be zeroed: a crash between any two steps finds each record in the ring, in
// the journal or in both, and sequences tell which are the same.
func (s *Sink) batch() bool {
	if !s.failing {
		s.gather()
		severed := s.severed()
		if s.fill(); severed && s.batchEnd == s.batchBegin {
			s.restart()
		}
		if s.batchEnd == s.batchBegin && s.intake.empty() {
			return false
		}
		s.intake.commit()
	}
	s.syncer.behind(time.Now()) // before the write, which may hang
	if err := s.o.Journal.Write(s.batchEnd); err != nil {
		s.refused(err)
		return false
	}
	s.failing, s.full = false, false
	s.o.Ring.Guard(func() {
		s.o.Ring.MarkTaken()
		s.o.Ring.Release()
	})
	s.intake.settle(s.hold)
	s.syncer.written(s.batchEnd, s.rested >= restLong)
	return true
}

// gather lets those who are about to wait put their records first, while somebody waits already: they all share a sync.
// Savers that one sync has woken come one after the other, and the first would be alone in the next.
func (s *Sink) gather() {
	if s.syncer.demanded.Load() <= s.syncer.journaled.Load() {
		return
	}
	for range gathered {
		before := s.o.Ring.Used()
		runtime.Gosched()
		if s.o.Ring.Used() == before {
			return
		}
	}
}

const gathered = 16

// fill takes frames from the ring, and the gap records of drops that nothing follows.
func (s *Sink) fill() {
	s.batchBegin = s.batchEnd
	s.o.Ring.Guard(s.takeFrames)
	if s.lastDrops {
		return
	}
	// Hooks go on dropping when the archive is closed: once the ring is empty then, this is the last look.
	s.lastDrops = s.closing.Load() && !s.o.Ring.Severed() && s.batchEnd == record.Position(s.o.Ring.Tail())
	for r := range s.o.Registry.Dropping() {
		s.alarm(s.intake.takeLost(r, s.batchEnd))
	}
}

// takeFrames copies each frame before anybody looks at it: whatever happens to the ring's memory happens here, and
// nothing of the stores is half done then.
func (s *Sink) takeFrames() {
	for taken := 0; taken < batchBytes; {
		position, frame, ok := s.o.Ring.Next()
		if ok {
			s.frame = append(s.frame[:0], frame...)
			taken += len(frame)
			s.alarm(s.intake.take(record.Position(position), s.frame))
		}
		s.batchEnd = record.Position(s.o.Ring.Cursor())
		if !ok {
			return
		}
	}
}

// refused is the journal's answer that it took nothing. The batch and the ring stay as they are. A full journal is
// no failure by itself: it has room again after the checkpoint that is due or under way.
func (s *Sink) refused(err error) {
	now := time.Now()
	s.full = errors.Is(err, journal.ErrFull) && !(s.closing.Load() && s.pointFailed)
	if s.full && now.Sub(s.checkpointed) >= coverEvery {
		s.checkpoint(now)
	}
	if !s.full && !s.failing {
		s.alarm(err)
	}
	s.makeRoom(err)
	s.failing = true
	s.syncer.behind(now)
}

func (s *Sink) alarm(err error) {
	if err != nil {
		s.o.Alarm(err)
	}
}

// finish writes what is left, makes it durable, and ends with a checkpoint that covers everything, so that the
// next Open has nothing to do. What fails here stays in the ring, the journal or the spill, and the next Open finds it.
func (s *Sink) finish() {
	s.sweep(time.Now())
	s.syncer.points.Wait()
	s.conclude()
	close(s.syncer.stop)
	<-s.syncer.stopped
	s.closed = s.last()
	s.closed = errors.Join(s.closed, s.strays.spill.close())
	if s.closed != nil {
		s.syncer.failed(s.closed)
	}
	s.o.Beat(s.Durable(), s.Stored())
}

// last is the checkpoint at the end. One that finds files that are not to be believed is followed by another, which takes
// what they lack from the journal, and by one that brings it home.
func (s *Sink) last() (err error) {
	for range 3 {
		s.point = s.snapshot(time.Now())
		s.complete(s.point)
		err = s.point.err
		s.conclude()
		if err == nil && len(s.strays.of) == 0 {
			break
		}
	}
	if err == nil && (s.failing || len(s.strays.of) > 0) {
		err = errUnwritten
	}
	return err
}

var errUnwritten = errors.New("the archive closes with records that its stores could not take; the next Open goes on with them")
