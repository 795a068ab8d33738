package session

import (
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestAStepOfTheClockKeepsTheOrder steps the wall clock back and forth between records: times follow it, sequences and
// positions go on. The step that is reported, with the time of whoever records it, says what the clock showed before.
func TestAStepOfTheClockKeepsTheOrder(t *testing.T) {
	var wall time.Duration // what the wall clock shows too much
	clock := NewClock()
	real := clock.read
	clock.read = func() reading {
		r := real()
		r.after = r.before // as narrow as can be
		r.wall += int64(wall)
		return r
	}
	h := newHarness(t, 64<<10, func(o *Options) { o.Clock = clock })
	r := h.open("A")
	steps := []time.Duration{-time.Hour, 3 * time.Hour, -26 * time.Hour, time.Minute}
	for _, step := range steps {
		r.Record(record.Inbound, 0, []byte("before"))
		wall += step
		clock.compare(clock.read())
		got, stepped := clock.compare(clock.read())
		if !stepped || (got-step).Abs() > 50*time.Millisecond {
			t.Fatalf("a step of %v is reported as %v, %v", step, got, stepped)
		}
		r.Change(record.Change{Op: record.ClockMoved, Value: int64(got)})
	}
	var last record.Frame
	for n := 0; ; {
		_, b, ok := h.ring.Next()
		if !ok {
			break
		}
		f, err := record.ParseFrame(b)
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind == record.Registration {
			continue
		}
		if f.Sequence != last.Sequence+1 {
			t.Fatalf("sequence %d behind %d", f.Sequence, last.Sequence)
		}
		if f.Kind == record.StateChange {
			c, err := record.ParseChange(f.Body)
			if err != nil || c.Op != record.ClockMoved {
				t.Fatalf("%+v, %v", c, err)
			}
			if old := f.Time - record.Nanos(c.Value) - last.Time; old < 0 || old > record.Nanos(time.Minute) {
				t.Errorf("the clock showed %v more than at the record before", time.Duration(old))
			}
			if moved := time.Duration(f.Time - last.Time); (moved - steps[n]).Abs() > time.Minute/2 {
				t.Errorf("times moved by %v, the clock by %v", moved, steps[n])
			}
			n++
		}
		last = f
	}
	if last.Sequence != record.Sequence(2*len(steps)) {
		t.Errorf("%d records, want %d", last.Sequence, 2*len(steps))
	}
}
