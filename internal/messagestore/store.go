package messagestore

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Options say what a Store promises and what it works with; all but the first three are required.
type Options struct {
	Durable     bool          // a save, and a reset, returns when a power cut cannot take it any more; else when a crash of the process cannot
	SyncInbound bool          // … and so do the increments of the inbound number, and the hook of inbound messages before the engine sees them
	SaveTimeout time.Duration // how long a save may wait, for room in the ring and for the disk

	// Await returns when the record at a position is durable, or errs when the time is over.
	Await func(record.Position, time.Duration) error
	// Read opens the log's files as they are now; store.ErrEmpty when there are none yet.
	Read func(record.LogID) (*store.Reader, error)
	// Away is what the log's files lack that was written for them; nil, mostly.
	Away func(record.LogID) ([]store.Extent, error)
	// ReadAway is Read with that laid over them.
	ReadAway func(record.LogID, []store.Extent) (*store.Reader, error)
	// Alarm is told what nobody can be told by an error. It must not block.
	Alarm func(error)
}

// ErrClosed is the answer of a Store between Close and Reopen.
var ErrClosed = errors.New("the message store is closed")

// Store is one session's message store.
type Store struct {
	o        Options
	recorder *session.Recorder

	saving   sync.Mutex // held by one save, reset or change of the outbound number at a time, while it waits too
	counting sync.Mutex // … by one reset or change of the inbound number

	mu             sync.Mutex // never held while anybody waits, or reads a disk
	sender, target record.MsgSeqNum
	created        record.Nanos
	life           record.Sequence // the messages lie behind this
	refused        error           // why no save can be trusted any more
	closed         bool
	idle           []*store.Reader
}

// Open returns the store of the recorder's log, as the archive knows it. A log that no store has kept yet begins with both
// numbers 1, whatever messages it holds.
func Open(r *session.Recorder, o Options) (*Store, error) {
	state := r.Opened()
	s := &Store{
		o: o, recorder: r,
		sender: state.NextSender, target: state.NextTarget, created: state.CreatedAt, life: state.Life,
	}
	r.Keep()
	if s.life == 0 {
		if err := s.Reset(); err != nil {
			return nil, fmt.Errorf("%v: the message store cannot begin: %w", r.ID(), err)
		}
	}
	s.Reopen()
	return s, nil
}

// Reopen has a closed Store go on.
func (s *Store) Reopen() {
	if s.o.SyncInbound {
		s.recorder.SyncInbound(s.inbound)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = false
}

// Close ends the use of the store until it is opened again. The archive stays as it is.
func (s *Store) Close() error {
	s.recorder.SyncInbound(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.idle = true, nil
	return nil
}

// inbound waits for an inbound message. The engine is not to be told by an error that the hook could give.
func (s *Store) inbound(at record.Position) {
	if err := s.o.Await(at, s.o.SaveTimeout); err != nil {
		s.o.Alarm(fmt.Errorf("%v: an inbound message goes to the application: %w", s.recorder.ID(), err))
	}
}

// usable says why nothing can be recorded.
func (s *Store) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.refused
}

// NextSenderMsgSeqNum is the number of the next message that is sent.
func (s *Store) NextSenderMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.sender)
}

// NextTargetMsgSeqNum is the number of the next message that is expected.
func (s *Store) NextTargetMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.target)
}

// CreationTime is when the store began, or was last reset.
func (s *Store) CreationTime() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Unix(0, int64(s.created)).UTC()
}

// SetCreationTime changes that.
func (s *Store) SetCreationTime(t time.Time) {
	if s.usable() != nil {
		return
	}
	_, _, err := s.recorder.Set(record.Change{Op: record.SetCreated, Value: t.UnixNano()}, s.o.SaveTimeout)
	if err != nil {
		s.o.Alarm(fmt.Errorf("%v: the creation time of the message store is not changed: %w", s.recorder.ID(), err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created = record.Nanos(t.UnixNano())
}

// Refresh has nothing to do: only this process writes.
func (s *Store) Refresh() error { return s.usable() }
