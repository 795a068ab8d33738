package sink

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
)

// coverEvery is how often a checkpoint is tried, however full the journal is, and how soon after a sync of the journal
// failed: each writes every buffer, however little is in it.
const coverEvery = 100 * time.Millisecond

// checkpointIfDue begins a checkpoint when the journal has grown or the last one is old, unless one is under way. After a
// sync of the journal failed it begins one at once: the stores' buffers hold what the kernel may have dropped of the
// journal, and their files make it durable.
func (s *Sink) checkpointIfDue(now time.Time) {
	if s.o.Journal.Bytes() == 0 {
		s.checkpointed = now
		return
	}
	if now.Sub(s.checkpointed) < coverEvery {
		return
	}
	age := s.o.CheckpointAge
	if s.syncer.uncovered.Load() {
		age = min(age, coverEvery)
	}
	if s.o.Journal.Bytes() >= s.o.CheckpointBytes || now.Sub(s.checkpointed) >= age {
		s.checkpoint(now)
	}
}

// checkpoint gives the syncer what it takes to make the journal's files free again, and reports whether it is at it.
func (s *Sink) checkpoint(now time.Time) bool {
	if s.syncer.checkpointing.Load() {
		return true
	}
	if s.syncer.broken.Load() {
		return false
	}
	s.checkpointed = now
	c, ok := s.snapshot(now)
	if ok {
		s.syncer.checkpoint(c)
	}
	return ok
}

// snapshot is a checkpoint in the making.
type snapshot struct {
	paths []string // files and directories to be made durable before the checkpoint may be written
	point journal.Checkpoint
}

// snapshot writes every buffer and notes where the logs stand. While a log cannot be written there is no
// snapshot: the journal holds what that log lacks.
func (s *Sink) snapshot(now time.Time) (c snapshot, ok bool) {
	mark := s.o.Journal.End()
	for _, e := range s.dirty {
		if e.dirty {
			s.write(e)
		}
		if e.dirty {
			return snapshot{}, false
		}
	}
	return snapshot{
		paths: s.o.Logs.set.TakeDirty(),
		point: journal.Checkpoint{
			Archive: s.o.Archive, Generation: s.o.Generation, Journal: mark,
			At: record.Nanos(now.UnixNano()), Logs: s.o.Logs.snapshots(),
		},
	}, true
}

// complete makes the files durable, then says so in a checkpoint, then frees the journal: in this order, since
// what the journal no longer holds must be found in the stores after a power cut.
func (s *Sink) complete(c snapshot) error {
	if err := s.o.Logs.set.Sync(c.paths); err != nil {
		return err
	}
	if err := journal.WriteCheckpoint(s.o.FS, s.o.CheckpointPath, &c.point); err != nil {
		return err
	}
	s.o.Journal.Free(c.point.Journal)
	return nil
}
