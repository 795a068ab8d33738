package fixarchive

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// chores are what an archive has to do now and then and a sick disk may take long for. The sink's heartbeat begins
// them and does not wait: while it waits nobody empties the ring.
type chores struct {
	sync.WaitGroup
	running atomic.Bool
	looked  time.Time // at the disk; owned by the one that runs
}

const lookEvery = 10 * time.Second

// start does the chores, unless they are being done.
func (c *chores) start(do func()) {
	if !c.running.CompareAndSwap(false, true) {
		return
	}
	c.Go(func() {
		defer c.running.Store(false)
		do()
	})
}

func (a *Archive) tend() {
	if now := time.Now(); now.Sub(a.chores.looked) >= lookEvery {
		a.lookAtDisk(now)
	}
	a.writeAlarms()
}

// lookAtDisk has the reserve back when there is room for it, and raises the alarm when there is little of any.
func (a *Archive) lookAtDisk(now time.Time) {
	a.chores.looked = now
	a.reserve.Restore()
	if err := a.space.check(now, a.set.Written()); err != nil {
		a.alarm(err)
	}
}

// writeAlarms brings new alarms to their file. One that cannot be written is no reason for another: the ledger keeps
// them and tries again.
func (a *Archive) writeAlarms() { _ = a.ledger.Write(time.Now()) }

// findReserve takes over the reserve that the last process left, so that it is there when the recovery needs it.
func (a *Archive) findReserve() error {
	a.reserve = disk.NewReserve(a.fs, a.o.reservePath(), a.o.ReserveBytes)
	return nil
}

// spare gives the reserve back, and reports whether there was any. It may be called by any goroutine that has met a
// full disk, as often as that happens.
func (a *Archive) spare() bool {
	held := a.reserve.Held()
	if !a.reserve.Release() {
		return false
	}
	a.alarm(fmt.Errorf("%s: the disk is full: the reserve of %s was given back, so that what is under way can still be written; "+
		"make room at once: when that is used up the ring fills, and then messages are dropped", a.o.Path, sizeText(held)))
	return true
}

// spared takes a step again when the disk was full and the reserve could be given back.
func (a *Archive) spared(step func() error) error {
	err := step()
	if disk.IsFull(err) && a.spare() {
		err = step()
	}
	return err
}
