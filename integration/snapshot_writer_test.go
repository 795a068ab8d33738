package integration

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"

	archive "github.com/fixarchive/fixarchive"
)

const childDir = "FIXARCHIVE_TEST_CHILD"

const killSessions = 5

// writeUntilKilled is the child process of TestSnapshotOutlivesItsOriginal: it archives numbered messages and tells its
// parent of each one that was accepted.
func writeUntilKilled(dir string) error {
	a, err := archive.Open(archive.Options{Path: dir, WhenFull: archive.Wait, WaitBudget: time.Minute, SegmentBytes: 128 << 10, JournalBytes: 8 << 20})
	if err != nil {
		return err
	}
	logs := make([]quickfix.Log, killSessions)
	for i := range logs {
		if logs[i], err = a.LogFactory(nil).CreateSessionLog(killSession(i)); err != nil {
			return err
		}
	}
	first, err := strconv.Atoi(os.Getenv(childDir + "_FROM"))
	if err != nil {
		return err
	}
	for n := first; ; n++ {
		logs[n%killSessions].OnOutgoing(numbered(n))
		fmt.Fprintf(os.Stdout, "%d\n", n) // unbuffered: what is said was accepted
		if n%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func killSession(i int) quickfix.SessionID {
	return quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("KILLED%d", i), TargetCompID: "VENUE"}
}
