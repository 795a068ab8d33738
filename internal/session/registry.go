package session

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/pool"
	"github.com/fixarchive/fixarchive/internal/record"
)

// LogsMax is how many logs a Registry opens unless its Options say otherwise.
const LogsMax = 100_000

// What opening a Recorder can answer beside the error of Options.Open.
var (
	ErrClosed      = errors.New("archive is closed")
	ErrTooManyLogs = errors.New("too many logs are open")
	ErrIdentity    = errors.New("identity cannot be archived")
)

// Options are what a Registry is made of. Ring, Memory, Clock and Open are required.
type Options struct {
	Ring   *logbuf.MPSC
	Memory *logbuf.Memory // the ring's, for its slots
	Clock  *Clock

	// Open says what a log's next record depends on. It may read a disk. It is called once for each log that is
	// opened, while no hook waits but those that want this very log for the first time.
	Open func(record.LogID) (record.State, error)
	// Stored says up to where readers find everything in the logs' files; needed by message stores alone.
	Stored func() record.Position

	LogsMax     int           // LogsMax when 0; never more than Memory has slots
	BufferBytes int           // of a session's pool; pool.SizeDefault when 0
	Shared      *pool.Shared  // larger buffers; its own when nil
	Wake        func()        // called by hooks, outside of locks, for every record that finds the ring a quarter full
	WhenFull    WhenFull      // Drop when 0
	WaitBudget  time.Duration // for Wait
}

// Registry hands out the Recorder of each log. Its methods may be called by any goroutine.
type Registry struct {
	*shared
	options Options

	// Guarded by mu, which is not held while Open runs.
	mu     sync.Mutex
	logs   map[record.LogID]*opening
	closed bool
	cut    bool // hooks are kept out of the ring

	refusals atomic.Uint64 // calls of Recorder that ended in an error

	// The Recorders by handle. Stored under mu; the elements below its length never change.
	byHandle atomic.Pointer[[]*Recorder]
}

// opening is a Recorder from the first call that asks for it. done is closed when the others are set.
type opening struct {
	done     chan struct{}
	recorder *Recorder
	err      error
}

// NewRegistry returns a Registry without logs.
func NewRegistry(o Options) *Registry {
	if o.LogsMax <= 0 {
		o.LogsMax = LogsMax
	}
	o.LogsMax = min(o.LogsMax, o.Memory.Geometry().Slots)
	if o.BufferBytes <= 0 {
		o.BufferBytes = pool.SizeDefault
	}
	if o.Shared == nil {
		o.Shared = pool.NewShared()
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	g := &Registry{
		shared: &shared{
			ring: o.Ring, clock: o.Clock, classes: o.Shared, lossy: newBitmap(o.LogsMax),
			wake: o.Wake, waitBudget: o.WaitBudget, stored: o.Stored,
		},
		options: o,
		logs:    make(map[record.LogID]*opening),
	}
	g.byHandle.Store(new([]*Recorder))
	return g
}

// Recorder returns the one Recorder of id, which it opens when it is asked for the first time. After an error the
// next call tries again.
func (g *Registry) Recorder(id record.LogID) (*Recorder, error) {
	g.mu.Lock()
	o, found := g.logs[id]
	if !found {
		if g.closed {
			g.mu.Unlock()
			g.refusals.Add(1)
			return nil, fmt.Errorf("%v: %w", id, ErrClosed)
		}
		o = &opening{done: make(chan struct{})}
		g.logs[id] = o
	}
	g.mu.Unlock()
	if !found {
		g.open(id, o)
	}
	<-o.done
	if o.err != nil {
		g.refusals.Add(1)
	}
	return o.recorder, o.err
}

// open settles o, whatever happens: others wait for it.
func (g *Registry) open(id record.LogID, o *opening) {
	o.err = fmt.Errorf("%v: opening its log panicked", id)
	defer func() {
		if o.err != nil {
			g.mu.Lock()
			delete(g.logs, id)
			g.mu.Unlock()
		}
		close(o.done)
	}()
	announce, err := g.announcement(id)
	if err != nil {
		o.err = err
		return
	}
	if g.Len() >= g.options.LogsMax { // before anything is read; add makes sure
		o.err = g.tooMany(id)
		return
	}
	state, err := g.options.Open(id)
	if err != nil {
		o.err = fmt.Errorf("%v: %w", id, err)
		return
	}
	state.Next = max(state.Next, 1)
	o.recorder, o.err = g.add(id, state, announce)
}

// announcement is the registration frame of id, without its handle.
func (g *Registry) announcement(id record.LogID) ([]byte, error) {
	if err := id.Check(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrIdentity, err)
	}
	b := record.AppendLogID(make([]byte, record.FrameHeaderSize), id)
	if len(b) > g.ring.MaxRecord() {
		return nil, fmt.Errorf("%v: %w: its registration has %d bytes, the ring takes %d", id, ErrIdentity, len(b), g.ring.MaxRecord())
	}
	return b, nil
}

