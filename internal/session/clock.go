package session

import (
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Clock tells the capture time. On Linux reading the wall clock costs twice what the monotonic one does, so a
// capture time is the monotonic time since the clock was made plus an offset, and the sink compares the sum with
// the wall clock now and then. Time that is slewed moves both alike; only a step needs a new offset.
type Clock struct {
	origin time.Time      // never changes
	offset atomic.Int64   // the wall clock's nanoseconds at origin; stored by Check, loaded by anyone
	read   func() reading // one look at both clocks

	// Owned by the caller of Check.
	checked time.Duration // when it last looked, since origin
	off     bool          // whether the last look that counted was off
}

// reading is the wall clock between two looks at the monotonic one.
type reading struct {
	before, after time.Duration // since origin
	wall          int64
}

const (
	checkEvery = 10 * time.Millisecond
	// A reading counts when nothing came between its looks; its error is then below the tolerance.
	readingWidest  = 200 * time.Nanosecond
	clockTolerance = time.Microsecond
	readingTries   = 100
)

// NewClock returns a clock that agrees with the wall clock.
func NewClock() *Clock {
	c := &Clock{origin: time.Now()}
	c.read = c.look
	c.set()
	return c
}

func (c *Clock) look() reading {
	before := time.Since(c.origin)
	wall := time.Now().UnixNano()
	return reading{before: before, wall: wall, after: time.Since(c.origin)}
}

// set takes the offset from the narrowest of some readings: a machine may be too busy, or its clock too coarse,
// for one that counts.
func (c *Clock) set() {
	best := c.read()
	for range readingTries {
		if best.width() <= readingWidest {
			break
		}
		if r := c.read(); r.width() < best.width() {
			best = r
		}
	}
	c.offset.Store(best.offset())
	c.checked = best.after
}

func (r reading) width() time.Duration { return r.after - r.before }

// offset is what the wall clock showed at origin by this reading.
func (r reading) offset() int64 { return r.wall - int64(r.before+r.width()/2) }

// check is Check where the capture time leans on the monotonic clock.
func (c *Clock) check() (step time.Duration, stepped bool) {
	if time.Since(c.origin)-c.checked < checkEvery {
		return 0, false
	}
	return c.compare(c.read())
}

// compare believes in a step when two readings in a row show one: a single one may be an interrupt between the
// looks that the width did not betray.
func (c *Clock) compare(r reading) (step time.Duration, stepped bool) {
	c.checked = r.after
	if r.width() > readingWidest {
		return 0, false
	}
	step = time.Duration(r.offset() - c.offset.Load())
	wasOff := c.off
	c.off = step.Abs() > clockTolerance
	if !c.off || !wasOff {
		return 0, false
	}
	c.off = false
	c.offset.Store(r.offset())
	return step, true
}

// since is the capture time from the monotonic clock.
func (c *Clock) since() record.Nanos {
	return record.Nanos(c.offset.Load() + int64(time.Since(c.origin)))
}
