package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
)

// captures is how often the checkpoint may move while the journal is copied. A writer needs to write at least as much
// between two checkpoints as is copied, twice over, and to sync it.
const captures = 100

// capture copies the journal, and again until no checkpoint came between: only then was nothing behind its mark freed.
func (w *writer) capture() error {
	for range captures {
		live, err := w.o.Live()
		if err != nil {
			return err
		}
		if w.point, err = w.checkpoint(); err != nil {
			return err
		}
		if err := w.captureJournal(); err != nil {
			return err
		}
		w.report.At = record.Nanos(time.Now().UnixNano())
		after, err := w.checkpoint()
		if err != nil {
			return err
		}
		if w.live, err = w.o.Live(); err != nil {
			return err
		}
		w.live = w.live || live
		if same(w.point, after) {
			return nil
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %d times a checkpoint was written while its journal was copied; try again when less is captured, "+
		"or with a faster disk", w.from.dir, captures)
}

// same reports whether no checkpoint was written between. Two that agree in all this cover the same of the journal.
func same(a, b *journal.Checkpoint) bool {
	return a.Generation == b.Generation && a.Journal == b.Journal && a.At == b.At
}

// checkpoint reads the original's last checkpoint. The first generation may not have made one yet.
func (w *writer) checkpoint() (*journal.Checkpoint, error) {
	point, err := journal.ReadCheckpoint(w.o.FS, w.from.checkpoint)
	if errors.Is(err, fs.ErrNotExist) && w.meta.Open && w.meta.Generation <= 1 {
		return &journal.Checkpoint{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("no snapshot can be made without the checkpoint, which says what is whole; "+
			"restore %s from a backup: %w", w.from.checkpoint, err)
	}
	if point.Archive != w.meta.Archive {
		return nil, fmt.Errorf("%s is of archive %x, %s of %x: restore the one that is wrong from a backup",
			w.from.checkpoint, point.Archive, w.from.meta, w.meta.Archive)
	}
	return point, nil
}

// captureJournal copies the journal, and the spill, which has what an earlier journal held of logs whose files failed.
func (w *writer) captureJournal() error {
	if err := w.dropJournal(); err != nil {
		return err
	}
	w.report.Notes = nil
	for _, part := range []struct {
		from, to string
		mark     journal.Mark
	}{{w.from.spill, w.to.spill, journal.Mark{}}, {w.from.journal, w.to.journal, w.point.Journal}} {
		if err := w.o.FS.MkdirAll(part.to); err != nil {
			return err
		}
		_, ignored, err := journal.Copy(w.o.FS, part.from, w.meta.Archive, part.mark, part.to)
		w.report.Notes = append(w.report.Notes, ignored...)
		if err != nil {
			return err
		}
	}
	return nil
}

// readJournal visits what was captured, but for what the checkpoint covers. The spill comes first: it holds what came before.
func (w *writer) readJournal(visit func(journal.Entry) error) (journal.Report, error) {
	home, homeBytes := 0, int64(0)
	spilled, err := journal.Read(w.o.FS, w.to.spill, w.meta.Archive, journal.Mark{}, func(e journal.Entry) error {
		if w.isHome(e) {
			home, homeBytes = home+1, homeBytes+int64(len(e.Bytes))
			return nil
		}
		return visit(e)
	})
	if err != nil {
		return spilled, err
	}
	spilled.Entries, spilled.Bytes = spilled.Entries-home, spilled.Bytes-homeBytes
	read, err := journal.Read(w.o.FS, w.to.journal, w.meta.Archive, w.point.Journal, visit)
	read.Entries, read.Bytes = read.Entries+spilled.Entries, read.Bytes+spilled.Bytes
	read.Damage = append(read.Damage, spilled.Damage...)
	return read, err
}

// isHome reports whether what the spill has lies before the end of its log in the checkpoint: the log came home, and the
// spill is there for another.
func (w *writer) isHome(e journal.Entry) bool {
	end := w.ends[e.Log]
	if e.Bytes == nil || end == nil || end.known == nil {
		return false
	}
	known := end.known
	return e.Segment < known.Segment || e.Segment == known.Segment && e.Offset+int64(len(e.Bytes)) <= known.Length
}

// dropJournal removes the copies: what they held is in the logs, or an earlier attempt failed.
func (w *writer) dropJournal() (err error) {
	for _, dir := range []string{w.to.spill, w.to.journal} {
		names, missing := w.o.FS.ReadDir(dir)
		if errors.Is(missing, fs.ErrNotExist) {
			continue
		}
		for _, name := range names {
			err = errors.Join(err, w.o.FS.Remove(filepath.Join(dir, name)))
		}
		err = errors.Join(err, missing, w.o.FS.Remove(dir))
	}
	return err
}
