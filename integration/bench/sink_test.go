package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
)

// BenchmarkSink is the whole way to the disk in the default mode: one producer that waits when the ring is full, so
// that nothing is dropped, until the last message is durable and can be found. A record takes about 290 bytes.
func BenchmarkSink(b *testing.B) {
	for _, sessions := range []int{1, 100, 1000, 10000} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			a, err := fixarchive.Open(fixarchive.Options{
				Path: b.TempDir(), WhenFull: fixarchive.Wait, WaitBudget: 1 << 40, Alarm: func(err error) { b.Error(err) },
			})
			if err != nil {
				b.Fatal(err)
			}
			logs := sessionLogs(b, a, sessions)
			m := message(b, 7)
			b.SetBytes(messageBytes)
			b.ResetTimer()
			for i := range b.N {
				logs[i%sessions].OnOutgoing(m)
			}
			if err := a.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if s := a.Stats(); s.Dropped > 0 {
				b.Errorf("%d messages were dropped", s.Dropped)
			}
			if err := a.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}

func sessionLogs(tb testing.TB, a *fixarchive.Archive, n int) []quickfix.Log {
	tb.Helper()
	logs := make([]quickfix.Log, n)
	f := a.LogFactory(nil)
	for i := range logs {
		id := gateway
		id.SenderCompID = fmt.Sprintf("GATEWAY%05d", i)
		var err error
		if logs[i], err = f.CreateSessionLog(id); err != nil {
			tb.Fatal(err)
		}
	}
	return logs
}

// BenchmarkWrite is what the sink is measured against: plain write(2) of the same bytes in blocks of 64 KiB, one file, no
// sync. One iteration is one message's share of a block.
func BenchmarkWrite(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 0, 64<<10)
	m := message(b, 7)
	for len(block)+len(m) <= cap(block) {
		block = append(block, m...)
	}
	per := len(block) / len(m)
	b.SetBytes(messageBytes)
	b.ResetTimer()
	for done := 0; done < b.N; done += per {
		if _, err := f.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}
