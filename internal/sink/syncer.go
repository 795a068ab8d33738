package sink

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// syncer makes the journal durable, at the interval and whenever somebody waits, and completes checkpoints.
// A checkpoint syncs many files; it runs beside the journal's syncs, one at a time, so that durable does not
// trail by it.
type syncer struct {
	sink *Sink

	durable       atomic.Uint64 // everything before it survives a power cut
	journaled     atomic.Uint64 // everything before it is in the journal
	demanded      atomic.Uint64 // somebody waits for this
	checkpointing atomic.Bool
	failures      atomic.Uint64
	uncovered     atomic.Bool // a sync of the journal failed: until a checkpoint covers what it held, durable stands still

	armed   atomic.Bool // due will fire
	due     *time.Timer
	wake    chan struct{}
	stop    chan struct{} // closed by the sink when it has written its last batch
	stopped chan struct{}
	points  sync.WaitGroup

	interval atomic.Int64 // how far durable may trail, as a time.Duration; 0: sync only when somebody waits
	moved    signal       // durable moved

	since    atomic.Int64 // UnixNano of the oldest that is not durable, or will be before long; 0: there is none
	trailing bool         // the alarm for that was raised; watch's

	mu  sync.Mutex
	err error
}

func newSyncer(s *Sink) *syncer {
	y := &syncer{
		sink: s, due: time.NewTimer(time.Hour), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	y.due.Stop()
	y.moved.init()
	y.interval.Store(int64(s.o.SyncInterval))
	return y
}

// run syncs until stop, and once more then.
func (y *syncer) run() {
	defer close(y.stopped)
	defer y.due.Stop()
	for {
		select {
		case <-y.due.C:
		case <-y.wake:
			if y.demanded.Load() <= y.durable.Load() {
				continue
			}
		case <-y.stop:
			y.points.Wait()
			y.sync()
			return
		}
		y.sync()
	}
}

// arm has the journal synced an interval from now, unless that is to happen already. Nothing ticks while there is
// nothing to sync.
func (y *syncer) arm() {
	if interval := time.Duration(y.interval.Load()); interval > 0 && y.armed.CompareAndSwap(false, true) {
		y.due.Reset(interval)
	}
}

// sync makes durable what is in the journal now. After a failure durable stays where it is.
func (y *syncer) sync() {
	y.armed.Store(false) // before journaled is loaded: what is written from here on arms again
	if y.journaled.Load() <= y.durable.Load() {
		return
	}
	began := time.Now()
	position, err := y.sink.o.Journal.Sync()
	if err != nil {
		y.uncovered.Store(true)
		y.failed(err)
		y.arm()
		return
	}
	y.uncovered.Store(false)
	raise(&y.durable, uint64(position))
	y.since.Store(0)
	if y.journaled.Load() > uint64(position) {
		y.behind(began)
	}
	y.moved.broadcast()
	y.sink.passed.broadcast()
}

// written is told by the sink that the journal has everything before end. After a long rest that is synced at once.
func (y *syncer) written(end record.Position, rested bool) {
	y.journaled.Store(uint64(end))
	y.behind(time.Now())
	y.arm()
	if rested && y.interval.Load() > 0 {
		raise(&y.demanded, uint64(end))
	}
	if y.demanded.Load() > y.durable.Load() {
		y.nudge()
	}
}

// demand asks for a sync as soon as the journal has everything before position.
func (y *syncer) demand(position uint64) {
	raise(&y.demanded, position)
	y.nudge()
}

func (y *syncer) nudge() {
	select {
	case y.wake <- struct{}{}:
	default:
	}
}

// checkpoint completes c in the background. Called by the sink, when no other is under way.
func (y *syncer) checkpoint(c *snapshot) {
	y.checkpointing.Store(true)
	uncovered := y.uncovered.Swap(false) // a sync that fails from here on says so again
	y.points.Add(1)
	go func() {
		defer y.points.Done()
		defer y.checkpointing.Store(false)
		y.sink.complete(c)
		if c.err != nil {
			if len(c.suspect) == 0 { // else conclude tells which logs
				y.sink.o.Alarm(c.err)
			}
			y.uncovered.CompareAndSwap(false, uncovered)
		}
	}()
}

// behind notes that there is something from now on that is not durable, if there was nothing before.
func (y *syncer) behind(now time.Time) { y.since.CompareAndSwap(0, now.UnixNano()) }

// Trailing is for how long the oldest record that is not durable has waited for it, but for what the ring holds.
func (s *Sink) Trailing() time.Duration {
	if since := s.syncer.since.Load(); since != 0 {
		return time.Since(time.Unix(0, since))
	}
	return 0
}

// tellTrailing raises the alarm once when durable trails by more than syncs that succeed can explain.
func (y *syncer) tellTrailing(trailing time.Duration) {
	interval := time.Duration(y.interval.Load())
	late := interval > 0 && trailing > 10*interval && trailing > lateAfter
	if late && !y.trailing {
		y.sink.o.Alarm(fmt.Errorf("%w: what was captured in the last %v would not survive a power cut, though it is to be synced every %v",
			ErrTrailing, trailing.Round(100*time.Millisecond), interval))
	}
	y.trailing = late
}

// ErrTrailing is what the alarm is about when durable trails by too much: the disk is slow, or hangs.
var ErrTrailing = errors.New("the disk is behind")

// lateAfter is how long durable may trail, at least: a disk that is busy takes a second for a sync now and then.
const lateAfter = 2 * time.Second

func (y *syncer) failed(err error) {
	y.mu.Lock()
	y.err = err
	y.mu.Unlock()
	y.failures.Add(1)
	y.sink.passed.broadcast()
	y.sink.o.Alarm(err)
}

func (y *syncer) lastError() error {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.err
}
