package logbuf

import (
	"runtime/debug"
	"unsafe"
)

// A file that somebody cuts off while it is mapped takes its pages away from under the ring: whoever touches one of
// them gets a signal, which ends a Go process. On a goroutine that has asked for it with debug.SetPanicOnFault it is a
// panic instead. So every touch of the memory that an archive makes lies in a Guard, or in what a producer does in its
// place to save some nanoseconds:
//
//	old, done := debug.SetPanicOnFault(true), false
//	defer func() {
//		debug.SetPanicOnFault(old)
//		if !done {
//			ring.Survive(recover())
//		}
//	}()
//
// That costs a Put 3 ns. From the first fault on the ring is severed: what it held is gone or going, and it is good for
// nothing until its consumer, once no producer is in it any more, starts it again over memory of its own.

// Guard calls f and reports whether it came to its end: not when it touched the ring's memory where that is gone.
func (v *view) Guard(f func()) (whole bool) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if !whole {
			v.Survive(recover())
		}
	}()
	f()
	return true
}

// Survive takes what recover returned. A fault in the ring's memory severs the ring, and is over; every other panic
// goes on.
func (v *view) Survive(p any) {
	if fault, ok := p.(interface{ Addr() uintptr }); ok && v.memory.holds(fault.Addr()) {
		v.memory.severed.Store(true)
		return
	}
	if p != nil {
		panic(p)
	}
}

func (m *Memory) holds(addr uintptr) bool {
	return addr-uintptr(unsafe.Pointer(unsafe.SliceData(m.all))) < uintptr(len(m.all))
}

// Severed reports whether the ring's memory is not what it was: somebody has met a fault there, or has written to what
// is the consumer's. Any goroutine may ask.
func (v *view) Severed() bool { return v.memory.severed.Load() }

// Inspect has Severed say so when the positions are not where the consumer left them: a file that was cut off and has
// grown again is all zeros, and faults nowhere.
func (c *consumer) Inspect() {
	c.Guard(func() {
		tail := c.ctl.tail.Load()
		if c.ctl.head.Load() != c.head || c.ctl.taken.Load() != c.taken || int64(tail-c.cursor) < 0 {
			c.memory.severed.Store(true)
		}
	})
}

// Beyond is a position behind all that the ring has ever given out: where to Restart.
func (c *consumer) Beyond() Position { return Position(c.head + 2*c.size) }

// Restart goes on at a position with an empty ring in memory that nobody else has: it dies with the process. The file is
// removed, if it still has its name. No producer may be in the ring, and none may come before Restart has returned; who
// only asks how full it is may. After an error nothing has changed.
func (c *consumer) Restart(at Position) error {
	if err := c.memory.unmap(); err != nil {
		return err
	}
	c.cursor, c.taken, c.head = uint64(at), uint64(at), uint64(at)
	c.ctl.taken.Store(c.taken)
	c.ctl.tail.Store(c.head)
	c.ctl.bound.Store(c.head)
	c.ctl.head.Store(c.head)
	c.memory.severed.Store(false)
	return nil
}
