package fixarchive_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/storetest"
)

// smallStore are the settings of an archive in which segments are sealed, checkpoints made and buffers written while a test
// is at work.
var smallStore = map[string]string{
	"FixArchiveRingBytes": "1048576", "FixArchiveSegmentBytes": "1048576", "FixArchiveJournalBytes": "8388608",
	"FixArchiveReserveBytes": "0", "FixArchiveFreePercent": "0", config.DynamicSessions: "Y",
}

// settingsStore makes stores as settings say.
func settingsStore(sync fixarchive.Sync) storetest.Subject {
	return storetest.Subject{New: func(tb testing.TB) storetest.Place {
		s := quickfix.NewSettings()
		for key, value := range smallStore {
			s.GlobalSettings().Set(key, value)
		}
		s.GlobalSettings().Set(fixarchive.FixArchivePath, tb.TempDir())
		s.GlobalSettings().Set("FixArchiveRingDir", tb.TempDir())
		s.GlobalSettings().Set("FixArchiveSync", string(sync))
		return storetest.Place{
			Open:  func() (quickfix.MessageStoreFactory, error) { return fixarchive.NewStoreFactory(s), nil },
			Close: func() error { return fixarchive.Close(context.Background()) },
		}
	}}
}

// archiveStore makes them in an archive that the program opened.
func archiveStore(sync fixarchive.Sync) storetest.Subject {
	return storetest.Subject{New: func(tb testing.TB) storetest.Place {
		var a *fixarchive.Archive
		o := fixarchive.Options{
			Path: tb.TempDir(), RingDir: tb.TempDir(), RingBytes: 1 << 20, SegmentBytes: 1 << 20, JournalBytes: 8 << 20, StoreSync: sync,
			FreePercent: -1, ReserveBytes: -1, Alarm: noAlarms(tb),
		}
		return storetest.Place{
			Open: func() (_ quickfix.MessageStoreFactory, err error) {
				if a, err = fixarchive.Open(o); err != nil {
					return nil, err
				}
				return a.StoreFactory(), nil
			},
			Close: func() error { return a.Close() },
		}
	}}
}

// TestStoreContract: an archive is a message store as others are, and keeps what they do not.
func TestStoreContract(t *testing.T) {
	t.Run("always", func(t *testing.T) { storetest.Run(t, settingsStore(fixarchive.SyncAlways)) })
	if os.Getenv("FIXARCHIVE_FULL") != "" { // between the two others in all that it does
		t.Run("interval", func(t *testing.T) { storetest.Run(t, settingsStore(fixarchive.SyncInterval)) })
	}
	t.Run("none", func(t *testing.T) { storetest.Run(t, archiveStore(fixarchive.SyncNone)) })
}

var (
	storeSeed       = flag.Uint64("store.seed", 0, "the seed of the message store's history; 0: any")
	storeOperations = flag.Int("store.operations", 0, "how many operations the message store's history has; 0: 20000, or 1000000 with FIXARCHIVE_FULL=1")
)

// TestStoreHistory: a long life of a store, with all that an engine and an operator may do to it.
func TestStoreHistory(t *testing.T) {
	operations, seed := *storeOperations, *storeSeed
	switch {
	case operations > 0:
	case os.Getenv("FIXARCHIVE_FULL") != "":
		operations = 1_000_000
	case testing.Short():
		operations = 4000
	default:
		operations = 20_000
	}
	if seed == 0 {
		seed = rand.Uint64()
	}
	waiting := min(operations/5, 20_000) // for a disk, which takes its time
	for _, c := range []struct {
		sync  fixarchive.Sync
		share int
	}{{fixarchive.SyncAlways, waiting}, {fixarchive.SyncNone, operations - waiting}} {
		t.Run(string(c.sync), func(t *testing.T) {
			storetest.History(t, archiveStore(c.sync), storetest.Lengths{
				Operations: c.share, Life: min(max(c.share/30, 50), 4000), Epoch: min(max(c.share/15, 100), 8000), Seed: seed,
			})
		})
	}
}
