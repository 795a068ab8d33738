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

// BenchmarkSink is the whole way to the disk in the default mode: one producer that never rests and waits when the ring
// is full, so that nothing is dropped, until the last message is durable and can be found. The sessions take turns, which
// is the worst order for the stores: no two records that follow each other go to the same block. A record takes
// about 290 bytes, in the journal and again in its store. The producer's own time is hidden where there is a second
// processor and in the figure where there is none; opening the archive and making the sessions' files, which each
// session pays once in its life, and closing it, is not in it.
// Nor is what the kernel writes back later. The count of messages is its own, whatever b.N is: what the last flush
// costs, which grows with the sessions, is spread over hundreds of thousands, and would be the whole figure of a few.
func BenchmarkSink(b *testing.B) {
	for _, load := range []struct{ sessions, messages int }{{1, 2e6}, {100, 2e6}, {1000, 1e6}, {10000, 3e5}} {
		b.Run(fmt.Sprintf("sessions=%d", load.sessions), func(b *testing.B) {
			a, err := fixarchive.Open(fixarchive.Options{
				Path: b.TempDir(), WhenFull: fixarchive.Wait, WaitBudget: 1 << 40, Alarm: func(err error) { b.Error(err) },
			})
			if err != nil {
				b.Fatal(err)
			}
			logs := sessionLogs(b, a, load.sessions)
			archived(b, a, logs, load.sessions)
			b.ResetTimer()
			archived(b, a, logs, load.messages)
			b.StopTimer()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(load.messages)/b.Elapsed().Seconds(), "msg/s")
			if s := a.Stats(); s.Dropped > 0 {
				b.Errorf("%d messages were dropped", s.Dropped)
			}
			if err := a.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}

// archived sends n messages, the sessions in turn, and waits until all are durable and stored.
func archived(b *testing.B, a *fixarchive.Archive, logs []quickfix.Log, n int) {
	m := message(b, 7)
	for i := range n {
		logs[i%len(logs)].OnOutgoing(m)
	}
	if err := a.Flush(context.Background()); err != nil {
		b.Fatal(err)
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

const (
	blockBytes = 64 << 10
	fileBytes  = 64 << 20
)

// BenchmarkWrite is what the sink is measured against: plain write(2) of the same bytes in blocks of 64 KiB, no sync,
// a new file every 64 MiB. One iteration is one message's share of a block. It writes the bytes once, where an archive
// writes them twice and makes them durable; nobody has to put them together first; and nothing could be found
// again.
func BenchmarkWrite(b *testing.B) {
	block := make([]byte, 0, blockBytes)
	for m := message(b, 7); len(block)+len(m) <= cap(block); {
		block = append(block, m...)
	}
	path := filepath.Join(b.TempDir(), "plain")
	per := len(block) / messageBytes
	b.SetBytes(messageBytes)
	for done := 0; done < b.N; done += fileBytes / messageBytes {
		left := min(fileBytes/messageBytes, b.N-done)
		writeFile(b, path, block, (left+per-1)/per)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// writeFile makes path of so many blocks. Dropping the file before it is left out.
func writeFile(b *testing.B, path string, block []byte, blocks int) {
	b.StopTimer()
	os.Remove(path)
	b.StartTimer()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for range blocks {
		if _, err := f.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}
