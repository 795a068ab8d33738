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

func (w *writer) captureJournal() error {
	if err := w.dropJournal(); err != nil {
		return err
	}
	if err := w.o.FS.MkdirAll(w.to.journal); err != nil {
		return err
	}
	_, ignored, err := journal.Copy(w.o.FS, w.from.journal, w.meta.Archive, w.point.Journal, w.to.journal)
	w.report.Notes = ignored
	return err
}

// dropJournal removes the copy of the journal: what it held is in the logs, or an earlier attempt failed.
func (w *writer) dropJournal() error {
	names, err := w.o.FS.ReadDir(w.to.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range names {
		err = errors.Join(err, w.o.FS.Remove(filepath.Join(w.to.journal, name)))
	}
	return errors.Join(err, w.o.FS.Remove(w.to.journal))
}
