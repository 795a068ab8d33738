package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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
	SpillDir       string
	QuarantineDir  string
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
	Away           int   // logs whose files did not take what was theirs: the spill keeps it
	Notes          []error
}

// Recover brings an archive whose process died to where a Close would have left it. In this order: what the
// spill and the journal hold is written to the stores again; the leftover ring is drained behind it; what drop slots tell is
// recorded; everything is made durable; a checkpoint says so; and only then is the ring removed. A recovery that
// is itself cut short is simply run again: each step finds by offsets and sequences what is there already. What a log's
// files do not take goes to the spill, and keeps nothing from the others.
func Recover(o RecoverOptions) (RecoverReport, error) {
	r := recovery{o: o, redone: map[record.LogID]bool{}, away: map[record.LogID]stray{}}
	r.spill = spill{fs: o.FS, dir: o.SpillDir, archive: o.Archive, generation: o.Generation}
	for _, step := range []func() error{r.redo, r.drain, r.complete} {
		if err := step(); err != nil {
			if r.ring != nil { // for the next try, maybe in this process
				err = errors.Join(err, r.ring.Close())
			}
			return r.report, errors.Join(err, r.spill.close())
		}
	}
	return r.report, nil
}

type recovery struct {
	o        RecoverOptions
	report   RecoverReport
	end      journal.Mark
	proven   proven                 // by the last checkpoint
	redone   map[record.LogID]bool  // logs written since
	away     map[record.LogID]stray // logs whose files do not take what is theirs
	spill    spill
	handles  map[record.Handle]record.LogID // that frames may be of
	intake   intake
	others   []*entry // opened, and of no handle
	ring     *logbuf.Memory
	position record.Position // of the last frame in it
	homeless int             // frames in it whose logs could not be opened
	unread   bool            // … and it could not be read to its end
	added    []journal.Entry // what the recovery itself has added to logs: it is in no journal
}

// Register and Add make a recovery the journal of its intake: what it adds is in the ring until its checkpoint is written,
// and in memory for the spill.
func (r *recovery) Register(record.Handle, record.LogID) {}

// Add keeps an extent.
func (r *recovery) Add(h record.Handle, segment uint32, offset int64, b []byte) {
	e := r.intake.entries
	if h >= handlesMax {
		h, e = h-handlesMax, r.others
	}
	r.added = append(r.added, journal.Entry{Log: e[h].log.ID(), Handle: h, Segment: segment, Offset: offset, Bytes: bytes.Clone(b)})
}

// home is what the checkpoint has proved of a log.
func (r *recovery) home(id record.LogID) record.Snapshot {
	if known, ok := r.proven.log(id); ok {
		return known
	}
	return record.Snapshot{Log: id, State: record.Begin()}
}

// refuse notes that a log's files do not take what is theirs. That keeps nothing from the others.
func (r *recovery) refuse(id record.LogID, why error) {
	if _, known := r.away[id]; known {
		return
	}
	r.away[id] = stray{id: id, home: r.home(id)}
	if r.intake.logs != nil {
		r.intake.logs.strand(id, true)
	}
	r.report.Notes = append(r.report.Notes, fmt.Errorf("%v: the spill keeps what its files do not take: %w", id, why))
}

func (r *recovery) redo() error {
	point, err := journal.ReadCheckpoint(r.o.FS, r.o.CheckpointPath)
	if errors.Is(err, fs.ErrNotExist) && r.o.Generation <= 1 { // it died before its first one
		point, err = &journal.Checkpoint{}, nil
	}
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read; restore it from a backup, or open another directory: %w", err)
	}
	r.proven.set(point)
	// The spill first: what it holds of a log came before what the journal holds.
	if err := r.spill.read(r.entry); err != nil && !errors.Is(err, journal.ErrCorrupt) {
		return err
	} else if err != nil {
		r.report.Notes = append(r.report.Notes, err)
	}
	read, err := journal.Read(r.o.FS, r.o.JournalDir, r.o.Archive, point.Journal, r.entry)
	if err != nil {
		return err
	}
	r.end = read.End
	r.report.Notes = append(r.report.Notes, read.Damage...)
	r.report.Notes = append(r.report.Notes, read.Ignored...)
	logs := NewLogs(r.o.Set, point.Logs)
	logs.begun, logs.since = true, r.since
	for id := range r.away {
		logs.strand(id, true)
	}
	r.intake = newIntake(logs, r)
	r.intake.unknown, r.intake.bound = r.lookup, r.join
	if err := r.findHandles(read.Handles); err != nil {
		return err
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.redone), func(a, b record.LogID) int { return strings.Compare(a.String(), b.String()) }) {
		r.open(id)
	}
	return nil
}

// findHandles notes which logs the frames of the ring may be of. A recovery that was killed behind its checkpoint has
// moved the mark beyond all that the journal says of them: then it is looked for before that.
func (r *recovery) findHandles(known map[record.Handle]record.LogID) error {
	r.handles = known
	if len(known) > 0 || r.o.RingPath == "" {
		return nil
	}
	read, err := journal.Read(r.o.FS, r.o.JournalDir, r.o.Archive, journal.Mark{}, func(journal.Entry) error { return nil })
	if err == nil && read.Generation == r.o.Generation {
		r.handles = read.Handles
	}
	return err
}

