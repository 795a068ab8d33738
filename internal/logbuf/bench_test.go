package logbuf

import (
	"testing"
)

func BenchmarkPut(b *testing.B) {
	for name, mk := range kinds {
		b.Run(name, func(b *testing.B) {
			m := heap(b, 8<<20, 0)
			r := mk(m)
			p := make([]byte, 256)
			pattern(p, 1)
			b.ReportAllocs()
			b.SetBytes(256)
			for b.Loop() {
				if _, err := r.Put(p); err != nil {
					b.StopTimer()
					for {
						_, _, ok := r.Next()
						if !ok {
							break
						}
					}
					r.MarkTaken()
					r.Release()
					b.StartTimer()
				}
			}
		})
	}
}
