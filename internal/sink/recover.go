package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// RecoverOptions say where an archive that was not closed left its parts.
type RecoverOptions struct {
	FS             disk.FS
	Set            *store.Set // of the generation that was not closed
	JournalDir     string
	CheckpointPath string
	RingPath       string // empty when the generation had a heap ring
	Archive        [16]byte
	Generation     record.Generation // the one that was not closed
	Boot           [16]byte          // of the machine now; zero where it does not say
}

// RecoverReport is what a recovery did.
type RecoverReport struct {
	JournalEntries int   // written again to the stores
	JournalBytes   int64 // of them
	RingRecords    int   // drained from the leftover ring
	RingLost       bool  // there was no ring to drain: what lay in it is gone
	Gaps           int   // gap records written for what was lost
	Notes          []error
}

// Recover brings an archive whose process died to where a Close would have left it. In this order: what the
// journal holds is written to the stores again; the leftover ring is drained behind it; what drop slots tell is
// recorded; everything is made durable; a checkpoint says so; and only then is the ring removed. A recovery that
// is itself cut short is simply run again: each step finds by offsets and sequences what is there already.
func Recover(o RecoverOptions) (RecoverReport, error) {
	r := recovery{o: o, redone: map[record.LogID]bool{}}
	for _, step := range []func() error{r.redo, r.drain, r.complete} {
		if err := step(); err != nil {
			return r.report, err
		}
	}
	return r.report, nil
}

type recovery struct {
	o        RecoverOptions
	report   RecoverReport
	end      journal.Mark
	known    []record.Snapshot     // what the last checkpoint says
	redone   map[record.LogID]bool // logs written since
	intake   intake
	ring     *logbuf.Memory
	position record.Position // of the last frame in it
}

// unjournaled is the journal of a recovery: what it adds is in the ring until its checkpoint is written.
type unjournaled struct{}

func (unjournaled) Register(record.Handle, record.LogID)     {}
func (unjournaled) Add(record.Handle, uint32, int64, []byte) {}

func (r *recovery) redo() error {
	point, err := journal.ReadCheckpoint(r.o.FS, r.o.CheckpointPath)
	if errors.Is(err, fs.ErrNotExist) && r.o.Generation <= 1 { // it died before its first one
		point, err = &journal.Checkpoint{}, nil
	}
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read; restore it from a backup, or open another directory: %w", err)
	}
	read, err := journal.Read(r.o.FS, r.o.JournalDir, r.o.Archive, point.Journal, r.entry)
	if err != nil {
		return err
	}
	r.end = read.End
	r.known = point.Logs
	logs := NewLogs(r.o.Set, point.Logs)
	logs.begun = true
	r.intake = newIntake(logs, unjournaled{})
	r.report.Notes = append(r.report.Notes, read.Damage...)
	r.report.Notes = append(r.report.Notes, read.Ignored...)
	for _, h := range slices.Sorted(maps.Keys(read.Handles)) {
		id := read.Handles[h]
		if err := r.bind(h, id); err != nil { // one log that cannot be opened keeps nothing from the others
			r.report.Notes = append(r.report.Notes, fmt.Errorf("%v: %w", id, err))
		}
	}
	return nil
}

// entry writes one journal entry to its store again.
func (r *recovery) entry(e journal.Entry) error {
	if e.Bytes == nil {
		return nil
	}
	r.redone[e.Log] = true
	r.report.JournalEntries++
	r.report.JournalBytes += int64(len(e.Bytes))
	return r.o.Set.Redo(e.Log, store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes})
}

func (r *recovery) bind(h record.Handle, id record.LogID) error {
	log, err := r.intake.logs.opened(id)
	if err != nil {
		return err
	}
	r.intake.bind(h, id, log)
	return nil
}

