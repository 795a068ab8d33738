package bench

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

// saveFor is how long each figure is taken, whatever b.N is: a store that syncs is not to be measured by a few saves.
const saveFor = 500 * time.Millisecond

// BenchmarkStoreSave is SaveMessageAndIncrNextSenderMsgSeqNum of 256 bytes, by a goroutine for each session that saves its
// next message as soon as its last is. One pass counts, and another times each save, since looking at the clock would be a
// good part of a save that waits for nothing. Allocations are the process's, whoever made them. Files are new: the archive's
// journal, and its ring's pages, are in their first lap. What each store syncs stands at storeKind.
func BenchmarkStoreSave(b *testing.B) {
	m := message(b, 7)
	everyStore(b, []int{1, 10, 100}, func(s quickfix.MessageStore) error {
		return s.SaveMessageAndIncrNextSenderMsgSeqNum(s.NextSenderMsgSeqNum(), m)
	})
}

// BenchmarkStoreCount is IncrNextTargetMsgSeqNum, what an engine does for each message that it has received.
func BenchmarkStoreCount(b *testing.B) {
	everyStore(b, []int{1, 100}, quickfix.MessageStore.IncrNextTargetMsgSeqNum)
}

func everyStore(b *testing.B, sessions []int, do func(quickfix.MessageStore) error) {
	for _, k := range storeKinds {
		for _, durable := range []bool{true, false} {
			for _, n := range sessions {
				b.Run(fmt.Sprintf("store=%s/sync=%s/sessions=%d", k.name, yesNo(durable), n), func(b *testing.B) {
					measureStores(b, k, durable, n, do)
				})
			}
		}
	}
}

func measureStores(b *testing.B, k storeKind, durable bool, sessions int, do func(quickfix.MessageStore) error) {
	p := k.open(b, b.TempDir(), durable)
	defer p.close()
	stores := make([]quickfix.MessageStore, sessions)
	for i := range stores {
		id := gateway
		id.SenderCompID = fmt.Sprintf("GATEWAY%05d", i)
		stores[i] = createStore(b, p, id)
		if err := do(stores[i]); err != nil {
			b.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	b.ReportAllocs() // or allocs/op is not printed
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	done, elapsed := untilTired(b, stores, func(_ int, s quickfix.MessageStore) error { return do(s) })
	b.StopTimer()
	runtime.ReadMemStats(&after)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(done)/elapsed.Seconds(), "saves/s")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(done), "B/op")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(done), "allocs/op")
	reportQuantiles(b, timed(b, stores, do))
	for _, s := range stores {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}
}

// untilTired has each store's goroutine do something until the time is over, and returns how often all did it.
func untilTired(b *testing.B, stores []quickfix.MessageStore, do func(int, quickfix.MessageStore) error) (int, time.Duration) {
	var (
		tired atomic.Bool
		done  atomic.Int64
		wg    sync.WaitGroup
	)
	start := time.Now()
	for i, s := range stores {
		wg.Go(func() {
			n := 0
			for ; !tired.Load(); n++ {
				if err := do(i, s); err != nil {
					b.Error(err)
					break
				}
			}
			done.Add(int64(n))
		})
	}
	time.Sleep(saveFor)
	tired.Store(true)
	wg.Wait()
	return int(done.Load()), time.Since(start)
}

// timed is how long each took.
func timed(b *testing.B, stores []quickfix.MessageStore, do func(quickfix.MessageStore) error) (all []time.Duration) {
	took := make([][]time.Duration, len(stores))
	untilTired(b, stores, func(i int, s quickfix.MessageStore) error {
		start := time.Now()
		err := do(s)
		took[i] = append(took[i], time.Since(start))
		return err
	})
	for _, t := range took {
		all = append(all, t...)
	}
	return all
}
