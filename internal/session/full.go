package session

import (
	"runtime"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// WhenFull says what a Recorder does with a record for which the ring has no room.
type WhenFull uint8

const (
	// Drop counts it as lost and returns at once.
	Drop WhenFull = iota
	// Wait lets the caller wait for room, within a budget for each outage of its log. An outage begins with the
	// first record that finds no room and ends with the next one that gets in; when the budget is over, records
	// are dropped at once until then. Events never wait.
	Wait
)

// pause is the n-th rest of somebody who waits for room: the sink needs microseconds when it runs already.
func pause(n int) {
	const yields = 16
	if n < yields {
		runtime.Gosched()
		return
	}
	time.Sleep(min(50*time.Microsecond<<min(n-yields, 5), time.Millisecond))
}

// waits reports whether l may try again after err. Whoever finds a large message of its log halfway waits for its
// owner, since the next sequence is not theirs; the owner gives up at the end of the outage, or at once when the
// archive is closed.
func (r *Recorder) waits(l *letter, err error) bool {
	if r.whenFull != Wait {
		return false
	}
	if r.underWay && !l.begun() {
		return true
	}
	passes := err == logbuf.ErrFull || err == errUnregistered || err == errCutOff && !l.begun()
	if !passes || l.kind == record.Event {
		return false
	}
	return r.outage.IsZero() || time.Now().Before(r.outage)
}

// retry gives up the lock while it waits. A record of another goroutine may get in between; it then has the earlier
// sequence.
func (r *Recorder) retry(l *letter) (pos logbuf.Position, err error) {
	if r.outage.IsZero() {
		r.outage = time.Now().Add(r.waitBudget)
	}
	for n := 0; ; n++ {
		r.mu.Unlock()
		r.wake()
		pause(n)
		r.mu.Lock()
		if pos, err = r.attempt(l); err == nil || !r.waits(l, err) {
			return pos, err
		}
	}
}
