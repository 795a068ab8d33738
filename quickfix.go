package fixarchive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"github.com/fixarchive/fixarchive/internal/messagestore"
	"github.com/fixarchive/fixarchive/internal/session"
)

// LogFactory returns a factory whose logs archive every message and event and then pass it on to the logs of next,
// which may be nil. It takes every session for a configured one; with DynamicSessions=Y use NewLogFactory, which
// knows from the settings which are not.
func (a *Archive) LogFactory(next quickfix.LogFactory) quickfix.LogFactory {
	return session.NewLogFactory(a.registry, next, nil)
}

// Application returns an application that archives when sessions are created, log on and log out, and passes every
// call on to next. Like LogFactory it takes every session for a configured one: with DynamicSessions=Y do without it.
func (a *Archive) Application(next quickfix.Application) quickfix.Application {
	return session.NewApplication(a.registry, next, nil)
}

// NewLogFactory returns a log factory in quickfix's own style: the settings say where to archive, in [DEFAULT] or in
// each [SESSION].
//
//	FixArchivePath=/var/lib/fixarchive
//
// Sessions with one path share one Archive within the process, which Close closes. A session that the settings do
// not know is refused unless DynamicSessions=Y; then its records go to the log of the unidentified until it logs on.
//
// An archive that cannot be opened does not keep the engine from starting: what is missed is counted, OnAlarm is
// told, and opening is tried again. With FixArchiveRequired=Y it is an error.
func NewLogFactory(settings *quickfix.Settings) (quickfix.LogFactory, error) {
	f := &settingsFactory{sessions: map[quickfix.SessionID]*sharedArchive{}}
	global := settings.GlobalSettings()
	var err error
	if global.HasSetting(config.DynamicSessions) {
		if f.dynamic, err = global.BoolSetting(config.DynamicSessions); err != nil {
			return nil, err
		}
	}
	if global.HasSetting(FixArchivePath) {
		if f.global, err = join(global); err != nil {
			return nil, fmt.Errorf("[DEFAULT]: %w", err)
		}
	}
	for id, s := range settings.SessionSettings() {
		if f.sessions[id], err = join(s); err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
	}
	return f, nil
}

// settingsFactory makes logs as the settings say.
type settingsFactory struct {
	global   *sharedArchive // of [DEFAULT]; nil when only sessions have a path
	sessions map[quickfix.SessionID]*sharedArchive
	dynamic  bool
}

func (f *settingsFactory) known(id quickfix.SessionID) bool {
	_, ok := f.sessions[id]
	return ok
}

func (f *settingsFactory) Create() (quickfix.Log, error) {
	if f.global == nil {
		return quickfix.NewNullLogFactory().Create()
	}
	return f.global.log(func(a *Archive) (quickfix.Log, error) { return a.LogFactory(nil).Create() })
}

func (f *settingsFactory) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	s, known := f.sessions[id]
	if !known {
		if s = f.global; s == nil || !f.dynamic {
			return nil, fmt.Errorf("unknown session %v: the settings that the log factory was made from do not have it", id)
		}
	}
	return s.log(func(a *Archive) (quickfix.Log, error) {
		return session.NewLogFactory(a.registry, nil, f.known).CreateSessionLog(id)
	})
}

// shared are the archives that settings name, one for each path, until Close.
var shared = struct {
	sync.Mutex
	archives map[string]*sharedArchive
}{archives: map[string]*sharedArchive{}}

// onAlarm is what OnAlarm was given.
var onAlarm atomic.Pointer[func(path string, err error)]

// OnAlarm says who is told of failures in archives that settings name. Until it is called they go to standard error,
// a line each: there is nobody else to tell, and an archive that fails silently is worse than none.
func OnAlarm(f func(path string, err error)) { onAlarm.Store(&f) }

func alarmShared(path string, err error) {
	if f := onAlarm.Load(); f != nil {
		(*f)(path, err)
		return
	}
	fmt.Fprintf(os.Stderr, "%s fixarchive %s: %v\n", time.Now().UTC().Format(time.RFC3339), path, err)
}

