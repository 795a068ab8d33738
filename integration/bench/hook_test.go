package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/log/file"

	"github.com/fixarchive/fixarchive"
)

var gateway = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// burst is how many messages come without a pause: they fit the default ring, so that a figure is the hook's
// and not the disk's. What the sink does with them afterwards is not in it.
const burst = 8192

// hooked is a session's log and what settles it between bursts.
type hooked struct {
	log    quickfix.Log
	settle func()
}

func archiveLog(tb testing.TB) hooked {
	tb.Helper()
	a, err := fixarchive.Open(fixarchive.Options{Path: tb.TempDir(), Alarm: func(err error) { tb.Error(err) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if s := a.Stats(); s.Dropped > 0 {
			tb.Errorf("%d messages were dropped: the figure is not the hook's", s.Dropped)
		}
		if err := a.Close(); err != nil {
			tb.Error(err)
		}
	})
	log, err := a.LogFactory(nil).CreateSessionLog(gateway)
	if err != nil {
		tb.Fatal(err)
	}
	return hooked{log, func() {
		for a.Stats().RingUsed > 0 {
			time.Sleep(100 * time.Microsecond)
		}
	}}
}

func fileLog(tb testing.TB) hooked {
	tb.Helper()
	log, err := fileLogs(tb, gateway).CreateSessionLog(gateway)
	if err != nil {
		tb.Fatal(err)
	}
	return hooked{log, func() {}}
}

// fileLogs is quickfixgo's file log for some sessions.
func fileLogs(tb testing.TB, ids ...quickfix.SessionID) quickfix.LogFactory {
	tb.Helper()
	s := quickfix.NewSettings()
	s.GlobalSettings().Set(config.FileLogPath, tb.TempDir())
	for _, id := range ids {
		one := quickfix.NewSessionSettings()
		one.Set(config.BeginString, id.BeginString)
		one.Set(config.SenderCompID, id.SenderCompID)
		one.Set(config.TargetCompID, id.TargetCompID)
		one.Set(config.FileLogPath, tb.TempDir())
		if _, err := s.AddSession(one); err != nil {
			tb.Fatal(err)
		}
	}
	f, err := file.NewLogFactory(s)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

type logged struct {
	name string
	open func(testing.TB) hooked
}

var logs = []logged{{"fixarchive", archiveLog}, {"filelog", fileLog}}

// BenchmarkHook is one OnOutgoing of 256 bytes, in bursts that fit the ring; the sink runs beside them on another
// processor. With several goroutines they share one session, as an engine's do, and the figure is wall time per
// message of all. What the sink does between the bursts is not in it: BenchmarkSink has that.
func BenchmarkHook(b *testing.B) {
	for _, l := range logs {
		for _, goroutines := range []int{1, 4} {
			b.Run(fmt.Sprintf("log=%s/goroutines=%d", l.name, goroutines), func(b *testing.B) {
				h := l.open(b)
				m := message(b, 7)
				b.ReportAllocs()
				b.ResetTimer()
				for done := 0; done < b.N; done += burst {
					share(goroutines, min(burst, b.N-done), func(k int) {
						for range k {
							h.log.OnOutgoing(m)
						}
					})
					b.StopTimer()
					h.settle()
					b.StartTimer()
				}
			})
		}
	}
}

// share splits n among goroutines; one alone runs on the caller's.
func share(goroutines, n int, f func(k int)) {
	if goroutines == 1 {
		f(n)
		return
	}
	var wg sync.WaitGroup
	for i := range goroutines {
		wg.Go(func() { f(part(n, goroutines, i)) })
	}
	wg.Wait()
}
