package fixarchive

import (
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/messagestore"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// StoreFactory returns a factory whose stores keep an engine's messages and numbers in the archive, as Options.StoreSync,
// SaveTimeout and SyncInbound say. A store that cannot be opened is an error: an engine without one would start at 1.
//
// The stores are quickfix.MessageStores. Asked again for a session, the factory returns the store that it has.
func (a *Archive) StoreFactory() quickfix.MessageStoreFactory {
	return storeFactory(func(id quickfix.SessionID) (*messagestore.Store, error) {
		return a.messageStore(id, storeWish{sync: a.o.StoreSync, timeout: a.o.SaveTimeout, inbound: a.o.SyncInbound})
	})
}

type storeFactory func(quickfix.SessionID) (*messagestore.Store, error)

func (f storeFactory) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	s, err := f(id)
	if err != nil { // a nil *Store would not be a nil MessageStore
		return nil, err
	}
	return s, nil
}

// storeWish is what a message store is to promise.
type storeWish struct {
	sync    Sync
	timeout time.Duration
	inbound bool
}

// storesOf are an archive's message stores, one for each log.
type storesOf struct {
	sync.Mutex
	of map[record.LogID]*openStore
}

type openStore struct {
	sync.Mutex // held while it is opened
	store      *messagestore.Store
}

// messageStore opens a session's store, or finds it.
func (a *Archive) messageStore(id quickfix.SessionID, w storeWish) (*messagestore.Store, error) {
	log := record.LogID{Session: session.FromQuickFIX(id), Source: record.Hook}
	o := a.storeOf(log)
	o.Lock()
	defer o.Unlock()
	if a.registry.Closed() {
		return nil, fmt.Errorf("message store of %v: %w", id, ErrClosed)
	}
	if o.store != nil {
		o.store.Reopen()
		return o.store, nil
	}
	r, err := a.registry.Recorder(log)
	if err != nil {
		return nil, fmt.Errorf("message store of %v: %w", id, err)
	}
	if w.sync != SyncNone {
		a.sink.SyncEvery(a.o.SyncInterval)
	}
	o.store, err = messagestore.Open(r, messagestore.Options{
		Durable: w.sync == SyncAlways, SyncInbound: w.sync == SyncAlways && w.inbound, SaveTimeout: w.timeout,
		Await: a.sink.Await, Alarm: a.alarm,
		Read: a.readLog, Away: a.awayOf, ReadAway: a.readLogAway,
	})
	return o.store, err
}

func (a *Archive) storeOf(log record.LogID) *openStore {
	a.stores.Lock()
	defer a.stores.Unlock()
	if a.stores.of == nil {
		a.stores.of = map[record.LogID]*openStore{}
	}
	o := a.stores.of[log]
	if o == nil {
		o = &openStore{}
		a.stores.of[log] = o
	}
	return o
}

// readLog opens a log's files as they are.
func (a *Archive) readLog(log record.LogID) (*store.Reader, error) { return a.readLogAway(log, nil) }

func (a *Archive) readLogAway(log record.LogID, away []store.Extent) (*store.Reader, error) {
	dir := filepath.Join(a.o.logsDir(), session.DirName(log))
	return store.OpenKnown(a.fs, dir, store.Known{Archive: a.meta.Archive, Log: log}, away...)
}

// awayOf is what the sink has of a log whose files fail.
func (a *Archive) awayOf(log record.LogID) ([]store.Extent, error) {
	if a.sink.Away() == 0 {
		return nil, nil
	}
	r, err := OpenReader(a.o.Path)
	if err != nil {
		return nil, err
	}
	over, err := r.readBesideWriter(&a.meta)
	if err != nil {
		return nil, err
	}
	return over.of[log], nil
}
