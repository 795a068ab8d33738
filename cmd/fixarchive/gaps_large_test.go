package main

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
)

// TestGapsOfALargeArchive asks for the holes of many messages, of one archive and of two that hold the same and lack
// different ones. FIXARCHIVE_FULL makes it a million.
func TestGapsOfALargeArchive(t *testing.T) {
	messages := 20_000
	if os.Getenv("FIXARCHIVE_FULL") != "" {
		messages = 1_000_000
	}
	dir := t.TempDir()
	largeArchive(t, dir+"/a", messages, func(n int) bool { return n%1000 != 500 })
	largeArchive(t, dir+"/b", messages, func(n int) bool { return n%2000 != 500 && n%1000 != 700 })

	holes := strconv.Itoa(messages / 1000)
	out := timedRun(t, 1, "gaps", "--archive", dir+"/a")
	if want := "1 session: " + holes + " holes of " + holes + " numbers unexplained\n"; !strings.HasSuffix(out, want) {
		t.Errorf("got %q, want %q", last(out), want)
	}
	holes = strconv.Itoa(messages / 2000)
	out = timedRun(t, 1, "gaps", "--archive", dir+"/a", "--archive", dir+"/b")
	if want := "1 session: " + holes + " holes of " + holes + " numbers unexplained\n"; !strings.HasSuffix(out, want) {
		t.Errorf("got %q, want %q", last(out), want)
	}
	timedRun(t, 0, "sessions", "--gaps", "--archive", dir+"/a")
}

func last(text string) string { return text[max(0, len(text)-200):] }

// largeArchive is one session that sends, and half as often receives.
func largeArchive(t *testing.T, dir string, messages int, has func(n int) bool) {
	t.Helper()
	a, err := fixarchive.Open(fixarchive.Options{
		Path: dir, RingDir: t.TempDir(), WhenFull: fixarchive.Wait, WaitBudget: time.Minute, ReserveBytes: 1 << 20, FreePercent: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := captor{id: quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}}
	if c.log, err = a.LogFactory(nil).CreateSessionLog(c.id); err != nil {
		t.Fatal(err)
	}
	c.log.OnOutgoing(c.framed([]string{"out", "A", "1", "98=0|141=Y|"}))
	c.log.OnIncoming(c.framed([]string{"in", "A", "1", "98=0|141=Y|"}))
	for n := 2; n <= messages; n++ {
		text := strconv.Itoa(n)
		if has(n) {
			c.log.OnOutgoing(c.framed([]string{"out", "D", text, "11=ORD-" + text + "|55=EURUSD|54=1|38=1000|40=2|44=1.0912|59=0|"}))
		}
		if n <= messages/2 {
			c.log.OnIncoming(c.framed([]string{"in", "8", text, "37=" + text + "|11=ORD-" + text + "|150=0|39=0|55=EURUSD|"}))
		}
	}
	if err := a.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// timedRun runs the command here, and tells its time and how far the heap grew meanwhile.
func timedRun(t *testing.T, want int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	runtime.GC()
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	start := time.Now()
	got := run(args, &stdout, &stderr)
	took := time.Since(start)
	close(stop)
	<-stopped
	if got != want || stderr.Len() > 0 {
		t.Errorf("%q ended with %d, want %d: %s", args, got, want, stderr.String())
	}
	t.Logf("%s with %d --archive: %v, heap up to %.1f MiB", args[0], strings.Count(strings.Join(args, " "), "--archive"), took.Round(time.Millisecond), float64(peak.Load())/(1<<20))
	return stdout.String()
}
