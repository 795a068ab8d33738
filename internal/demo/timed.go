package demo

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
)

// TimedLog is a log factory whose logs time each call of the ones that Next makes. It costs two looks at the clock
// and an addition, which are in the times.
type TimedLog struct {
	Next quickfix.LogFactory

	in, out, events atomic.Uint64
	took            [64 * steps]atomic.Uint64 // calls by how long they took: see slotOf
}

// TimedSummary is what a TimedLog saw of all its logs' messages.
type TimedSummary struct {
	In, Out, Events uint64
	Median, P99     time.Duration // of a message; exact to an eighth
}

// steps is how many slots each power of two nanoseconds is divided into.
const steps = 8

// Create makes the global log.
func (f *TimedLog) Create() (quickfix.Log, error) { return f.wrap(f.Next.Create()) }

// CreateSessionLog makes a session's log.
func (f *TimedLog) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	return f.wrap(f.Next.CreateSessionLog(id))
}

func (f *TimedLog) wrap(l quickfix.Log, err error) (quickfix.Log, error) {
	if err != nil {
		return nil, err
	}
	return timedLog{l, f}, nil
}

type timedLog struct {
	quickfix.Log
	f *TimedLog
}

func (l timedLog) OnIncoming(m []byte) {
	start := time.Now()
	l.Log.OnIncoming(m)
	l.f.add(&l.f.in, time.Since(start))
}

func (l timedLog) OnOutgoing(m []byte) {
	start := time.Now()
	l.Log.OnOutgoing(m)
	l.f.add(&l.f.out, time.Since(start))
}

func (l timedLog) OnEvent(text string) {
	l.f.events.Add(1)
	l.Log.OnEvent(text)
}

func (l timedLog) OnEventf(format string, args ...any) {
	l.f.events.Add(1)
	l.Log.OnEventf(format, args...)
}

func (f *TimedLog) add(count *atomic.Uint64, took time.Duration) {
	count.Add(1)
	f.took[slotOf(uint64(max(took, 1)))].Add(1)
}

// slotOf numbers a time by its power of two and the three bits behind the first.
func slotOf(ns uint64) int {
	e := bits.Len64(ns) - 1
	return e*steps + int(ns<<3>>e)&(steps-1)
}

// timeOf is the shortest time of a slot.
func timeOf(slot int) time.Duration {
	e := slot / steps
	return time.Duration((steps + uint64(slot%steps)) << e >> 3)
}

// Summary is what was seen so far.
func (f *TimedLog) Summary() TimedSummary {
	s := TimedSummary{In: f.in.Load(), Out: f.out.Load(), Events: f.events.Load()}
	s.Median, s.P99 = f.quantile(s.In+s.Out, 0.5), f.quantile(s.In+s.Out, 0.99)
	return s
}

func (f *TimedLog) quantile(total uint64, q float64) time.Duration {
	left := int64(q * float64(total))
	for slot := range f.took {
		if left -= int64(f.took[slot].Load()); left <= 0 && total > 0 {
			return timeOf(slot)
		}
	}
	return 0
}
