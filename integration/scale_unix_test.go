//go:build unix

package integration

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	archive "github.com/fixarchive/fixarchive"
)

// TestTenThousandSessions archives 100 messages on each of 10,000 sessions with the default descriptors, and finds every one
// again. The process stays under 512 MiB.
func TestTenThousandSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	sessions, each := size(1000, 10_000), 100
	dir := t.TempDir()
	a, err := archive.Open(archive.Options{
		Path: dir, WhenFull: archive.Wait, WaitBudget: time.Minute, Alarm: noAlarms(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	logs := make([]quickfix.Log, sessions)
	for i := range logs {
		if logs[i], err = a.LogFactory(nil).CreateSessionLog(scaleSession(i)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range each {
		for i := range logs {
			logs[i].OnIncoming(numbered(n*sessions + i))
		}
	}
	peak := residentPeak(t)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if peak > 512<<20 {
		t.Errorf("the process took %d MiB", peak>>20)
	}
	t.Logf("%d sessions of %d messages: at most %d MiB resident, %d descriptors", sessions, each, peak>>20, descriptors())
	findAll(t, dir, sessions, each)
}

func scaleSession(i int) quickfix.SessionID {
	return quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("SCALE%05d", i), TargetCompID: "VENUE"}
}

// findAll reads all sessions together, in the order of their capture: the k-th message of all is the k-th that was sent.
func findAll(t *testing.T, dir string, sessions, each int) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	k := 0
	for m, err := range r.Messages(archive.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := scaleSession(k % sessions).String(); m.Session != want || string(m.Raw) != string(numbered(k)) {
			t.Fatalf("message %d: %s %.90q, want it of %s", k, m.Session, m.Raw, want)
		}
		k++
	}
	if k != sessions*each {
		t.Fatalf("%d messages, want %d", k, sessions*each)
	}
}

// residentPeak is the most memory that the process has had, in bytes.
func residentPeak(t *testing.T) int64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss << 10
}

func descriptors() int {
	names, _ := os.ReadDir("/proc/self/fd")
	return len(names)
}

// TestIdleArchiveSleeps looks at the processor time of an open archive that nobody writes to, over several stretches: a busy
// machine makes some of them dearer, and none cheaper.
func TestIdleArchiveSleeps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	a, err := archive.Open(archive.Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	log, err := a.LogFactory(nil).CreateSessionLog(scaleSession(0))
	if err != nil {
		t.Fatal(err)
	}
	log.OnEvent("and then nothing")
	time.Sleep(time.Second)
	share := 1.0
	for range 10 {
		before, start := cpu(t), time.Now()
		time.Sleep(time.Second)
		if share = min(share, float64(cpu(t)-before)/float64(time.Since(start))); share < 0.01 {
			break
		}
	}
	t.Logf("%.2f %% of a core", 100*share)
	if share >= 0.01 {
		t.Errorf("an idle archive takes %.2f %% of a core, want under 1", 100*share)
	}
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
