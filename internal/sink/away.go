package sink

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// A log whose files fail is away:
//
//	home ──a write or a sync fails──► away ──the homecoming is proved──► home, in a new segment
//
// Its buffers are let go of then, since the journal has every byte that they held. Before a checkpoint frees the
// journal, what that holds of the log is copied to the spill, a second journal beside the first, so that one log
// that fails pins nothing. Now and then a checkpoint tries to bring the logs home: it writes all that they lack to
// its place again and syncs it. Until that has succeeded the checkpoint says of such a log what the last one said that
// had proved it: from there on its files are not believed, and a recovery writes them again.

// When a log is sent away, and when it is tried to bring it home.
const (
	awayAfter  = time.Second // of failed writes
	homeFirst  = 5 * time.Second
	homeSeldom = time.Minute

	welcomeBytes = 64 << 20 // what the journal may hold when logs that came home begin to write for themselves
)

// stray is a log that is away.
type stray struct {
	id    record.LogID
	entry *entry          // nil: nobody has asked for it yet
	blind bool            // it was opened without its files
	lost  bool            // it cannot be opened, and does not come home before a recovery has looked at it
	home  record.Snapshot // what of it is proved
}

// strays are all of them.
type strays struct {
	// Owned by run.
	of    map[record.LogID]*stray
	tried time.Time     // when one was last tried to be brought home
	pause time.Duration // until the next try

	spill spill
	count atomic.Int64
}

// Away is how many logs' files fail at this moment.
func (s *Sink) Away() int { return int(s.strays.count.Load()) }

// adopt takes over the logs that an earlier process could not bring home.
func (s *Sink) adopt() error {
	s.intake.bound = s.join
	s.o.Logs.since = s.spilled
	s.strays.of, s.strays.pause = map[record.LogID]*stray{}, homeFirst
	s.strays.spill = spill{fs: s.o.FS, dir: s.o.SpillDir, archive: s.o.Archive, generation: s.o.Generation}
	err := s.strays.spill.read(func(e journal.Entry) error {
		if e.Bytes == nil || s.strays.of[e.Log] != nil {
			return nil
		}
		home := s.proved(e.Log)
		if e.Segment < home.Segment || e.Segment == home.Segment && e.Offset+int64(len(e.Bytes)) <= home.Length {
			return nil // it came home; the spill is there for another
		}
		s.strays.of[e.Log] = &stray{id: e.Log, home: home, blind: true}
		s.o.Logs.strand(e.Log, true)
		return nil
	})
	s.strays.count.Store(int64(len(s.strays.of)))
	var damage *journal.CorruptError
	if errors.As(err, &damage) { // what can be read of it is better than nothing
		s.alarm(err)
		err = nil
	}
	for id, t := range s.strays.of {
		// Open, so that a checkpoint says where its homecoming has brought it.
		if _, failed := s.o.Logs.opened(id); failed != nil {
			t.lost = true
			s.alarm(fmt.Errorf("%v: the spill keeps records of it that do not follow what is known of it: %w", id, failed))
		}
	}
	return err
}

// spilled visits what the spill holds of a log. Any goroutine may ask.
func (s *Sink) spilled(id record.LogID, visit func(store.Extent) error) error {
	return s.strays.spill.read(func(e journal.Entry) error {
		if e.Log != id || e.Bytes == nil {
			return nil
		}
		return visit(store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes})
	})
}

// join takes in a log that was opened without its files.
func (s *Sink) join(e *entry) {
	why, id := e.log.Away(), e.log.ID()
	if t := s.strays.of[id]; t != nil {
		t.entry, e.away = e, true
		return
	}
	if why == nil {
		return
	}
	e.away = true
	s.strays.of[id] = &stray{id: id, entry: e, home: s.proved(id), blind: true}
	s.strays.count.Store(int64(len(s.strays.of)))
	s.gone.add(e, why)
}

// proved is what the last checkpoint says of a log, or what was found of it when it was opened after that.
func (s *Sink) proved(id record.LogID) record.Snapshot {
	if known, ok := s.proven.log(id); ok {
		return known
	}
	return s.o.Logs.found(id)
}

// sendAway has the journal keep what a log's files do not take.
func (s *Sink) sendAway(e *entry, why error) {
	if e.away {
		return
	}
	e.away = true
	id := e.log.ID()
	s.strays.of[id] = &stray{id: id, entry: e, home: s.proved(id)}
	s.strays.count.Store(int64(len(s.strays.of)))
	s.gone.add(e, why)
	s.write(e)
}

// crowd is logs of which the same is to be told: a disk that is full fails all of them, and that is one alarm.
type crowd struct {
	logs []*entry
	why  error // of the last
}

func (c *crowd) add(e *entry, why error) { c.logs, c.why = append(c.logs, e), why }

// tell raises the alarm of a crowd, and empties it.
func (s *Sink) tell(c *crowd, what string) {
	if len(c.logs) == 0 {
		return
	}
	others := ""
	if n := len(c.logs) - 1; n > 0 {
		others = fmt.Sprintf(" and %d more", n)
	}
	s.alarm(fmt.Errorf("%v%s: %s: %w", c.logs[0].log.ID(), others, what, c.why))
	clear(c.logs)
	c.logs = c.logs[:0]
}

