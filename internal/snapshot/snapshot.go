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
	"io/fs"
	"path/filepath"

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
type parts struct{ dir, meta, checkpoint, journal, spill, logs, quarantine string }

func partsOf(dir string) parts {
	at := func(name string) string { return filepath.Join(dir, name) }
	return parts{dir, at("meta"), at("checkpoint"), at("journal"), at("spill"), at("logs"), at("quarantine")}
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

func (w *writer) close() error {
	if w.set == nil {
		return nil
	}
	return w.set.Close()
}
