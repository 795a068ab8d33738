package fixarchive

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
)

// sharedArchive is an archive that settings name, open or not yet.
type sharedArchive struct {
	options Options
	given   map[string]string // its settings as they were spelled

	archive atomic.Pointer[Archive]
	missed  atomic.Uint64 // messages and events while there was none
	stop    chan struct{}

	retrying, stopping sync.Once

	mu      sync.Mutex
	failure error // why it is not open
	waiting []*lateLog
}

// How long opening an archive is left alone after a failure: twice as long each time.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

func newSharedArchive(w wish) *sharedArchive {
	s := &sharedArchive{options: w.options, given: w.given, stop: make(chan struct{})}
	s.options.Alarm = func(err error) { alarmShared(s.options.Path, err) }
	return s
}

// retry goes on trying to open the archive. Only the first call does.
func (s *sharedArchive) retry() { s.retrying.Do(func() { go s.tryUntilOpen() }) }

func (s *sharedArchive) tryUntilOpen() {
	for pause := retryFirst; ; pause = min(2*pause, retryLast) {
		select {
		case <-s.stop:
			return
		case <-time.After(pause):
		}
		if s.archive.Load() != nil || s.open() == nil {
			return
		}
	}
}

// open opens the archive and connects the logs that were made without it.
func (s *sharedArchive) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.archive.Load() != nil {
		return nil
	}
	select {
	case <-s.stop:
		return ErrClosed
	default:
	}
	a, err := Open(s.options)
	if s.failure = err; err != nil {
		alarmShared(s.options.Path, err)
		return err
	}
	s.archive.Store(a)
	for _, l := range s.waiting {
		l.connect(a)
	}
	s.waiting = nil
	return nil
}

// log makes a log with the archive, now or when it can be opened.
func (s *sharedArchive) log(make func(*Archive) (quickfix.Log, error)) (quickfix.Log, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.archive.Load(); a != nil {
		return make(a)
	}
	l := &lateLog{of: s, make: make}
	s.waiting = append(s.waiting, l)
	return l, nil
}

func (s *sharedArchive) close(ctx context.Context) error {
	s.stopping.Do(func() { close(s.stop) })
	s.mu.Lock()
	a := s.archive.Load()
	s.mu.Unlock()
	if a == nil {
		return nil
	}
	return a.CloseContext(ctx)
}

// lateLog is the log of a session whose archive is not open yet. Until it is, it counts what it misses.
type lateLog struct {
	of   *sharedArchive
	make func(*Archive) (quickfix.Log, error)
	log  atomic.Pointer[quickfix.Log]
}

func (l *lateLog) connect(a *Archive) {
	log, err := l.make(a)
	if err != nil {
		alarmShared(l.of.options.Path, err)
		return
	}
	l.log.Store(&log)
}

// now is the real log, or nil; then the call counts as missed.
func (l *lateLog) now() quickfix.Log {
	if log := l.log.Load(); log != nil {
		return *log
	}
	l.of.missed.Add(1)
	return nil
}

func (l *lateLog) OnIncoming(b []byte) {
	if log := l.now(); log != nil {
		log.OnIncoming(b)
	}
}

func (l *lateLog) OnOutgoing(b []byte) {
	if log := l.now(); log != nil {
		log.OnOutgoing(b)
	}
}

func (l *lateLog) OnEvent(text string) {
	if log := l.now(); log != nil {
		log.OnEvent(text)
	}
}

func (l *lateLog) OnEventf(format string, args ...any) {
	if log := l.now(); log != nil {
		log.OnEventf(format, args...)
	}
}