// tellSick tells which logs fail, and which went away for it.
func (s *Sink) tellSick() {
	s.tell(&s.sick, "the files do not take what is written to them")
	s.tell(&s.gone, "until the files take what is written to them the journal and the spill keep it")
}

// sendFailing sends away the logs that have refused for a while, and all that refuse when the buffers hold too much.
func (s *Sink) sendFailing(now time.Time) {
	for _, e := range s.dirty {
		if e.failing != nil && (now.Sub(e.failed) >= awayAfter || s.buffered >= s.o.BufferBytes) {
			s.sendAway(e, e.failing)
		}
	}
	s.tellSick()
}

// homecomingDue reports whether it is time to try again to bring logs home.
func (s *Sink) homecomingDue(now time.Time) bool {
	return len(s.strays.of) > 0 && now.Sub(s.strays.tried) >= s.strays.pause
}

// travel notes in a checkpoint in the making which logs are away.
func (s *Sink) travel(c *snapshot, now time.Time) {
	if len(s.strays.of) == 0 {
		return
	}
	// A batch that the journal refuses was let go of with the buffers, and is only in the ring: what it adds to a log must not
	// count as home.
	if c.tryHome = !s.failing && (s.homecomingDue(now) || s.closing.Load()); c.tryHome {
		s.strays.tried, s.strays.pause = now, min(2*s.strays.pause, homeSeldom)
	}
	left := make(map[string]bool, len(s.strays.of))
	for id, t := range s.strays.of {
		c.away = append(c.away, *t)
		left[s.o.Logs.set.Dir(id)] = true
	}
	c.forgetPaths(left)
}

// shelter makes durable what logs that are away have got since the last checkpoint: at home, or else in the spill.
func (s *Sink) shelter(c *snapshot) error {
	c.home, c.point.Logs = nil, c.logs // it may be the second try
	left := c.away
	if c.tryHome {
		c.home, left = s.bringHome(c.away, c.from, c.point.Journal, true)
	}
	if len(left) == 0 {
		return nil
	}
	c.point.Logs = frozen(c.logs, left)
	return s.strays.spill.keep(left, func(visit func(journal.Entry) error) error {
		return s.replay(c.from, c.point.Journal, visit)
	})
}

// frozen is what a checkpoint says of all logs, with what the last one said of those that are away.
func frozen(all []record.Snapshot, away []stray) []record.Snapshot {
	home := make(map[record.LogID]record.Snapshot, len(away))
	for _, t := range away {
		home[t.id] = t.home
	}
	all = slices.Clone(all)
	for i, known := range all {
		if at, ok := home[known.Log]; ok {
			all[i] = at
		}
	}
	return all
}

// bringHome writes to its place what the journal, and the spill, hold of logs that are away, and returns those that have it
// all now and those that have not. Without the spill nothing is proved: then it is what came after a homecoming that was.
func (s *Sink) bringHome(logs []stray, from, to journal.Mark, whole bool) (home, left []stray) {
	var err error
	h := newHomecomings(s.o.Logs.set, logs, whole)
	if whole {
		err = s.strays.spill.read(h.carry)
	}
	if err == nil {
		err = s.replay(from, to, h.carry)
	}
	arrived := h.end(whole)
	for _, t := range logs {
		if err == nil && arrived[t.id] && !t.lost {
			home = append(home, t)
		} else {
			left = append(left, t)
		}
	}
	return home, left
}

// welcome ends the absence of the logs that a checkpoint has brought home: what they got since it began follows, and they
// write for themselves again. A batch that the journal refuses is in nobody's hands yet; then it is left for the next time.
func (s *Sink) welcome(c *snapshot) {
	var back []stray
	for _, t := range c.home {
		if now := s.strays.of[t.id]; now != nil {
			t.entry = now.entry
		}
		t.home = s.proved(t.id)
		s.strays.of[t.id] = &t
		if t.entry != nil {
			s.write(t.entry)
		}
		back = append(back, t)
	}
	if s.failing || len(back) == 0 {
		return
	}
	if s.o.Journal.Bytes() > welcomeBytes { // it would keep the sink from the ring; the next checkpoint has less to wait for
		s.strays.tried = time.Time{}
		return
	}
	home, _ := s.bringHome(back, c.point.Journal, s.o.Journal.End(), false)
	for _, t := range home {
		delete(s.strays.of, t.id)
		s.o.Logs.strand(t.id, false)
		if err := s.o.Logs.find(t.id).Return(); err != nil {
			s.alarm(err)
		}
		if t.entry != nil {
			t.entry.away = false
		}
	}
	s.strays.count.Store(int64(len(s.strays.of)))
	if len(s.strays.of) == 0 {
		s.strays.pause = homeFirst
		s.alarm(s.strays.spill.remove())
	}
}

// inDir reports whether a path is a directory or something right below it.
func inDir(path, dir string) bool { return path == dir || filepath.Dir(path) == dir }
