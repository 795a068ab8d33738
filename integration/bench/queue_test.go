package bench

import (
	"fmt"
	"testing"
)

// BenchmarkPut is a record of 256 bytes put by one goroutine while nobody takes: what the producer pays at best. What
// the consumer does between the bursts is not in it, nor what the two cost each other when they run at the same
// time. The diode is missing: its consumer cannot be made to wait.
func BenchmarkPut(b *testing.B) {
	for _, kind := range queues {
		b.Run("queue="+kind.name, func(b *testing.B) {
			q := kind.open(b)
			m := message(b, 7)
			b.ReportAllocs()
			for b.Loop() {
				for !q.put(m) {
					b.StopTimer()
					for q.take() > 0 {
					}
					b.StartTimer()
				}
			}
		})
	}
}

// BenchmarkQueue is a record of 256 bytes from producers that never rest to a consumer that reads one byte of it and
// sleeps 50 µs when it finds nothing: wall time per record, from the first put until the last was read. It is as
// fast as the slower side, so it does not say what a producer pays; with more goroutines than processors it
// measures the scheduler too. A diode does not wait for room: what it lost stands beside its time and is in it as if
// it had arrived.
func BenchmarkQueue(b *testing.B) {
	for _, producers := range []int{1, 4} {
		for _, kind := range queues {
			b.Run(fmt.Sprintf("queue=%s/producers=%d", kind.name, producers), func(b *testing.B) {
				q := kind.open(b)
				m := message(b, 7)
				b.ReportAllocs()
				b.ResetTimer()
				throughQueue(q, producers, b.N, m)
			})
		}
		b.Run(fmt.Sprintf("queue=diode/producers=%d", producers), func(b *testing.B) {
			m := message(b, 7)
			b.ReportAllocs()
			b.ResetTimer()
			lost := throughDiode(producers, b.N, m)
			b.ReportMetric(float64(lost)/float64(b.N), "lost/op")
		})
	}
}