// lookup opens the log of a handle when a frame asks for it: ten thousand sessions may have been live, and a hundred active.
func (r *recovery) lookup(h record.Handle) *entry {
	id, known := r.handles[h]
	if !known {
		return nil
	}
	delete(r.handles, h)
	log, err := r.intake.logs.opened(id)
	if err != nil {
		r.report.Notes = append(r.report.Notes, fmt.Errorf("%v: %w", id, err))
		return nil
	}
	r.intake.bind(h, id, log)
	return r.intake.entries[h]
}

// open opens a log that no frame may ask for. One that cannot be opened keeps nothing from the others.
func (r *recovery) open(id record.LogID) {
	if r.intake.logs.find(id) != nil {
		return
	}
	for h, known := range r.handles {
		if known == id {
			r.lookup(h)
			return
		}
	}
	log, err := r.intake.logs.opened(id)
	if err != nil {
		r.report.Notes = append(r.report.Notes, fmt.Errorf("%v: %w", id, err))
		return
	}
	r.others = append(r.others, &entry{handle: handlesMax + record.Handle(len(r.others)), log: log})
	r.join(r.others[len(r.others)-1])
}

// join notes a log that was opened without its files.
func (r *recovery) join(e *entry) {
	if why := e.log.Away(); why != nil {
		r.refuse(e.log.ID(), why)
	}
}

// since visits what the journals hold of a log.
func (r *recovery) since(id record.LogID, visit func(store.Extent) error) error {
	pick := func(e journal.Entry) error {
		if e.Log != id || e.Bytes == nil {
			return nil
		}
		return visit(store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes})
	}
	if err := r.spill.read(pick); err != nil && !errors.Is(err, journal.ErrCorrupt) {
		return err
	}
	_, err := journal.Read(r.o.FS, r.o.JournalDir, r.o.Archive, r.proven.mark, pick)
	return err
}

// entry writes one journal entry to its store again.
func (r *recovery) entry(e journal.Entry) error {
	if e.Bytes == nil {
		return nil
	}
	r.redone[e.Log] = true
	r.report.JournalEntries++
	r.report.JournalBytes += int64(len(e.Bytes))
	if _, away := r.away[e.Log]; away {
		return nil
	}
	if err := r.o.Set.StrictRedo(r.home(e.Log), store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes}); err != nil {
		r.refuse(e.Log, err)
	}
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
	case passing(err): // what lies in it is not lost as long as nobody says so
		return fmt.Errorf("%s: the ring cannot be opened now; free what is lacking and try again: %w", r.o.RingPath, err)
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

// passing reports whether an error may be gone at the next try.
func passing(err error) bool {
	for _, lack := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}

func (r *recovery) drainRing() error {
	held := 0
	report, err := logbuf.Recover(r.ring, func(p logbuf.Position, frame []byte) error {
		r.position = record.Position(p)
		if err := r.intake.take(record.Position(p), frame); err != nil {
			r.report.Notes = append(r.report.Notes, err)
			r.homeless++
		}
		if held += len(frame); held >= batchBytes {
			held = 0
			return r.flush()
		}
		return nil
	})
	r.report.RingRecords = report.Records
	var damage *logbuf.DamageError
	if err != nil && !errors.As(err, &damage) {
		return err
	}
	r.readSlots()
	if damage != nil {
		r.unread = true
		r.report.Notes = append(r.report.Notes, err)
		for _, h := range slices.Sorted(maps.Keys(r.handles)) {
			r.lookup(h)
		}
		r.gaps(record.RingDamaged, func(*entry) bool { return true })
	}
	return r.flush()
}

