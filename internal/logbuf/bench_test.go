package logbuf

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Records of 256 bytes take 264 with their header and share cache lines with their neighbours; records of 248 take
// 256 and have their lines to themselves. The difference is what aligning every record to a line could gain.
var benchSizes = []int{248, 256}

// BenchmarkPut is Put alone: a burst that fits the ring. What the consumer does between bursts is not in it, nor is
// what a producer pays when the consumer runs at the same time.
func BenchmarkPut(b *testing.B) {
	for _, ringBytes := range []int{256 << 10, 1 << 20, 8 << 20} {
		for _, size := range append([]int{64}, benchSizes...) {
			b.Run(fmt.Sprintf("ring=%dK/size=%d", ringBytes>>10, size), func(b *testing.B) {
				r := NewMPSC(heap(b, ringBytes, 0))
				p := make([]byte, size)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := r.Put(p); err != nil {
						b.StopTimer()
						drain(r)
						b.StartTimer()
					}
				}
			})
		}
	}
}

// BenchmarkPutMapped is Put alone in a mapped file.
func BenchmarkPutMapped(b *testing.B) {
	r := NewMPSC(mapped(b, b.TempDir(), 1<<20))
	p := make([]byte, 256)
	for b.Loop() {
		if _, err := r.Put(p); err != nil {
			b.StopTimer()
			drain(r)
			b.StartTimer()
		}
	}
}

// BenchmarkPutAndTake is the whole cost of a record when one goroutine does both, in batches of a sixteenth of the
// ring: put, next, taken, zeroing, head. No cache line moves between processors.
func BenchmarkPutAndTake(b *testing.B) {
	for _, kind := range []string{"MPSC", "SPSC"} {
		for _, ringBytes := range []int{256 << 10, 1 << 20, 8 << 20} {
			b.Run(fmt.Sprintf("%s/ring=%dK", kind, ringBytes>>10), func(b *testing.B) {
				r := kinds[kind](heap(b, ringBytes, 0))
				p := make([]byte, 256)
				batch, n := ringBytes/16/264, 0
				for b.Loop() {
					r.Put(p)
					if n++; n == batch {
						n = 0
						drain(r)
					}
				}
			})
		}
	}
}

// BenchmarkContendedPut has producers put at the same time with no consumer: what they cost each other at the tail.
// One iteration is one record by one of them.
func BenchmarkContendedPut(b *testing.B) {
	for _, producers := range []int{1, 2, 4} {
		for _, size := range benchSizes {
			b.Run(fmt.Sprintf("producers=%d/size=%d", producers, size), func(b *testing.B) {
				r := NewMPSC(heap(b, 8<<20, 0))
				burst := r.Cap() / 2 / 264 / producers
				b.ResetTimer()
				for done := 0; done < b.N; done += burst * producers {
					var wg sync.WaitGroup
					for range producers {
						wg.Go(func() {
							p := make([]byte, size)
							for range burst {
								r.Put(p)
							}
						})
					}
					wg.Wait()
					b.StopTimer()
					drain(r)
					b.StartTimer()
				}
			})
		}
	}
}

// BenchmarkEndToEnd moves records from producers that never rest to one consumer, which reads a byte of each. A
// producer that finds no room yields. The eager consumer looks again at once when it finds nothing, and so fights
// with the producers for the cache line they are writing; the polling one sleeps 50 µs, as an archive's does. With
// more goroutines than processors this measures the scheduler too.
func BenchmarkEndToEnd(b *testing.B) {
	const room = 4 << 20
	rivals := []struct {
		name string
		make func(*testing.B) pipe
	}{
		{"ring", func(b *testing.B) pipe { return &ringPipe{NewMPSC(heap(b, room, 0))} }},
		{"mutex", func(*testing.B) pipe { return newSwapped(room / 2) }}, // it has two
		{"chan", func(*testing.B) pipe { return newPooled(room / 264) }},
	}
	idles := map[string]func(){
		"eager": runtime.Gosched,
		"polls": func() { time.Sleep(50 * time.Microsecond) },
	}
	for _, rival := range rivals {
		for _, consumer := range []string{"eager", "polls"} {
			for _, producers := range []int{1, 2, 4} {
				for _, size := range benchSizes {
					name := fmt.Sprintf("%s/consumer=%s/producers=%d/size=%d", rival.name, consumer, producers, size)
					b.Run(name, func(b *testing.B) {
						b.ReportAllocs()
						endToEnd(b, rival.make(b), idles[consumer], producers, size)
					})
				}
			}
		}
	}
}

func endToEnd(b *testing.B, p pipe, idle func(), producers, size int) {
	each := b.N/producers + 1
	b.ResetTimer()
	for range producers {
		go func() {
			rec := make([]byte, size)
			for i := 0; i < each; {
				if p.put(rec) {
					i++
				} else {
					runtime.Gosched()
				}
			}
		}()
	}
	for got := 0; got < each*producers; {
		n := p.take()
		if got += n; n == 0 {
			idle()
		}
	}
}

func drain(r ring) (n int) {
	for _, _, ok := r.Next(); ok; _, _, ok = r.Next() {
		n++
	}
	r.MarkTaken()
	r.Release()
	return n
}
