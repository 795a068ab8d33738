package fixarchive_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
)

// An archive beside an engine: its log factory archives, then calls the engine's own.
func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "archive")
	defer os.RemoveAll(dir)

	archive, err := fixarchive.Open(fixarchive.Options{Path: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	logs := archive.LogFactory(quickfix.NewNullLogFactory())
	log, _ := logs.CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"})
	log.OnIncoming([]byte("8=FIX.4.4\x019=5\x0135=0\x0110=163\x01")) // what the engine does

	fmt.Println(archive.Stats().Accepted, archive.Close())
	// Output: 1 <nil>
}

// Flush returns when everything captured before it is durable and can be found.
func ExampleArchive_Flush() {
	dir, _ := os.MkdirTemp("", "archive")
	defer os.RemoveAll(dir)
	archive, err := fixarchive.Open(fixarchive.Options{Path: dir, Sync: fixarchive.SyncNone})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer archive.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fmt.Println(archive.Flush(ctx))
	// Output: <nil>
}

// In quickfix's own style the settings say where to archive.
func ExampleNewLogFactory() {
	dir, _ := os.MkdirTemp("", "archive")
	defer os.RemoveAll(dir)
	settings, err := quickfix.ParseSettings(strings.NewReader(`
[DEFAULT]
BeginString=FIX.4.4
SenderCompID=GATEWAY
FixArchivePath=` + dir + `
[SESSION]
TargetCompID=VENUE
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	logFactory, err := fixarchive.NewLogFactory(settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fixarchive.Close(context.Background())

	_, err = logFactory.CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"})
	fmt.Println(err)
	// Output: <nil>
}