// drain takes what the leftover ring holds, then what its slots tell of drops.
func (r *recovery) drain() error {
	if r.o.RingPath == "" {
		return r.ringLost(nil)
	}
	ring, err := logbuf.OpenFile(r.o.RingPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r.ringLost(nil)
	case errors.Is(err, logbuf.ErrLocked):
		return fmt.Errorf("%s: another process still writes to this archive's ring: %w", r.o.RingPath, err)
	case err != nil:
		return r.ringLost(err)
	}
	if own := ring.Owner(); own.Archive != r.o.Archive || own.Generation != uint64(r.o.Generation) {
		note := fmt.Errorf("%s: the ring of archive %x, generation %d, is left alone; want archive %x, generation %d",
			r.o.RingPath, own.Archive, own.Generation, r.o.Archive, r.o.Generation)
		return r.ringLost(errors.Join(note, ring.Close()))
	}
	if own := ring.Owner(); own.Boot != r.o.Boot {
		// The pages of a file that a power cut stopped are old or new, each by itself, and nothing in a ring tells which.
		note := fmt.Errorf("%s: the ring is from before the machine was started again; it is left alone", r.o.RingPath)
		return r.ringLost(errors.Join(note, ring.Close()))
	}
	r.ring = ring
	return r.drainRing()
}

func (r *recovery) drainRing() error {
	held := 0
	report, err := logbuf.Recover(r.ring, func(p logbuf.Position, frame []byte) error {
		r.position = record.Position(p)
		if err := r.intake.take(record.Position(p), frame); err != nil {
			r.report.Notes = append(r.report.Notes, err)
		}
		if held += len(frame); held >= batchBytes {
			held = 0
			return r.flush()
		}
		return nil
	})
	r.report.RingRecords = report.Records
	var damage *logbuf.DamageError
	if errors.As(err, &damage) {
		r.report.Notes = append(r.report.Notes, err)
	} else if err != nil {
		return err
	}
	r.readSlots()
	return r.flush()
}

// readSlots records the drops that nothing followed in the ring.
func (r *recovery) readSlots() {
	for _, e := range r.intake.entries {
		if e == nil || int(e.handle) >= r.ring.Geometry().Slots {
			continue
		}
		slot := r.ring.Slot(int(e.handle))
		first, l, ok := session.ParseSlot(slot)
		if !ok || !session.SlotIs(slot, e.log.ID()) || l.Last < e.log.State().Next {
			continue
		}
		r.gap(e, &record.Record{Sequence: first, Kind: record.Gap, Time: l.Till, Position: r.position, Body: record.AppendLost(nil, &l)})
	}
}

// lostAtMost is how many sequences a gap of unknown length takes: more than anything could have captured between two
// syncs. Whoever was shown a record of such a log that the power cut took then never meets its sequence again with
// another one.
const lostAtMost = 1 << 32

// ringLost writes a gap of unknown length to every log written since the last checkpoint: what lay in the ring
// behind their last records is gone. A recovery that is cut short behind this adds another when it is run again. why is
// noted where it is more than the ring's absence.
func (r *recovery) ringLost(why error) error {
	r.report.RingLost = true
	if why != nil {
		r.report.Notes = append(r.report.Notes, why)
	}
	if err := r.tails(r.known); err != nil {
		return err
	}
	now := record.Nanos(time.Now().UnixNano())
	for _, e := range r.intake.entries {
		if e == nil || !r.redone[e.log.ID()] {
			continue
		}
		state := e.log.State()
		l := record.Lost{Last: state.Next + lostAtMost - 1, First: state.LastTime, Till: now, Reason: record.PowerCut}
		r.gap(e, &record.Record{Sequence: state.Next, Kind: record.Gap, Time: now, Body: record.AppendLost(nil, &l)})
	}
	return r.flush()
}

func (r *recovery) gap(e *entry, g *record.Record) {
	if err := r.intake.add(e, g); err != nil {
		r.report.Notes = append(r.report.Notes, err)
		return
	}
	r.report.Gaps++
}

// flush writes what the intake has gathered.
func (r *recovery) flush() error {
	r.intake.commit()
	var failed error
	r.intake.settle(func(e *entry) { failed = errors.Join(failed, e.log.Flush()) })
	return failed
}

// complete makes it all durable, says so, and removes the ring.
func (r *recovery) complete() error {
	if err := r.o.Set.Sync(r.o.Set.TakeDirty()); err != nil {
		return err
	}
	point := journal.Checkpoint{
		Archive: r.o.Archive, Generation: r.o.Generation, Journal: r.end,
		At: record.Nanos(time.Now().UnixNano()), Logs: r.intake.logs.snapshots(),
	}
	if err := journal.WriteCheckpoint(r.o.FS, r.o.CheckpointPath, &point); err != nil {
		return err
	}
	if r.ring == nil {
		return nil
	}
	return errors.Join(r.ring.Remove(), r.ring.Close())
}
