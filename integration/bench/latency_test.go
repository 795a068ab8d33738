package bench

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

// BenchmarkHookLatency times each OnOutgoing: in bursts that fit the ring, and at one a millisecond, where the sink
// sleeps in between and the caches are cold. Two looks at the clock, some 50 ns, are in every figure, and so is
// whatever else the machine did during a call. It does not say what a call costs the engine afterwards, by the
// cache lines that it took from it. The count of samples is its own, whatever b.N is, so that p99.9 has a thousand
// calls beyond it in bursts; at rest it has three, and only the median over several rounds says something. The null
// log does nothing: its figures are the clock's and the machine's, and are in all the others. The copy is of the message
// into as much memory as a ring has: what cold memory costs a goroutine that slept, whoever it works for.
func BenchmarkHookLatency(b *testing.B) {
	null := logged{"null", func(testing.TB) hooked { return hooked{nullLog(b), func() {}} }}
	bare := logged{"copy", func(testing.TB) hooked {
		return hooked{&copyLog{Log: nullLog(b), memory: bytes.Repeat([]byte{1}, 8<<20)}, func() {}}
	}}
	for _, l := range append([]logged{null, bare}, logs...) {
		for _, paced := range []struct {
			every   time.Duration
			samples int
		}{{0, 1 << 20}, {time.Millisecond, 3000}} {
			b.Run("log="+l.name+"/every="+paced.every.String(), func(b *testing.B) {
				h := l.open(b)
				m := message(b, 7)
				took := make([]time.Duration, paced.samples)
				b.ResetTimer()
				for i := range took {
					if paced.every > 0 {
						time.Sleep(paced.every)
					} else if i%burst == 0 {
						h.settle()
					}
					start := time.Now()
					h.log.OnOutgoing(m)
					took[i] = time.Since(start)
				}
				b.ReportMetric(0, "ns/op") // would be the rest in between
				reportQuantiles(b, took)
			})
		}
	}
}

func nullLog(tb testing.TB) quickfix.Log {
	l, err := quickfix.NewNullLogFactory().CreateSessionLog(gateway)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// copyLog keeps the last few thousand messages.
type copyLog struct {
	quickfix.Log
	memory []byte
	at     int
}

func (l *copyLog) OnOutgoing(m []byte) {
	if l.at+len(m) > len(l.memory) {
		l.at = 0
	}
	l.at += copy(l.memory[l.at:], m)
}

// reportQuantiles sorts took.
func reportQuantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, q := range []struct {
		unit string
		at   float64
	}{{"p50-ns", 0.5}, {"p99-ns", 0.99}, {"p99.9-ns", 0.999}} {
		b.ReportMetric(float64(took[int(q.at*float64(len(took)-1))]), q.unit)
	}
}
