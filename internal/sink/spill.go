package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// spill keeps, in a journal of its own, what the journal held of logs that are away. It belongs to whoever completes a
// checkpoint, or recovers.
type spill struct {
	fs         disk.FS
	dir        string // made when something is kept
	archive    [16]byte
	generation record.Generation
	journal    *journal.Journal // nil: not open
}

const (
	spillBatchBytes = 1 << 20
	// spillFilesMax is no limit but the disk's: a spill is the store of logs that have no other.
	spillFilesMax = 1 << 16
)

// keep makes durable what source tells of some logs. When it fails nothing of it counts, and all of it has to come again.
func (p *spill) keep(logs []stray, source func(visit func(journal.Entry) error) error) error {
	if err := p.open(); err != nil {
		return err
	}
	held := 0
	wanted := make(map[record.LogID]record.Handle, len(logs))
	for i, t := range logs { // handles of its own: those of several generations would be the same
		wanted[t.id] = record.Handle(i)
		p.journal.Register(record.Handle(i), t.id)
	}
	err := source(func(e journal.Entry) error {
		h, ok := wanted[e.Log]
		if !ok || e.Bytes == nil {
			return nil
		}
		p.journal.Add(h, e.Segment, e.Offset, e.Bytes)
		if held += len(e.Bytes); held < spillBatchBytes {
			return nil
		}
		held = 0
		return p.journal.Write(0)
	})
	if err == nil {
		err = p.journal.Write(0)
	}
	if err != nil {
		p.journal.Abandon()
		return err
	}
	if _, err = p.journal.Sync(); err != nil {
		p.journal.Forgive()
	}
	return err
}

func (p *spill) open() (err error) {
	if p.journal == nil {
		p.journal, err = journal.Open(p.fs, p.dir, journal.Options{
			Archive: p.archive, Generation: p.generation, FilesMax: spillFilesMax,
		}, journal.Mark{})
	}
	return err
}

// read visits all that is kept.
func (p *spill) read(visit func(journal.Entry) error) error {
	report, err := journal.Read(p.fs, p.dir, p.archive, journal.Mark{}, visit)
	if err == nil && len(report.Damage) > 0 {
		err = report.Damage[0]
	}
	return err
}

// remove forgets all that is kept.
func (p *spill) remove() error {
	names, err := p.fs.ReadDir(p.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		return nil
	}
	if err := p.open(); err != nil {
		return err
	}
	j := p.journal
	p.journal = nil
	return j.Remove()
}

func (p *spill) close() error {
	if p.journal == nil {
		return nil
	}
	return p.journal.Close()
}

// homecomings are those of several logs at once.
type homecomings struct {
	set  *store.Set
	of   map[record.LogID]*store.Homecoming
	open []*store.Homecoming // that hold a file, the oldest first
}

// openAtOnce is how many files homecomings hold: a full disk may have sent ten thousand logs away.
const openAtOnce = 64

// errNobody ends the reading when no log is on its way any more.
var errNobody = errors.New("no log takes what is written to it")

// newHomecomings begins them: with all that the logs have got since they were proved, or with what came after that.
func newHomecomings(set *store.Set, logs []stray, whole bool) *homecomings {
	h := &homecomings{set: set, of: make(map[record.LogID]*store.Homecoming, len(logs))}
	for _, t := range logs {
		if whole && t.blind {
			h.of[t.id] = set.StrictHomecoming(t.home)
		} else {
			h.of[t.id] = set.Homecoming(t.id)
		}
	}
	return h
}

// carry brings one entry home. A log that does not take it stays away, and keeps nothing from the others.
func (h *homecomings) carry(e journal.Entry) error {
	if len(h.of) == 0 {
		return errNobody
	}
	journey := h.of[e.Log]
	if journey == nil || e.Bytes == nil {
		return nil
	}
	if !slices.Contains(h.open, journey) {
		if h.open = append(h.open, journey); len(h.open) > openAtOnce {
			h.open[0].Rest()
			h.open = h.open[1:]
		}
	}
	if err := journey.Write(store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes}); err != nil {
		_, _ = journey.Close()
		delete(h.of, e.Log)
	}
	return nil
}

// end says which logs have got everything. Proved means durable; else the next checkpoint has to see to that.
func (h *homecomings) end(prove bool) (arrived map[record.LogID]bool) {
	arrived = make(map[record.LogID]bool, len(h.of))
	var paths []string
	for id, journey := range h.of {
		written, err := journey.Close()
		arrived[id] = err == nil
		paths = append(paths, written...)
	}
	if !prove {
		h.set.Touch(paths...)
		return arrived
	}
	owners := make(map[string]record.LogID, len(h.of))
	for id := range h.of {
		owners[h.set.Dir(id)] = id
	}
	for _, u := range h.set.Sync(paths) {
		id, ok := owners[u.Path]
		if !ok {
			id, ok = owners[filepath.Dir(u.Path)]
		}
		if !ok { // a directory that all share
			return nil
		}
		arrived[id] = false
	}
	return arrived
}

// replay visits the extents that the journal holds from a mark to another one. If it cannot be read as far as that, it
// is an error: nothing may be taken for copied that was not seen.
func (s *Sink) replay(from, to journal.Mark, visit func(journal.Entry) error) error {
	report, err := journal.Read(s.o.FS, s.o.JournalDir, s.o.Archive, from, visit)
	if err == nil && len(report.Damage) > 0 {
		err = report.Damage[0]
	}
	if err == nil && report.Reached.Before(to) {
		err = fmt.Errorf("%s: it can be read up to %v, and holds more up to %v", s.o.JournalDir, report.Reached, to)
	}
	return err
}
