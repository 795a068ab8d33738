package session

import (
	"testing"
	"time"
)

func TestClockTellsTheTime(t *testing.T) {
	c := NewClock()
	before := time.Now().UnixNano()
	now := int64(c.Now())
	if after := time.Now().UnixNano(); now < before-int64(time.Millisecond) || now > after+int64(time.Millisecond) {
		t.Errorf("%d is not between %d and %d", now, before, after)
	}
	if step, stepped := c.Check(); stepped {
		t.Errorf("stepped by %v", step)
	}
}

// TestClockSteps shows a clock readings of both clocks, and asks when it believes them.
func TestClockSteps(t *testing.T) {
	const ms, us = time.Millisecond, time.Microsecond
	type look struct {
		width, off time.Duration // of the looks around the wall clock, and what it shows too much
		step       time.Duration // what is to be reported
	}
	for _, c := range []struct {
		name  string
		looks []look
	}{
		{"slewed within the tolerance", []look{{100, us, 0}, {100, -us, 0}, {100, us, 0}}},
		{"a step forward", []look{{100, time.Hour, 0}, {100, time.Hour, time.Hour}, {100, time.Hour, 0}, {100, time.Hour, 0}}},
		{"a step back", []look{{200, -5 * ms, 0}, {200, -5 * ms, -5 * ms}, {200, -5 * ms, 0}}},
		{"one look is not enough", []look{{100, ms, 0}, {100, 0, 0}, {100, ms, 0}, {100, 0, 0}}},
		{"wide looks do not count", []look{{201, ms, 0}, {us, ms, 0}, {300, ms, 0}}},
		{"and do not come between", []look{{100, ms, 0}, {us, 0, 0}, {100, ms, ms}}},
		{"the latest counts", []look{{100, ms, 0}, {100, 2 * ms, 2 * ms}, {100, ms, 0}, {100, ms, -ms}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &Clock{origin: time.Now()}
			var next reading
			clock.read = func() reading { return next }
			clock.offset.Store(1e18)
			for i, l := range c.looks {
				at := time.Duration(i+1) * time.Second
				next = reading{before: at, after: at + l.width, wall: 1e18 + int64(at+l.width/2+l.off)}
				step, stepped := clock.compare(clock.read())
				if step != l.step || stepped != (l.step != 0) {
					t.Fatalf("look %d: %v %v, want %v", i, step, stepped, l.step)
				}
			}
		})
	}
}

// TestClockChecksRarely: calling Check for every batch costs no look at the wall clock.
func TestClockChecksRarely(t *testing.T) {
	c := NewClock()
	looks := 0
	c.read = func() reading { looks++; return c.look() }
	c.checked = time.Since(c.origin)
	began := time.Now()
	for range 1000 {
		c.check()
	}
	if most := int(time.Since(began)/checkEvery) + 1; looks > most {
		t.Errorf("%d looks, want at most %d", looks, most)
	}
}

// TestClockChoosesNarrowReadings: on a busy machine the offset comes from the best look there was.
func TestClockChoosesNarrowReadings(t *testing.T) {
	c := &Clock{origin: time.Now()}
	widths := []time.Duration{5000, 900, 700, 800, 150, 100}
	c.read = func() reading {
		w := widths[0]
		widths = widths[1:]
		return reading{before: 0, after: w, wall: int64(w)}
	}
	c.set()
	if got := c.offset.Load(); got != 75 {
		t.Errorf("offset %d, want that of the first look that counts, 75", got)
	}
}
