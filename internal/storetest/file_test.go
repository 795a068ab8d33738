package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"
)

// fileStore is quickfix's own store in files. It reads numbers in the order in which they were saved, each as often as
// it was, and writes where a message lies before the message.
var fileStore = Subject{Lacks: LatestWins | AtOnce | OneStore, New: newFiles}

func newFiles(tb testing.TB) Place {
	dir := tb.TempDir()
	return Place{
		Open: func() (quickfix.MessageStoreFactory, error) {
			s := quickfix.NewSettings()
			s.GlobalSettings().Set(config.FileStorePath, dir)
			s.GlobalSettings().Set(config.FileStoreSync, "N")
			s.GlobalSettings().Set(config.DynamicSessions, "Y")
			return file.NewStoreFactory(s), nil
		},
		Close: func() error { return nil },
	}
}

// TestFileStore tries the contract on a store that others rely on: what it keeps, it keeps here too.
func TestFileStore(t *testing.T) { Run(t, fileStore) }

// TestFileStoreHistory is short: the file store reads all that was saved before what is asked for.
func TestFileStoreHistory(t *testing.T) {
	History(t, fileStore, Lengths{Operations: 2000, Life: 200, Epoch: 500, Seed: rand.Uint64()})
}
