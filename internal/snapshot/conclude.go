package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/store"
)

// copyQuarantine takes along what was cut off of the original's logs: nobody else has it. What opening the copy's logs
// cuts off comes to lie beside it.
func (w *writer) copyQuarantine() error {
	return w.copyTree(w.from.quarantine, w.to.quarantine)
}

// copyTree copies a directory and all in it. One that is not there is nothing to copy.
func (w *writer) copyTree(from, to string) error {
	names, err := w.o.FS.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.o.FS.MkdirAll(to); err != nil {
		return err
	}
	for _, name := range names {
		if err := w.copyInto(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	w.loose = append(w.loose, to)
	return nil
}

func (w *writer) copyInto(from, to string) error {
	info, err := w.o.FS.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return w.copyTree(from, to)
	}
	_, err = disk.CopyFile(w.o.FS, from, to, math.MaxInt64, nil)
	w.loose = append(w.loose, to)
	return err
}

// sync makes everything so far durable, files before the directories that name them.
func (w *writer) sync() error {
	paths := append(w.set.TakeDirty(), w.loose...)
	paths = append(paths, w.to.logs, w.to.dir)
	paths = slices.DeleteFunc(paths, func(path string) bool { // opening a log may have cut off all of a segment
		_, err := w.o.FS.Stat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
	return store.Together(w.set.Sync(paths))
}

// conclude makes an archive of the copy.
func (w *writer) conclude() error {
	// The generation is at least that of every record in the copy: a writer says in meta that it begins before it
	// writes anything else.
	meta, err := journal.ReadMeta(w.o.FS, w.from.meta)
	if err != nil {
		return err
	}
	if meta.Archive != w.meta.Archive {
		return fmt.Errorf("%s: another archive was put in the place of the one that was copied", w.from.dir)
	}
	point := journal.Checkpoint{
		Archive: meta.Archive, Generation: meta.Generation, At: w.report.At,
		Journal: w.fresh, // should files of the original's journal ever lie beside it, nothing in them is behind this
	}
	for _, id := range w.order {
		known := w.ends[id].known
		if known == nil {
			continue
		}
		point.Logs = append(point.Logs, *known)
		if known.Segment > 0 {
			w.report.Logs++
		}
	}
	if err := journal.WriteCheckpoint(w.o.FS, w.to.checkpoint, &point); err != nil {
		return err
	}
	w.report.Generation = meta.Generation
	if err := w.ctx.Err(); err != nil {
		return err
	}
	// It says that it was closed and names no ring, so that opening it looks for none: the original's ring has the same
	// archive and generation in it and would pass for the copy's. The generations of the two then count on from the
	// same number. Nothing compares those of two directories: a ring has a name that no other has and is only found
	// by meta, and journals and status files stay where they are.
	return journal.WriteMeta(w.o.FS, w.to.meta, &journal.Meta{
		Archive: meta.Archive, Created: meta.Created, Generation: meta.Generation,
	})
}