// Close closes every archive that settings name. It returns when what was captured is durable, or with ctx's error.
// An archive that nobody closes is legal: the next Open finds what it left.
func Close(ctx context.Context) (err error) {
	shared.Lock()
	archives := shared.archives
	shared.archives = map[string]*sharedArchive{}
	shared.Unlock()
	for _, s := range archives {
		err = errors.Join(err, s.close(ctx))
	}
	return err
}

// SharedArchive returns the open archive of a path that settings name. Its error says why there is none, and how
// many messages and events were missed for that.
func SharedArchive(path string) (*Archive, error) {
	o, err := Options{Path: path}.absolute()
	if err != nil {
		return nil, err
	}
	shared.Lock()
	s := shared.archives[o.Path]
	shared.Unlock()
	if s == nil {
		return nil, fmt.Errorf("%s: no log factory has named it", o.Path)
	}
	if a := s.archive.Load(); a != nil {
		return a, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, fmt.Errorf("%s is not open, %d messages and events were not archived: %w", o.Path, s.missed.Load(), s.failure)
}

// join finds or opens the archive that a section of the settings names.
func join(section *quickfix.SessionSettings) (*sharedArchive, error) {
	w, err := readWish(section)
	if err != nil {
		return nil, err
	}
	shared.Lock()
	defer shared.Unlock()
	s, err := joined(&w)
	if err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		if w.required {
			return nil, err
		}
		s.retry()
	}
	shared.archives[w.options.Path] = s
	return s, nil
}

// joined is the archive that w names, as open as it is. Called with shared locked.
func joined(w *wish) (*sharedArchive, error) {
	s := shared.archives[w.options.Path]
	if s == nil {
		return newSharedArchive(*w), nil
	}
	if err := conflict(w.options.Path, w.given, s.given); err != nil {
		return nil, err
	}
	s.want(w.options.Sync)
	return s, nil
}

// NewStoreFactory returns a message store factory in quickfix's own style: the settings of a session, or with
// DynamicSessions=Y those of [DEFAULT] for one that they do not know, say where its messages and numbers are kept.
//
//	FixArchivePath=/var/lib/fixarchive
//	FixArchiveSync=always        # a save returns when a power cut cannot take it any more; or interval, or none
//	FixArchiveSaveTimeout=5s     # … or is an error by then
//	FixArchiveSyncInbound=N      # Y: so are inbound messages, before the application sees them
//
// It shares the archives with NewLogFactory. One that cannot be opened is an error of Create: without its store an engine
// would start at 1.
func NewStoreFactory(settings *quickfix.Settings) quickfix.MessageStoreFactory {
	return storeFactory(func(id quickfix.SessionID) (*messagestore.Store, error) {
		section, err := sectionOf(settings, id)
		if err != nil {
			return nil, err
		}
		w, err := readWish(section)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
		want, err := w.store()
		if err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
		a, err := openJoined(&w)
		if err != nil {
			return nil, fmt.Errorf("message store of %v: %w", id, err)
		}
		return a.messageStore(id, want)
	})
}

// openJoined is the archive that w names, open.
func openJoined(w *wish) (*Archive, error) {
	shared.Lock()
	defer shared.Unlock()
	s, err := joined(w)
	if err == nil {
		err = s.open()
	}
	if err != nil {
		return nil, err
	}
	shared.archives[w.options.Path] = s
	return s.archive.Load(), nil
}

// sectionOf is what the settings say of a session.
func sectionOf(settings *quickfix.Settings, id quickfix.SessionID) (*quickfix.SessionSettings, error) {
	if s, ok := settings.SessionSettings()[id]; ok {
		return s, nil
	}
	global := settings.GlobalSettings()
	if global.HasSetting(config.DynamicSessions) {
		if dynamic, err := global.BoolSetting(config.DynamicSessions); err != nil || dynamic {
			return global, err
		}
	}
	return nil, fmt.Errorf("unknown session: %v", id)
}