func (g *Registry) tooMany(id record.LogID) error {
	return fmt.Errorf("%v: %w: %d", id, ErrTooManyLogs, g.options.LogsMax)
}

// add gives the log its handle, its slot and its place.
func (g *Registry) add(id record.LogID, state record.State, announce []byte) (*Recorder, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := *g.byHandle.Load()
	switch {
	case g.closed:
		return nil, fmt.Errorf("%v: %w", id, ErrClosed)
	case len(all) >= g.options.LogsMax:
		return nil, g.tooMany(id)
	}
	r := &Recorder{
		shared: g.shared, id: id, handle: record.Handle(len(all)), slot: g.options.Memory.Slot(len(all)),
		tag: slotTag(id), whenFull: g.options.WhenFull, opened: state, next: state.Next, announce: announce,
		quota: quotaFor(id.Source), cut: g.cut,
	}
	r.buffers.Init(g.options.BufferBytes, g.classes)
	record.PutFrameHeader(announce, &record.Frame{Handle: r.handle, Kind: record.Registration, Time: g.clock.Now()})
	all = append(all, r)
	g.byHandle.Store(&all)
	return r, nil
}

// Handle returns the Recorder of h, or nil when there is none.
func (g *Registry) Handle(h record.Handle) *Recorder {
	all := *g.byHandle.Load()
	if int64(h) >= int64(len(all)) {
		return nil
	}
	return all[h]
}

// All is every Recorder, in the order of their handles.
func (g *Registry) All() iter.Seq[*Recorder] {
	return func(yield func(*Recorder) bool) {
		for _, r := range *g.byHandle.Load() {
			if !yield(r) {
				return
			}
		}
	}
}

// Len is how many Recorders there are.
func (g *Registry) Len() int { return len(*g.byHandle.Load()) }

// Dropping is the Recorders that have dropped something which is neither in the ring nor forgotten. It costs one
// load for every 64 logs.
func (g *Registry) Dropping() iter.Seq[*Recorder] {
	return func(yield func(*Recorder) bool) {
		all := *g.byHandle.Load()
		for h := range g.lossy.below(len(all)) {
			if int(h) < len(all) && !yield(all[h]) {
				return
			}
		}
	}
}

// Totals adds up the Stats of all Recorders.
func (g *Registry) Totals() (accepted, dropped, bytes uint64) {
	for r := range g.All() {
		a, d, b := r.Stats()
		accepted, dropped, bytes = accepted+a, dropped+d, bytes+b
	}
	return accepted, dropped, bytes
}

// Refusals is how many calls of Recorder ended in an error: hooks have nobody to tell it to.
func (g *Registry) Refusals() uint64 { return g.refusals.Load() }

// Close keeps all hooks out of the ring: when it returns none is in it, and none will be. What they bring from then
// on is dropped and counted; Lost tells it, and no slot does. The sink may go on to drain the ring, and to call Forget
// for as long as the ring's memory is there.
func (g *Registry) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	for r := range g.All() { // complete: add looks at closed under mu
		r.close()
	}
}

// Closed reports whether Close was called.
func (g *Registry) Closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}
