package bench

import (
	"path/filepath"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"

	"github.com/fixarchive/fixarchive"
)

// storeKind is a kind of message store, beside its rivals. What each makes durable, with a sync and without:
//
//	          a message saved                       an inbound message counted          without a sync
//	archive   one fdatasync of the journal, which   nothing: its record is before the   nothing; a kill loses nothing,
//	          all who wait share                    next save's, which is durable       since the ring is mapped
//	file      three fsyncs of three files, by each  one fsync                           nothing; a kill loses nothing
//	sqlite    a transaction: one fsync of the       a transaction: one fsync            transactions, not synced; a kill
//	          write-ahead log, one writer a time                                        loses nothing
type storeKind struct {
	name string
	// open opens the place of stores in a directory, which may hold some.
	open func(tb testing.TB, dir string, durable bool) storePlace
	// fill is a quicker way than saving to have n messages in a store, where there is one.
	fill func(tb testing.TB, dir string, n int)
}

type storePlace struct {
	quickfix.MessageStoreFactory
	close func()
}

var storeKinds = []storeKind{{name: "archive", open: openArchiveStores}, {name: "file", open: openFileStores}}

func openArchiveStores(tb testing.TB, dir string, durable bool) storePlace {
	tb.Helper()
	o := fixarchive.Options{
		Path: filepath.Join(dir, "archive"), StoreSync: fixarchive.SyncAlways,
		FreePercent: -1, Alarm: func(err error) { tb.Error(err) },
	}
	if !durable {
		o.StoreSync, o.Sync = fixarchive.SyncNone, fixarchive.SyncNone
	}
	a, err := fixarchive.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	return storePlace{a.StoreFactory(), func() {
		if err := a.Close(); err != nil {
			tb.Error(err)
		}
	}}
}

func openFileStores(_ testing.TB, dir string, durable bool) storePlace {
	s := quickfix.NewSettings()
	s.GlobalSettings().Set(config.FileStorePath, filepath.Join(dir, "files"))
	s.GlobalSettings().Set(config.FileStoreSync, yesNo(durable))
	s.GlobalSettings().Set(config.DynamicSessions, "Y")
	return storePlace{file.NewStoreFactory(s), func() {}}
}

func yesNo(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

func createStore(tb testing.TB, p storePlace, id quickfix.SessionID) quickfix.MessageStore {
	tb.Helper()
	s, err := p.Create(id)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
