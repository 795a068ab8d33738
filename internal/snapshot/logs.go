package snapshot

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// survey finds out what is to be copied of each log.
//
//	                          a process writes to it           nobody does
//	in the checkpoint         up to where that says it ends    whatever is there: a power cut may have left blocks of which
//	only in the journal       up to its first bytes there      it took the journal's entry, and readers show them
//	in neither                whatever is there: it did not begin meanwhile, so it came from elsewhere
func (w *writer) survey() error {
	for i := range w.point.Logs {
		known := &w.point.Logs[i]
		w.add(known.Log, &end{known: known, original: store.Original{
			Sealed: known.Segment, Segment: known.Segment, Length: known.Length,
		}})
	}
	if err := w.surveyJournal(); err != nil {
		return err
	}
	for _, name := range w.names {
		if err := w.surveyName(name); err != nil {
			return err
		}
	}
	for _, id := range w.order {
		e := w.ends[id]
		if !w.live {
			e.original.Segment, e.original.Length = store.Whole, 0
		}
		w.total += w.bytes(e.original.Dir)
	}
	return nil
}

func (w *writer) add(id record.LogID, e *end) {
	if w.ends[id] == nil {
		w.order = append(w.order, id)
		e.original.Dir = filepath.Join(w.from.logs, session.DirName(id))
		w.ends[id] = e
	}
}

// surveyJournal notes which logs the journal goes on, and where those begin in it that no checkpoint names.
func (w *writer) surveyJournal() error {
	read, err := w.readJournal(func(e journal.Entry) error {
		if e.Bytes != nil {
			w.add(e.Log, &end{original: store.Original{Segment: e.Segment, Length: e.Offset}})
			w.ends[e.Log].open = true
		}
		return w.ctx.Err()
	})
	w.fresh = read.End
	w.report.Notes = append(w.report.Notes, read.Damage...)
	return err
}

// surveyName adds the log of a directory that nothing else speaks of.
func (w *writer) surveyName(name string) error {
	id, err := session.ParseDirName(name)
	if errors.Is(err, session.ErrHashedName) {
		in, failed := store.OpenReader(w.o.FS, filepath.Join(w.from.logs, name))
		if errors.Is(failed, store.ErrEmpty) {
			return nil
		}
		if err = failed; err == nil {
			id = in.Log()
		}
	}
	if err == nil && session.DirName(id) != name {
		err = fmt.Errorf("it holds the log of %q", id)
	}
	if err != nil {
		w.note(fmt.Errorf("%s is no log's directory, and is left out: %w", filepath.Join(w.from.logs, name), err))
		return nil
	}
	w.add(id, &end{original: store.Original{Segment: store.Whole}, open: true})
	return nil
}

// bytes is how many there are in a log's segments.
func (w *writer) bytes(dir string) (total int64) {
	names, _ := w.o.FS.ReadDir(dir) // copying meets the error again
	for _, name := range names {
		if info, err := w.o.FS.Stat(filepath.Join(dir, name)); err == nil && strings.HasSuffix(name, ".seg") {
			total += info.Size()
		}
	}
	return total
}

func (w *writer) copyLogs() error {
	if err := w.o.FS.MkdirAll(w.to.logs); err != nil {
		return err
	}
	for _, id := range w.order {
		e := w.ends[id]
		more, err := w.set.Copy(id, e.original, &w.copier)
		if err != nil {
			return err
		}
		if e.known != nil && !w.live {
			if more, err = w.set.Grown(*e.known); err != nil {
				return err
			}
		}
		e.open = e.open || more
		if err := w.ctx.Err(); err != nil {
			return err
		}
	}
	c := &w.copier
	w.report.Linked, w.report.LinkedBytes = c.Linked, c.LinkedBytes
	w.report.Copied, w.report.CopiedBytes, w.report.NotLinked = c.Copied, c.CopiedBytes, c.NotLinked
	return nil
}

// redo writes to the copy what the journal has behind the checkpoint.
func (w *writer) redo() error {
	read, err := w.readJournal(func(e journal.Entry) error {
		if e.Bytes == nil {
			return nil
		}
		if sealed := w.ends[e.Log].original.Sealed; e.Segment < sealed {
			// Its file may be the original's own.
			w.note(fmt.Errorf("the journal has %d bytes for segment %d of %q, which ended in segment %d before: they are left out",
				len(e.Bytes), e.Segment, e.Log, sealed))
			return nil
		}
		return w.set.Redo(e.Log, store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: e.Bytes})
	})
	w.report.JournalEntries, w.report.JournalBytes = read.Entries, read.Bytes
	if err != nil {
		return err
	}
	return w.dropJournal()
}

// openGrown finds the ends of the logs that hold more than the checkpoint says: each is opened as a writer would,
// which cuts off what is no whole block, and brings index and catalogue together with what there is.
func (w *writer) openGrown() error {
	for _, id := range w.order {
		e := w.ends[id]
		if !e.open {
			continue
		}
		log, err := w.set.Open(id, e.known)
		if err != nil {
			return err
		}
		if end := log.Snapshot(); e.known != nil || end.Segment > 0 {
			e.known = &end
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
