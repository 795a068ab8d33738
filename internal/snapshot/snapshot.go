// Package snapshot copies an archive, whether or not a process writes to it, into one that opens on its own.
//
//	checkpoint ──► where each log ended, and the journal's mark          read until both belong together
//	journal    ──► what came behind the mark                             copied at once: its files are soon written over
//	logs       ──► sealed segments linked, active ones copied to where the checkpoint ends
//	               journal redone over them, as a recovery would do
//	          sync, checkpoint, sync, meta                                 in this order: without meta it is no archive
//
// The copy is of one moment, over all logs: what was in the journal then is in it, nothing later is. That may be more than
// was durable in the original; in the copy it is. What a writer that is gone left in its ring is not in it, and no recovery
// of the copy will ask for that ring: its meta says that nothing is left to recover.
//
// The original is only read, without its writer's help. Write belongs to one goroutine; it is for its caller to see
// that nobody else writes to the copy. It neither proves what it copies nor repairs it: what is damaged in the original
// is damaged in the copy.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Options say what is copied, and where to. FS, From, To and Live are required.
type Options struct {
	FS       disk.FS
	From, To string // directories; To holds nothing of an archive yet

	Live     func() (bool, error)                // whether a process writes to the original
	Link     func(oldname, newname string) error // as store.Copier has it
	Progress func(done, total int64)             // bytes of segments
}

// Report is what was copied.
type Report struct {
	At         record.Nanos // the moment
	Generation record.Generation
	Logs       int // that hold anything

	Linked, Copied           int // segments
	LinkedBytes, CopiedBytes int64
	NotLinked                error // why segments were copied that could have been linked

	JournalEntries int // behind the checkpoint
	JournalBytes   int64

	Notes []error // damage that was met, and what was left out
}

// Write copies an archive. After an error what it has written is no archive.
func Write(ctx context.Context, o Options) (Report, error) {
	w := writer{o: o, ctx: ctx, from: partsOf(o.From), to: partsOf(o.To), ends: map[record.LogID]*end{}}
	for _, step := range []func() error{
		w.identify, w.list, w.capture, w.survey, w.copyQuarantine, w.copyLogs, w.redo, w.openGrown, w.sync, w.conclude,
	} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			return w.report, errors.Join(err, w.close())
		}
	}
	return w.report, w.close()
}

// writer is a copy in the making.
type writer struct {
	o        Options
	ctx      context.Context
	from, to parts
	report   Report

	meta  *journal.Meta
	names []string            // of the directories in logs, from before the moment
	live  bool                // at the moment, or just before
	point *journal.Checkpoint // the last before the moment
	fresh journal.Mark        // behind all that the original's journal held

	set    *store.Set // of the copy
	copier store.Copier
	ends   map[record.LogID]*end
	order  []record.LogID
	total  int64 // bytes of segments
	done   int64
	loose  []string // files and directories to be synced that the set does not know of
}

// end is where a log ends in the checkpoint, or is to be found out.
type end struct {
	known    *record.Snapshot // nil: no checkpoint names it
	original store.Original
	open     bool // it holds more than known says, or may
}

// parts are an archive's files.
type parts struct{ dir, meta, checkpoint, journal, logs, quarantine string }

func partsOf(dir string) parts {
	at := func(name string) string { return filepath.Join(dir, name) }
	return parts{dir, at("meta"), at("checkpoint"), at("journal"), at("logs"), at("quarantine")}
}

func (w *writer) identify() (err error) {
	if w.meta, err = journal.ReadMeta(w.o.FS, w.from.meta); err != nil {
		return err
	}
	w.set = store.NewSet(w.o.FS, w.to.logs, store.Options{
		Archive: w.meta.Archive, Generation: w.meta.Generation, DirName: session.DirName, Report: w.note,
	})
	w.copier = store.Copier{Link: w.o.Link, Progress: w.progress}
	return nil
}

func (w *writer) note(err error) { w.report.Notes = append(w.report.Notes, err) }

func (w *writer) progress(n int64) {
	w.done += n
	if w.o.Progress != nil {
		w.o.Progress(min(w.done, w.total), w.total)
	}
}

// list looks which logs there are before the moment: those that it finds and that neither checkpoint nor journal
// know then did not begin meanwhile.
func (w *writer) list() (err error) {
	w.names, err = w.o.FS.ReadDir(w.from.logs)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

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
	return fmt.Errorf("%s: %d checkpoints were written while its journal was copied; try again when less is captured, or with a faster disk", w.from.dir, captures)
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
		return nil, fmt.Errorf("no snapshot can be made without the checkpoint, which says what is whole; restore %s from a backup: %w", w.from.checkpoint, err)
	}
	if point.Archive != w.meta.Archive {
		return nil, fmt.Errorf("%s is of archive %x, %s of %x: restore the one that is wrong from a backup", w.from.checkpoint, point.Archive, w.from.meta, w.meta.Archive)
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

func (w *writer) close() error {
	if w.set == nil {
		return nil
	}
	return w.set.Close()
}
