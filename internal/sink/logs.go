package sink

import (
	"errors"
	"sync"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Logs are the logs of an archive: those that this process has opened, and what the last checkpoint says of all
// the others.
//
// Open is called by whoever makes a Recorder; from then on the store.Log belongs to the sink, which finds it
// when the Recorder's registration comes out of the ring.
type Logs struct {
	set *store.Set

	// begun: a log that no checkpoint names began after the last one, so that nothing of it was ever acknowledged but
	// what the journal holds. Else it came from elsewhere, and is taken as it is.
	begun bool

	// since visits, in order, what is kept of a log behind the checkpoint apart from its files. Set before the first is opened.
	since func(id record.LogID, visit func(store.Extent) error) error

	mu     sync.Mutex
	begin  map[record.LogID]record.Snapshot // of logs that no checkpoint knows, as they were found
	partly map[record.LogID]bool            // logs of which only the files have a part behind the checkpoint
	stray  map[record.LogID]bool            // logs whose files lack what the spill holds
	open   map[record.LogID]*store.Log
	closed map[record.LogID]record.Snapshot
}

// NewLogs makes the logs of an archive from its last checkpoint.
func NewLogs(set *store.Set, checkpointed []record.Snapshot) *Logs {
	l := &Logs{
		set: set, begin: map[record.LogID]record.Snapshot{}, partly: map[record.LogID]bool{}, stray: map[record.LogID]bool{},
		open: map[record.LogID]*store.Log{}, closed: make(map[record.LogID]record.Snapshot, len(checkpointed)),
	}
	for _, s := range checkpointed {
		l.closed[s.Log] = s
	}
	return l
}

// Open opens the log and says what its next record depends on. Reading the tail of its files happens outside the lock.
func (l *Logs) Open(id record.LogID) (record.State, error) {
	log, err := l.opened(id)
	if err != nil {
		return record.State{}, err
	}
	// The sink touches the log only once its registration has come through the ring, which is after this. The
	// race detector cannot see an order that goes through a mapped file, so the lock is there to show it.
	l.mu.Lock()
	defer l.mu.Unlock()
	return log.State(), nil
}

func (l *Logs) opened(id record.LogID) (*store.Log, error) {
	if log := l.find(id); log != nil {
		return log, nil
	}
	log, err := l.load(id)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.open[id]; first != nil {
		return first, nil
	}
	if _, checkpointed := l.closed[id]; !checkpointed {
		l.begin[id] = log.Snapshot()
	}
	l.open[id] = log
	delete(l.closed, id)
	return log, nil
}

// errStray is why a log is opened without its files: they lack what the spill holds.
var errStray = errors.New("its files lack what the spill holds of it")

// load opens a log by its files, or, where they cannot be used, by what the checkpoint says and what is kept of it since.
func (l *Logs) load(id record.LogID) (*store.Log, error) {
	known, stray := l.known(id)
	err := errStray
	if !stray {
		var log *store.Log
		if log, err = l.set.Open(id, known); err == nil || errors.Is(err, store.ErrTooNew) || known == nil {
			return log, err
		}
	}
	log := l.set.OpenAway(*known, err)
	if l.since(id, log.Follow) == nil {
		return log, nil
	}
	// What is kept of it begins behind what only its files have: an earlier recovery had found that there, and died.
	log = l.set.OpenAway(*known, err)
	if err := l.set.Behind(*known, log.Follow); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.partly[id] = true
	l.mu.Unlock()
	return log, l.since(id, log.Follow)
}

// at is the open log whose directory a path is, or lies in.
func (l *Logs) at(path string) (record.LogID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, log := range l.open {
		if inDir(path, log.Dir()) {
			return id, true
		}
	}
	return record.LogID{}, false
}

// strand says that a log's files lack what the spill holds of it, or no longer do.
func (l *Logs) strand(id record.LogID, astray bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if astray {
		l.stray[id] = true
	} else {
		delete(l.stray, id)
	}
}

// found is how a log was found when it was opened, if no checkpoint knew of it.
func (l *Logs) found(id record.LogID) record.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.begin[id]; ok {
		return s
	}
	return record.Snapshot{Log: id, State: record.Begin()}
}

func (l *Logs) find(id record.LogID) *store.Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open[id]
}

// known is what the last checkpoint says of a log, nil if nothing, and whether that is all there is to open it by.
func (l *Logs) known(id record.LogID) (known *record.Snapshot, stray bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.closed[id]; ok {
		return &s, l.stray[id]
	}
	if l.begun || l.stray[id] {
		return &record.Snapshot{Log: id, State: record.Begin()}, l.stray[id]
	}
	return nil, false
}

// snapshots is what a checkpoint says of every log. Only the sink may ask: it owns the open ones.
func (l *Logs) snapshots() []record.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]record.Snapshot, 0, len(l.open)+len(l.closed))
	for _, log := range l.open {
		all = append(all, log.Snapshot())
	}
	for _, s := range l.closed {
		all = append(all, s)
	}
	return all
}
