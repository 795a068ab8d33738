package fixarchive

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
)

// sharedArchive is an archive that settings name, open or not yet.
type sharedArchive struct {
	options Options
	given   map[string]string // its settings as they were spelled

	required bool // by one of the sections that name it

	archive atomic.Pointer[Archive]
	missed  atomic.Uint64 // messages and events while there was none
	stop    chan struct{}

	retrying atomic.Bool
	stopping sync.Once

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
	s := &sharedArchive{options: w.options, given: w.given, required: w.required, stop: make(chan struct{})}
	s.options.Alarm = func(err error) { alarmShared(s.options.Path, err) }
	return s
}

// retry goes on trying to open the archive and the logs in it. One goroutine does, whoever asks.
func (s *sharedArchive) retry() {
	if s.retrying.CompareAndSwap(false, true) {
		go s.tryUntilOpen()
	}
}

func (s *sharedArchive) tryUntilOpen() {
	for pause := retryFirst; ; pause = min(2*pause, retryLast) {
		select {
		case <-s.stop:
			return
		case <-time.After(pause):
		}
		if s.open() == nil && s.settled() {
			return
		}
	}
}

// settled connects the logs that wait, and reports whether none is left; then the next one starts another retry.
func (s *sharedArchive) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connect(s.archive.Load())
	if len(s.waiting) > 0 {
		return false
	}
	s.retrying.Store(false)
	return true
}

// connect connects the logs that wait for a. Called with the mutex held.
func (s *sharedArchive) connect(a *Archive) {
	s.waiting = slices.DeleteFunc(s.waiting, func(l *lateLog) bool { return l.connect(a) })
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
	s.connect(a)
	return nil
}

// want has the archive be synced as often as one more session asks for.
func (s *sharedArchive) want(sync Sync) {
	if sync == SyncNone {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Sync = ""
	if a := s.archive.Load(); a != nil {
		a.sink.SyncEvery(a.o.SyncInterval)
	}
}

// log makes a log with the archive, now or when it can be opened.
func (s *sharedArchive) log(make func(*Archive) (quickfix.Log, error)) (quickfix.Log, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &lateLog{of: s, make: make, since: time.Now()}
	if a := s.archive.Load(); a != nil {
		log, err := make(a)
		if err == nil || s.required {
			return log, err
		}
		alarmShared(s.options.Path, err)
	}
	s.waiting = append(s.waiting, l)
	s.retry()
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

// lateLog is the log of a session that cannot be archived yet. Until it can, it counts what it misses.
type lateLog struct {
	of     *sharedArchive
	make   func(*Archive) (quickfix.Log, error)
	log    atomic.Pointer[quickfix.Log]
	missed atomic.Uint64
	since  time.Time
}

// connect makes the real log, and lets the first thing in it be what it lacks.
func (l *lateLog) connect(a *Archive) bool {
	log, err := l.make(a)
	if err != nil {
		alarmShared(l.of.options.Path, err)
		return false
	}
	if n := l.missed.Load(); n > 0 {
		log.OnEventf("fixarchive: %d messages and events were not archived from %s to %s: the archive could not be opened",
			n, l.since.UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339))
	}
	l.log.Store(&log)
	return true
}

// now is the real log, or nil; then the call counts as missed.
func (l *lateLog) now() quickfix.Log {
	if log := l.log.Load(); log != nil {
		return *log
	}
	l.missed.Add(1)
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
