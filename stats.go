package fixarchive

import (
	"fmt"
	"os"
	"time"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Stats are an archive's figures since it was opened. Positions count bytes of the ring's endless stream.
type Stats struct {
	Generation uint32
	Sessions   int    // logs that have been written to or may be
	Accepted   uint64 // messages and events that are in the archive
	Dropped    uint64 // … that are not: each counted in a gap record, but for what came after Close
	Bytes      uint64 // of what was accepted

	RingBytes, RingUsed int
	RingMapped          bool // false: a crash of the process loses what lies in the ring

	Captured, Durable, Stored uint64 // positions: put in the ring; safe from a power cut; found by readers

	Trailing time.Duration // for how long the oldest record that is not durable has waited for it, but for what the ring holds
	Away     int           // sessions whose files fail at this moment: what they get is kept elsewhere, and brought home

	Refused uint64 // times that a session found no log: too many of them, or its files could not be opened

	Space Space

	Alarms    uint64
	LastAlarm error

	Recovered *Recovery // what Open found left over; nil after a clean close
}

// Recovery is what an Open did about a process that had not closed the archive.
type Recovery struct {
	JournalEntries int   // written to the stores again
	JournalBytes   int64 // of them
	RingRecords    int   // drained from the leftover ring
	RingLost       bool  // there was no ring to drain
	Gaps           int   // gap records written for what was lost
	Away           int   // sessions whose files did not take what was theirs: it is kept until they do
}

// Stats returns the archive's figures. It waits for nothing.
func (a *Archive) Stats() Stats {
	accepted, dropped, bytes := a.registry.Totals()
	s := Stats{
		Generation: uint32(a.meta.Generation), Sessions: a.registry.Len(),
		Accepted: accepted, Dropped: dropped, Bytes: bytes,
		RingBytes: a.o.RingBytes, RingMapped: a.memory.Mapped(),
		Durable: uint64(a.sink.Durable()), Stored: uint64(a.sink.Stored()),
		Trailing: a.sink.Trailing(), Away: a.sink.Away(),
		Refused: a.registry.Refusals(), Space: a.space.last(), Alarms: a.alarms.Load(), Recovered: a.recovered(),
	}
	s.Space.ReserveBytes = a.reserve.Held()
	if last := a.lastAlarm.Load(); last != nil {
		s.LastAlarm = *last
	}
	s.Captured = s.Stored
	if a.mapped.RLock(); !a.unmapped {
		s.Captured, s.RingUsed = uint64(a.ring.Tail()), a.ring.Used()
	}
	a.mapped.RUnlock()
	return s
}

func (a *Archive) recovered() *Recovery {
	r := a.recovery
	if r == nil {
		return nil
	}
	return &Recovery{
		JournalEntries: r.JournalEntries, JournalBytes: r.JournalBytes,
		RingRecords: r.RingRecords, RingLost: r.RingLost, Gaps: r.Gaps, Away: r.Away,
	}
}

// beat writes the status file, by which other processes see that this one lives, and has the chores done.
func (a *Archive) beat(durable, stored record.Position, clean bool) {
	if refused := a.registry.Refusals(); refused > a.refused.Swap(refused) {
		a.alarm(fmt.Errorf("sessions found no log %d times: their files cannot be opened, or there are more than LogsMax, %d", refused, a.o.LogsMax))
	}
	accepted, dropped, _ := a.registry.Totals()
	err := a.status.Write(&journal.Status{
		Archive: a.meta.Archive, Generation: a.meta.Generation, PID: uint32(os.Getpid()),
		Heartbeat: record.Nanos(time.Now().UnixNano()), Durable: durable, Stored: stored,
		Accepted: accepted, Dropped: dropped, Clean: clean, BytesPerDay: uint64(a.space.last().BytesPerDay),
		Away: uint32(a.sink.Away()),
	})
	if err != nil {
		a.alarm(err)
	}
	if !clean {
		a.chores.start(a.tend)
	}
}