// readSlots records the drops that nothing followed in the ring.
func (r *recovery) readSlots() {
	asked := slices.Collect(maps.Keys(r.handles))
	for h, e := range r.intake.entries {
		if e != nil {
			asked = append(asked, record.Handle(h))
		}
	}
	slices.Sort(asked)
	for _, h := range asked {
		if int(h) >= r.ring.Geometry().Slots {
			continue
		}
		slot := r.ring.Slot(int(h))
		first, l, ok := session.ParseSlot(slot)
		if !ok {
			continue
		}
		e := r.intake.entry(h)
		if e == nil || !session.SlotIs(slot, e.log.ID()) || l.Last < e.log.State().Next {
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
	if err := r.tails(r.proven.logs); err != nil {
		return err
	}
	r.gaps(record.PowerCut, func(e *entry) bool { return r.redone[e.log.ID()] })
	return r.flush()
}

// gaps writes a gap of unknown length to the logs for which that holds.
func (r *recovery) gaps(why record.Reason, holds func(*entry) bool) {
	now := record.Nanos(time.Now().UnixNano())
	told := map[record.LogID]bool{}
	for _, e := range append(slices.Clone(r.intake.entries), r.others...) {
		if e == nil || told[e.log.ID()] || !holds(e) {
			continue
		}
		told[e.log.ID()] = true
		state := e.log.State()
		l := record.Lost{Last: state.Next + lostAtMost - 1, First: state.LastTime, Till: now, Reason: why}
		r.gap(e, &record.Record{Sequence: state.Next, Kind: record.Gap, Time: now, Body: record.AppendLost(nil, &l)})
	}
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
	r.intake.settle(func(e *entry) {
		id := e.log.ID()
		if _, away := r.away[id]; !away {
			if err := e.log.Flush(); err != nil {
				r.refuse(id, err)
			}
		}
		e.log.Divert(func(store.Extent) {}) // what it could not flush is in r.added
	})
	return nil
}

// complete makes it all durable, says so, and removes the ring and the spill.
func (r *recovery) complete() error {
	if err := r.prove(); err != nil {
		return err
	}
	point := journal.Checkpoint{
		Archive: r.o.Archive, Generation: r.o.Generation, Journal: r.end,
		At: record.Nanos(time.Now().UnixNano()), Logs: r.intake.logs.snapshots(),
	}
	if r.report.Away = len(r.away); len(r.away) > 0 {
		away := slices.Collect(maps.Values(r.away))
		if err := r.spill.keep(away, r.owed); err != nil {
			return err
		}
		point.Logs = frozen(point.Logs, away)
	}
	if err := journal.WriteCheckpoint(r.o.FS, r.o.CheckpointPath, &point); err != nil {
		return err
	}
	if len(r.away) > 0 {
		return errors.Join(r.spill.close(), r.removeRing())
	}
	return errors.Join(r.spill.remove(), r.removeRing())
}

// prove makes the logs' files durable. A log of which that fails goes to the spill.
func (r *recovery) prove() error {
	failed := r.o.Set.Sync(r.o.Set.TakeDirty())
	if len(failed) == 0 {
		return nil
	}
	owners := r.owners()
	for _, u := range failed {
		if errors.Is(u, fs.ErrNotExist) { // opening its log has cut off all of it
			continue
		}
		if store.Derived(u.Path) {
			r.report.Notes = append(r.report.Notes, u)
			continue
		}
		id, ok := owners[u.Path]
		if !ok {
			id, ok = owners[filepath.Dir(u.Path)]
		}
		if !ok {
			return u
		}
		r.refuse(id, u)
	}
	return nil
}

// owners are the logs by their directories: those that are open, and those that were only redone.
func (r *recovery) owners() map[string]record.LogID {
	of := map[string]record.LogID{}
	for dir, e := range r.intake.owners() {
		of[dir] = e.log.ID()
	}
	for id := range r.redone {
		of[r.o.Set.Dir(id)] = id
	}
	return of
}

// owed visits all that the spill has to keep and does not: what the files hold of logs that were opened by them, since a
// power cut may have left more there than the journal knows; what the journal holds; and what the recovery has added.
func (r *recovery) owed(visit func(journal.Entry) error) error {
	for id, t := range r.away {
		log := r.intake.logs.find(id)
		if log == nil || log.Away() != nil && !r.intake.logs.partly[id] {
			continue
		}
		err := r.o.Set.Behind(t.home, func(x store.Extent) error {
			return visit(journal.Entry{Log: id, Segment: x.Segment, Offset: x.Offset, Bytes: x.Bytes})
		})
		if err != nil {
			return fmt.Errorf("%v: %w", id, err)
		}
	}
	if _, err := journal.Read(r.o.FS, r.o.JournalDir, r.o.Archive, r.proven.mark, visit); err != nil {
		return err
	}
	for _, e := range r.added {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// removeRing removes the ring, once all that it held is elsewhere. Where it held frames of logs that could not be opened,
// that is a copy of it in quarantine.
func (r *recovery) removeRing() error {
	if r.ring == nil {
		return nil
	}
	ring := r.ring
	if r.unread { // it stays where it is, for a person to look at
		r.ring = nil
		return ring.Close()
	}
	if r.homeless > 0 {
		kept, err := r.keepRing()
		if err != nil {
			return err
		}
		r.report.Notes = append(r.report.Notes, fmt.Errorf("%d frames of the ring belong to logs that cannot be opened; the ring is kept as %s", r.homeless, kept))
	}
	r.ring = nil
	return errors.Join(ring.Remove(), ring.Close())
}

func (r *recovery) keepRing() (path string, err error) {
	if err := r.o.FS.MkdirAll(r.o.QuarantineDir); err != nil {
		return "", err
	}
	b, err := os.ReadFile(r.o.RingPath)
	if err != nil {
		return "", err
	}
	path = filepath.Join(r.o.QuarantineDir, filepath.Base(r.o.RingPath))
	return path, errors.Join(disk.WriteFile(r.o.FS, path, b), r.o.FS.SyncDir(filepath.Dir(r.o.QuarantineDir)))
}
