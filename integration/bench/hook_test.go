package bench

import (
	"slices"
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
	s := quickfix.NewSettings()
	s.GlobalSettings().Set(config.FileLogPath, tb.TempDir())
	one := quickfix.NewSessionSettings()
	one.Set(config.BeginString, gateway.BeginString)
	one.Set(config.SenderCompID, gateway.SenderCompID)
	one.Set(config.TargetCompID, gateway.TargetCompID)
	one.Set(config.FileLogPath, tb.TempDir())
	if _, err := s.AddSession(one); err != nil {
		tb.Fatal(err)
	}
	f, err := file.NewLogFactory(s)
	if err != nil {
		tb.Fatal(err)
	}
	log, err := f.CreateSessionLog(gateway)
	if err != nil {
		tb.Fatal(err)
	}
	return hooked{log, func() {}}
}

var logs = []struct {
	name string
	open func(testing.TB) hooked
}{{"fixarchive", archiveLog}, {"filelog", fileLog}}

// BenchmarkHook is one OnOutgoing of 256 bytes, in bursts that fit the ring. With several goroutines they share one
// session, as an engine's do, and the figure is wall time per message of all.
func BenchmarkHook(b *testing.B) {
	for _, l := range logs {
		for _, goroutines := range []int{1, 4} {
			b.Run("log="+l.name+"/goroutines="+string(rune('0'+goroutines)), func(b *testing.B) {
				h := l.open(b)
				m := message(b, 7)
				b.ReportAllocs()
				b.ResetTimer()
				for done := 0; done < b.N; {
					n := min(burst, b.N-done)
					share(goroutines, n, func(k int) {
						for range k {
							h.log.OnOutgoing(m)
						}
					})
					done += n
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
		wg.Go(func() { f(n/goroutines + min(1, max(0, n%goroutines-i))) })
	}
	wg.Wait()
}

// BenchmarkHookLatency times each call, in bursts and at one message a millisecond, where the sink sleeps in between
// and the caches are cold. Reading the clock twice is in every figure; p0 shows what that costs at least.
func BenchmarkHookLatency(b *testing.B) {
	for _, l := range logs {
		for _, rest := range []time.Duration{0, time.Millisecond} {
			b.Run("log="+l.name+"/every="+rest.String(), func(b *testing.B) {
				h := l.open(b)
				m := message(b, 7)
				took := make([]time.Duration, 0, b.N)
				for i := range b.N {
					if rest > 0 {
						time.Sleep(rest)
					} else if i%burst == 0 {
						h.settle()
					}
					start := time.Now()
					h.log.OnOutgoing(m)
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				for _, q := range []struct {
					unit string
					at   float64
				}{{"p50-ns", 0.5}, {"p99-ns", 0.99}, {"p99.9-ns", 0.999}} {
					b.ReportMetric(float64(took[int(q.at*float64(len(took)-1))]), q.unit)
				}
			})
		}
	}
}
