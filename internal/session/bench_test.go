package session

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// drainInBursts runs put b.N times, in bursts that fit the ring; the ring is emptied between them with the clock
// stopped. So it measures what a hook takes, and neither the sink nor what is dropped.
func drainInBursts(b *testing.B, h *harness, perBurst int, put func(n int)) {
	b.ReportAllocs()
	b.SetBytes(256)
	for left := b.N; left > 0; left -= perBurst {
		put(min(left, perBurst))
		b.StopTimer()
		for _, _, ok := h.ring.Next(); ok; _, _, ok = h.ring.Next() {
		}
		h.ring.MarkTaken()
		h.ring.Release()
		b.StartTimer()
	}
	b.StopTimer()
	if _, dropped, _ := h.Totals(); dropped != 0 {
		b.Fatalf("%d dropped: this measured something else", dropped)
	}
}

const burst = 5000 // of 256-byte messages: a fifth of the default ring, so nobody is woken

func BenchmarkRecord(b *testing.B) {
	msg := make([]byte, 256)
	b.Run("1", func(b *testing.B) {
		h := newHarness(b, 8<<20, nil)
		r := h.open("A")
		drainInBursts(b, h, burst, func(n int) {
			for range n {
				r.Record(record.Inbound, 0, msg)
			}
		})
	})
	b.Run("4 goroutines, a log each", func(b *testing.B) {
		h := newHarness(b, 8<<20, nil)
		rs := []*Recorder{h.open("A"), h.open("B"), h.open("C"), h.open("D")}
		benchmarkFour(b, h, rs, msg)
	})
	b.Run("4 goroutines, one log", func(b *testing.B) {
		h := newHarness(b, 8<<20, nil)
		r := h.open("A")
		benchmarkFour(b, h, []*Recorder{r, r, r, r}, msg)
	})
}

func benchmarkFour(b *testing.B, h *harness, rs []*Recorder, msg []byte) {
	drainInBursts(b, h, burst, func(n int) {
		var wg sync.WaitGroup
		for i, r := range rs {
			wg.Go(func() {
				for range (n + i) / len(rs) {
					r.Record(record.Inbound, 0, msg)
				}
			})
		}
		wg.Wait()
	})
}

// BenchmarkParts is what Record is made of, each alone.
func BenchmarkParts(b *testing.B) {
	msg := make([]byte, 256)
	b.Run("lock", func(b *testing.B) {
		var mu sync.Mutex
		held := 0
		for range b.N {
			mu.Lock()
			held++
			mu.Unlock()
		}
	})
	b.Run("clock", func(b *testing.B) {
		c := NewClock()
		var sum record.Nanos
		for range b.N {
			sum += c.Now()
		}
		runtime.KeepAlive(sum)
	})
	b.Run("time.Now", func(b *testing.B) {
		var sum int64
		for range b.N {
			sum += time.Now().UnixNano()
		}
		runtime.KeepAlive(sum)
	})
	b.Run("buffer and frame", func(b *testing.B) {
		r := newHarness(b, 8<<20, nil).open("A")
		for range b.N {
			buf := r.buffers.Get(record.FrameHeaderSize + len(msg))
			record.PutFrameHeader(buf.B, &record.Frame{Sequence: 1, Kind: record.Inbound})
			copy(buf.B[record.FrameHeaderSize:], msg)
			r.buffers.Put(buf)
		}
	})
	b.Run("ring", func(b *testing.B) {
		mem, err := logbuf.NewHeap(logbuf.Geometry{RingBytes: 8 << 20})
		if err != nil {
			b.Fatal(err)
		}
		h := &harness{ring: logbuf.NewMPSC(mem), Registry: newHarness(b, 4096, nil).Registry}
		frame := make([]byte, record.FrameHeaderSize+len(msg))
		drainInBursts(b, h, burst, func(n int) {
			for range n {
				if _, err := h.ring.Put(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("event", func(b *testing.B) {
		h := newHarness(b, 8<<20, nil)
		r := h.open("A")
		drainInBursts(b, h, burst, func(n int) {
			for range n {
				r.Eventf("MsgSeqNum too high, expecting %v but received %v", 1, 2)
			}
		})
	})
}
