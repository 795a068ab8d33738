package session

import (
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/pool"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Recorder puts one log's records in the ring. All its methods but the sink's may be called by any goroutine.
type Recorder struct {
	// Never change.
	*shared
	id       record.LogID
	handle   record.Handle
	slot     *logbuf.Slot
	tag      uint64 // of the slot
	buffers  pool.Pool
	whenFull WhenFull
	opened   record.State // of the log, before this process recorded anything

	keeps   atomic.Bool                           // a message store saves here
	inbound atomic.Pointer[func(record.Position)] // see SyncInbound

	// Guarded by mu, which is held for a number, the Put that carries it and the account of both, and never
	// while anybody waits. That makes the order of sequences the order in the ring.
	mu       sync.Mutex
	next     record.Sequence
	announce []byte  // the registration frame, until it is in the ring
	pending  pending // what was dropped since the last gap frame
	told     record.Lost
	underWay bool      // fragments of next are in the ring and its owner waits for room for the rest
	outage   time.Time // when waiting for room ends; zero outside an outage
	quota    *quota    // nil where there is none
	saves    *saves    // nil without a message store
	closed   bool      // the ring is nobody's any more: neither it nor the slot may be touched
	cut      bool      // … nor now: its memory is gone, and the sink will start it again

	accepted, dropped, bytes uint64
}

// shared is what all Recorders of a Registry have in common. It never changes.
type shared struct {
	ring       *logbuf.MPSC
	clock      *Clock
	classes    *pool.Shared
	lossy      *bitmap // handles with something pending
	wake       func()
	waitBudget time.Duration
	stored     func() record.Position
}

// Why an attempt did not put its record in the ring.
var (
	errClosed       = errors.New("session: archive is closed")
	errCutOff       = errors.New("session: somebody has cut off the ring's file")
	errUnregistered = errors.New("session: registration does not fit in the ring")
	errGivesWay     = errors.New("session: the rest of the ring is for messages")
	errOverQuota    = errors.New("session: a peer that is not known wants more than its share")
)

// letter is a record on its way into the ring. One of the last four says in which shape.
type letter struct {
	kind   record.Kind
	flags  record.Flags
	at     record.Nanos
	length int // of the body

	whole   []byte       // one frame: room for the header, then the body
	large   *fragments   // several frames
	instead *record.Lost // one frame in whole, which describes the record instead of holding it
	refused bool         // none: it only counts as lost
	insists bool         // it waits for room as long as it takes
}

// Record copies raw into the ring as this log's next record. It reports false when that was not possible and the
// record counts as dropped.
func (r *Recorder) Record(kind record.Kind, flags record.Flags, raw []byte) (record.Position, bool) {
	return r.record(kind, flags, r.clock.Now(), raw)
}

func (r *Recorder) record(kind record.Kind, flags record.Flags, at record.Nanos, raw []byte) (record.Position, bool) {
	if kind == record.Outbound && r.keeps.Load() {
		if pos, ok, handed := r.hand(at, raw); handed {
			return pos, ok
		}
	}
	n := record.FrameHeaderSize + len(raw)
	if n > r.ring.MaxRecord() {
		return r.recordLarge(kind, flags, at, raw)
	}
	buf := r.buffers.Get(n)
	copy(buf.B[record.FrameHeaderSize:], raw)
	pos, ok := r.send(kind, flags, at, buf.B)
	r.buffers.Put(buf)
	return pos, ok
}

// Change records a change of the session's life.
func (r *Recorder) Change(c record.Change) bool {
	buf := r.buffers.Get(record.FrameHeaderSize)
	buf.B = record.AppendChange(buf.B, c)
	_, ok := r.send(record.StateChange, 0, r.clock.Now(), buf.B)
	r.buffers.Put(buf)
	return ok
}

// ID is the log's name.
func (r *Recorder) ID() record.LogID { return r.id }

// Handle is the log's short name in this generation, and the number of its slot.
func (r *Recorder) Handle() record.Handle { return r.handle }

// Stats says how many records lie in the ring or beyond, how many were dropped, and how many bytes the bodies of the
// first have. Together the first two have used up as many sequences.
func (r *Recorder) Stats() (accepted, dropped, bytes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accepted, r.dropped, r.bytes
}

// send delivers a record that fits in one frame. The first bytes of whole are room for the header.
func (r *Recorder) send(kind record.Kind, flags record.Flags, at record.Nanos, whole []byte) (record.Position, bool) {
	if pos, ok := r.put(kind, flags, at, whole); ok {
		return pos, ok
	}
	r.mu.Lock()
	return r.settle(&letter{kind: kind, flags: flags, at: at, length: len(whole) - record.FrameHeaderSize, whole: whole})
}

// put is how nearly every record comes. It does what settle would do, without the letter's 15 ns, when nothing is in
// the way, and otherwise nothing. The guard is the ring's, written out.
func (r *Recorder) put(kind record.Kind, flags record.Flags, at record.Nanos, whole []byte) (pos record.Position, ok bool) {
	old, done := debug.SetPanicOnFault(true), false
	r.mu.Lock()
	defer func() {
		debug.SetPanicOnFault(old)
		if !done {
			r.ring.Survive(recover())
			r.cut = true
			r.leave()
		}
	}()
	crowded := false
	if r.nothingInTheWay() && !r.givesWay(kind) {
		record.PutFrameHeader(whole, &record.Frame{Sequence: r.next, Handle: r.handle, Kind: kind, Flags: flags, Time: at})
		if p, err := r.ring.Put(whole); err == nil {
			r.keep(len(whole) - record.FrameHeaderSize)
			pos, ok = record.Position(p), true
			crowded = r.ring.Claimed() > r.ring.Cap()/4
		}
	}
	done = true
	r.mu.Unlock()
	if crowded {
		r.wake()
	}
	return pos, ok
}

// nothingInTheWay reports whether a Put is all that it takes to record something.
func (r *Recorder) nothingInTheWay() bool {
	return r.announce == nil && r.pending.first == 0 && !r.underWay && !r.closed && !r.cut && r.quota == nil
}

// givesWay reports whether the rest of the ring is for messages.
func (r *Recorder) givesWay(kind record.Kind) bool {
	return kind == record.Event && r.ring.Claimed() > r.ring.Cap()/4*3
}

// settle numbers l and puts it in the ring, or counts it as dropped. It is called with the lock, and gives it up.
func (r *Recorder) settle(l *letter) (record.Position, bool) {
	if r.quota != nil && l.kind != record.StateChange {
		l.refused = !r.quota.take(time.Since(r.clock.origin), l.length)
	}
	pos, err := r.attempt(l)
	if err != nil && r.waits(l, err) {
		pos, err = r.retry(l)
	}
	switch {
	case err != nil:
		r.lose(l, reasonOf(err))
	case l.instead != nil: // something got in, but not the record
		r.keep(0)
		r.accepted, r.dropped = r.accepted-1, r.dropped+1
	default:
		r.keep(l.length)
	}
	r.leave()
	return record.Position(pos), err == nil
}

// leave gives up the lock, and wakes the sink when it has let the ring fill up.
func (r *Recorder) leave() {
	// Not after the lock: the ring may be gone then. One that is cut off is full.
	crowded := !r.closed && (r.cut || r.ring.Used() > r.ring.Cap()/4)
	r.mu.Unlock()
	if crowded {
		r.wake()
	}
}

// attempt puts l in the ring under the next sequence, with what has to come before it. It leaves everything but
// the ring as it was when it cannot.
func (r *Recorder) attempt(l *letter) (pos logbuf.Position, err error) {
	if !r.ring.Guard(func() { pos, err = r.enter(l) }) {
		r.cut = true
		return 0, errCutOff
	}
	return pos, err
}

func (r *Recorder) enter(l *letter) (logbuf.Position, error) {
	switch {
	case r.closed:
		return 0, errClosed
	case r.cut:
		return 0, errCutOff
	case r.underWay && !l.begun():
		return 0, logbuf.ErrFull
	case l.refused:
		return 0, errOverQuota
	case r.givesWay(l.kind):
		return 0, errGivesWay
	}
	if !l.begun() {
		if err := r.clearTheWay(); err != nil {
			return 0, err
		}
	}
	if l.large != nil {
		return r.putFragments(l)
	}
	if l.instead != nil {
		l.instead.Last = r.next
		_ = record.AppendLost(l.whole[:record.FrameHeaderSize], l.instead) // has the size of the rest of whole
	}
	f := r.frame(l)
	record.PutFrameHeader(l.whole, &f)
	return r.ring.Put(l.whole)
}

// frame is l's, without the body, under the next sequence.
func (r *Recorder) frame(l *letter) record.Frame {
	return record.Frame{Sequence: r.next, Handle: r.handle, Kind: l.kind, Flags: l.flags, Time: l.at}
}

// clearTheWay puts what precedes any record: the log's registration, and the gap frame for what was dropped.
func (r *Recorder) clearTheWay() error {
	if r.announce != nil {
		if _, err := r.ring.Put(r.announce); err != nil {
			return errUnregistered
		}
		r.announce = nil
	}
	if r.pending.first == 0 {
		return nil
	}
	if err := r.putGap(r.pending.first, &r.pending.lost); err != nil {
		return err
	}
	r.pending.end(r.slot) // not before: until here only the slot knew
	r.lossy.clear(r.handle)
	return nil
}

const gapSize = record.FrameHeaderSize + 48 // without what is known of the content

func (r *Recorder) putGap(first record.Sequence, lost *record.Lost) error {
	var buf [gapSize]byte
	record.PutFrameHeader(buf[:], &record.Frame{Sequence: first, Handle: r.handle, Kind: record.Gap, Time: lost.Till})
	_, err := r.ring.Put(record.AppendLost(buf[:record.FrameHeaderSize], lost))
	return err
}

// keep accounts for a record that is in the ring.
func (r *Recorder) keep(length int) {
	r.next++
	r.accepted++
	r.bytes += uint64(length)
	r.underWay = false
	if !r.outage.IsZero() {
		r.outage = time.Time{}
	}
}

// lose accounts for a record that is not.
func (r *Recorder) lose(l *letter, why record.Reason) {
	seq := r.next
	r.next++
	r.dropped++
	r.underWay = false
	p := &r.pending
	p.lost.Last = seq
	p.lost.Count++
	p.lost.Bytes += uint64(l.length)
	p.lost.Till = l.at
	if p.first != 0 {
		r.tell(func() { p.grow(r.slot) })
		return
	}
	p.first, p.lost.First, p.lost.Reason = seq, l.at, why
	r.tell(func() { p.begin(r.slot, r.tag) })
	r.lossy.set(r.handle)
}

// tell stores to the slot, where there is one.
func (r *Recorder) tell(f func()) {
	if !r.closed && !r.cut && !r.ring.Guard(f) {
		r.cut = true
	}
}

func reasonOf(err error) record.Reason {
	switch err {
	case errClosed:
		return record.Closed
	case errUnregistered:
		return record.Unregistered
	case errOverQuota:
		return record.OverQuota
	case errCutOff:
		return record.RingDamaged
	}
	return record.RingFull
}

// close keeps the Recorder out of the ring from now on. A large message that is halfway is given up by its owner;
// close waits for that, so that the account is complete when it returns.
func (r *Recorder) close() { r.keepOut(&r.closed) }

func (r *Recorder) keepOut(why *bool) {
	r.mu.Lock()
	*why = true
	for n := 0; r.underWay; n++ {
		r.mu.Unlock()
		pause(n)
		r.mu.Lock()
	}
	r.mu.Unlock()
}
