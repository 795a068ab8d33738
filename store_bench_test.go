package fixarchive

import (
	"fmt"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"
)

// BenchmarkSave is what a save costs an engine, with so many sessions that save at once.
func BenchmarkSave(b *testing.B) {
	for _, sync := range []Sync{SyncAlways, SyncNone} {
		for _, sessions := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("sync=%s/sessions=%d", sync, sessions), func(b *testing.B) { benchmarkSave(b, sync, sessions) })
		}
	}
}

func benchmarkSave(b *testing.B, mode Sync, sessions int) {
	a, err := Open(Options{Path: b.TempDir(), StoreSync: mode})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	stores := make([]quickfix.MessageStore, sessions)
	for i := range stores {
		if stores[i], err = a.StoreFactory().Create(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprint(i), TargetCompID: "VENUE"}); err != nil {
			b.Fatal(err)
		}
	}
	msg := make([]byte, 250)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			for n := i; n < b.N; n += sessions {
				if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n+1, msg); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "saves/s")
}
