package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

// storeMessages in the environment says how many messages the store has that is opened and read; 1000000 is what stores are
// judged by, and takes quickfix's file store a minute.
const storeMessages = "FIXARCHIVE_STORE_MESSAGES"

func oldStoreSize(b *testing.B) int {
	text := os.Getenv(storeMessages)
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1000 {
		b.Fatalf("%s is %q, want a number from 1000 on", storeMessages, text)
	}
	return n
}

// BenchmarkOldStore opens a store of many messages of 256 bytes, which an earlier life has saved, and reads some. Everything
// is in the page cache: no disk is in the figures. The archive is open already, as it is when an engine's next session
// begins; what opening it takes is place-ns, and does not grow with what it holds. B is what opening the store
// allocated, most of which is gone again. first-read-ns is the store's first iteration, of the last message.
func BenchmarkOldStore(b *testing.B) {
	n := oldStoreSize(b)
	for _, k := range storeKinds {
		b.Run(fmt.Sprintf("store=%s/messages=%d", k.name, n), func(b *testing.B) {
			dir := b.TempDir()
			fillStore(b, k, dir, n)
			b.Run("open", func(b *testing.B) { openOldStore(b, k, dir, n) })
			p := k.open(b, dir, false)
			defer p.close()
			s := createStore(b, p, gateway)
			for _, r := range []struct {
				name        string
				begin, most int
			}{{"first", 1, 1}, {"middle", n / 2, 1}, {"last", n, 1}, {"thousand", n / 2, 1000}} {
				b.Run("read="+r.name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						readStore(b, s, r.begin, r.most)
					}
				})
			}
			if err := s.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}

func fillStore(b *testing.B, k storeKind, dir string, n int) {
	b.Helper()
	p := k.open(b, dir, false)
	defer p.close()
	s := createStore(b, p, gateway)
	if k.fill != nil {
		k.fill(b, dir, n)
	} else {
		m := message(b, 7)
		for i := 1; i <= n; i++ {
			if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(i, m); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func readStore(b *testing.B, s quickfix.MessageStore, begin, n int) {
	got := 0
	err := s.IterateMessages(begin, begin+n-1, func(m []byte) error {
		if got++; len(m) != messageBytes {
			return fmt.Errorf("a message of %d bytes, want %d", len(m), messageBytes)
		}
		return nil
	})
	if err != nil || got != n {
		b.Fatalf("%d messages from %d on, want %d: %v", got, begin, n, err)
	}
}

// openOldStore opens the place anew each time, since one that is open has its stores already, and takes the median of at
// least three. The first read is not repeated where it takes seconds.
func openOldStore(b *testing.B, k storeKind, dir string, n int) {
	var opened, place, first []time.Duration
	var before, after runtime.MemStats
	allocated, count := ^uint64(0), ^uint64(0)
	for begun := time.Now(); len(opened) < 3 || time.Since(begun) < saveFor; {
		start := time.Now()
		p := k.open(b, dir, false)
		place = append(place, time.Since(start))
		runtime.ReadMemStats(&before)
		start = time.Now()
		s := createStore(b, p, gateway)
		opened = append(opened, time.Since(start))
		runtime.ReadMemStats(&after)
		allocated = min(allocated, after.TotalAlloc-before.TotalAlloc) // what others allocated meanwhile is in all but the least
		count = min(count, after.Mallocs-before.Mallocs)
		if next := s.NextSenderMsgSeqNum(); next != n+1 {
			b.Fatalf("the store goes on with %d, want %d", next, n+1)
		}
		if len(first) == 0 || first[0] < time.Second {
			start = time.Now()
			readStore(b, s, n, 1)
			first = append(first, time.Since(start))
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
		p.close()
	}
	b.ReportAllocs() // or B/op is not printed
	b.ReportMetric(medianOf(opened), "ns/op")
	b.ReportMetric(float64(allocated), "B/op")
	b.ReportMetric(float64(count), "allocs/op")
	b.ReportMetric(medianOf(place), "place-ns")
	b.ReportMetric(medianOf(first), "first-read-ns")
}

func medianOf(took []time.Duration) float64 {
	slices.Sort(took)
	return float64(took[len(took)/2])
}
