package sink

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// coverEvery is how often a checkpoint is tried, however full the journal is, and how soon after a sync failed: each
// writes every buffer, however little is in it.
const coverEvery = 100 * time.Millisecond

// checkpointIfDue begins a checkpoint when the journal has grown or the last one is old, unless one is under way. After a
// sync of the journal failed it begins one at once: the stores' buffers hold what the kernel may have dropped of the
// journal, and their files make it durable.
func (s *Sink) checkpointIfDue(now time.Time) {
	homeward := s.homecomingDue(now)
	if s.o.Journal.Bytes() == 0 && !homeward {
		s.checkpointed = now
		return
	}
	if now.Sub(s.checkpointed) < coverEvery {
		return
	}
	age := s.o.CheckpointAge
	if s.syncer.uncovered.Load() || s.again || homeward {
		age = min(age, coverEvery)
	}
	if s.o.Journal.Bytes() >= s.o.CheckpointBytes || now.Sub(s.checkpointed) >= age {
		s.checkpoint(now)
	}
}

// checkpoint gives the syncer what it takes to make the journal's files free again, unless it is at it.
func (s *Sink) checkpoint(now time.Time) {
	if s.syncer.checkpointing.Load() {
		return
	}
	s.conclude()
	s.checkpointed, s.again = now, false
	s.point = s.snapshot(now)
	s.syncer.checkpoint(s.point)
}

// snapshot is a checkpoint: in the making, and then what came of it.
type snapshot struct {
	paths   []string // files and directories to be made durable before the checkpoint may be written
	from    journal.Mark
	point   journal.Checkpoint
	logs    []record.Snapshot // where the logs stand; point says less of those that are away
	away    []stray
	tryHome bool // bring them home

	// Of whoever completes it, until run looks at it.
	suspect []*store.Unsynced // whose logs' files are not to be believed
	home    []stray
	err     error
}

// snapshot writes every buffer and notes where the logs stand. A log that cannot be written goes away.
func (s *Sink) snapshot(now time.Time) *snapshot {
	mark := s.o.Journal.End()
	for _, e := range s.dirty {
		if e.dirty {
			s.write(e)
		}
		if e.dirty {
			s.sendAway(e, e.failing)
		}
	}
	s.tellSick()
	c := &snapshot{
		paths: s.o.Logs.set.TakeDirty(), from: s.proven.mark,
		point: journal.Checkpoint{
			Archive: s.o.Archive, Generation: s.o.Generation, Journal: mark,
			At: record.Nanos(now.UnixNano()), Logs: s.o.Logs.snapshots(),
		},
	}
	c.logs = c.point.Logs
	s.travel(c, now)
	return c
}

// forgetPaths drops what lies in some directories.
func (c *snapshot) forgetPaths(dirs map[string]bool) {
	c.paths = slices.DeleteFunc(c.paths, func(path string) bool { return dirs[path] || dirs[filepath.Dir(path)] })
}

// complete makes the files durable, then says so in a checkpoint, then frees the journal: in this order, since what the
// journal no longer holds must be found in the stores, or in the spill, after a power cut. On a full disk it gives
// back what was held in reserve for that.
func (s *Sink) complete(c *snapshot) {
	c.err = s.prove(c)
	if c.err == nil {
		c.err = s.record(c)
	}
	if s.makeRoom(c.err) && len(c.suspect) == 0 {
		c.err = s.record(c)
	}
}

// makeRoom gives back the reserve if it was the lack of room that err tells of, and reports whether there was one.
func (s *Sink) makeRoom(err error) bool {
	return disk.IsFull(err) && s.o.Spare != nil && s.o.Spare()
}

// record writes a checkpoint whose files are durable.
func (s *Sink) record(c *snapshot) error {
	if err := s.shelter(c); err != nil {
		return err
	}
	if err := journal.WriteCheckpoint(s.o.FS, s.o.CheckpointPath, &c.point); err != nil {
		return err
	}
	s.o.Journal.Free(c.point.Journal)
	return nil
}

// prove makes durable what the stores have written. The kernel may have dropped what it could not write, and a later
// sync that succeeds says nothing about that: the logs of files that failed go away, and the next checkpoint
// takes what they lack from the journal. A directory above the logs is tried again: its names are in the file system's own
// journal, and one that has lost some of that goes on with nothing.
func (s *Sink) prove(c *snapshot) error {
	c.suspect = s.o.Logs.set.Sync(c.paths)
	failed := first(c.suspect)
	c.suspect = slices.DeleteFunc(c.suspect, func(u *store.Unsynced) bool { return store.Derived(u.Path) })
	if len(c.suspect) == 0 && failed != nil {
		s.o.Alarm(failed)
		return nil
	}
	return failed
}

// first is several failures as one error that is the same each time.
func first(failed []*store.Unsynced) error {
	if len(failed) == 0 {
		return nil
	}
	least := slices.MinFunc(failed, func(a, b *store.Unsynced) int { return strings.Compare(a.Path, b.Path) })
	if more := len(failed) - 1; more > 0 {
		return fmt.Errorf("%w; %d more could not be synced", least, more)
	}
	return least
}

// conclude takes in what came of the last checkpoint, once it has ended.
func (s *Sink) conclude() {
	c := s.point
	if c == nil || s.syncer.checkpointing.Load() {
		return
	}
	s.point, s.pointFailed = nil, c.err != nil
	if len(c.suspect) > 0 {
		s.suspectAll(c.suspect)
	}
	if c.err != nil {
		s.again = len(c.suspect) > 0
		return
	}
	s.proven.set(&c.point)
	for id, t := range s.strays.of {
		t.home = s.proved(id) // one that went away while the checkpoint was made is proved as far as that says
	}
	s.welcome(c)
}

// suspectAll sends away the logs whose files could not be synced.
func (s *Sink) suspectAll(suspect []*store.Unsynced) {
	owners := s.intake.owners()
	for _, u := range suspect {
		e := owners[u.Path]
		if e == nil {
			e = owners[filepath.Dir(u.Path)]
		}
		if e == nil {
			s.suspectUnbound(u)
			continue
		}
		s.sendAway(e, u)
	}
	s.tellSick()
}

// suspectUnbound is for what belongs to a log of which no record has come through the ring yet, or to none: a directory above
// them.
func (s *Sink) suspectUnbound(u *store.Unsynced) {
	s.alarm(u)
	id, open := s.o.Logs.at(u.Path)
	if !open {
		s.o.Logs.set.Touch(u.Path)
		return
	}
	s.strays.of[id] = &stray{id: id, home: s.proved(id)}
	s.strays.count.Store(int64(len(s.strays.of)))
}

// proven is what the last checkpoint says, for whoever owns it.
type proven struct {
	mark journal.Mark
	logs []record.Snapshot
	of   map[record.LogID]int // in logs; made when somebody asks
}

func (p *proven) set(c *journal.Checkpoint) { *p = proven{mark: c.Journal, logs: c.Logs} }

func (p *proven) log(id record.LogID) (record.Snapshot, bool) {
	if p.of == nil {
		p.of = make(map[record.LogID]int, len(p.logs))
		for i := range p.logs {
			p.of[p.logs[i].Log] = i
		}
	}
	i, ok := p.of[id]
	if !ok {
		return record.Snapshot{}, false
	}
	return p.logs[i], true
}
