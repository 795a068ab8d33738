package filestore

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// Origin is where a store's contents come from.
type Origin interface {
	// Created is when the store was begun; the zero time when nobody knows.
	Created() time.Time
	// Next are the next numbers to send and to expect.
	Next() (sender, target int)
	// Messages calls yield with every message, in the order in which they were saved, and ends with its error.
	// msg is valid until yield returns.
	Messages(yield func(seq int, msg []byte) error) error
}

// Written is what a store holds that was written.
type Written struct {
	Prefix   string
	Messages int
	Bytes    int64
}

// ErrNoPlace says that stores cannot go to the directory that was named for them.
var ErrNoPlace = errors.New("no place for message stores")

// Writer puts stores into a directory. Until Commit there is nothing under its name.
type Writer struct {
	fs       disk.FS
	dir      string // where they go
	building string // where they are until then
	done     bool
}

// Create begins a directory of stores. It must not exist yet, or be empty: an engine finds the files of a store by their names,
// one after the other, and several cannot replace others at one moment.
func Create(fsys disk.FS, dir string) (*Writer, error) {
	dir = filepath.Clean(dir)
	w := &Writer{fs: fsys, dir: dir, building: dir + ".part"}
	if err := w.free(); err != nil {
		return nil, err
	}
	if _, err := fsys.Stat(w.building); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w: what an export that was cut short left lies there, or one is at work; remove it, or name another directory", w.building, ErrNoPlace)
	}
	return w, fsys.MkdirAll(w.building)
}

// free says why the directory cannot be taken.
func (w *Writer) free() error {
	info, err := w.fs.Stat(w.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %w: it is a file; name a directory that does not exist yet", w.dir, ErrNoPlace)
	}
	names, err := w.fs.ReadDir(w.dir)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("%s: %w: it is not empty; name a directory that does not exist yet, and move the files of a store where an engine looks for them while it is stopped", w.dir, ErrNoPlace)
	}
	return err
}

// Write writes one session's store. Of the small files, those of before are taken that say what o says: see Store.Small.
func (w *Writer) Write(f Format, id ID, o Origin, before map[string][]byte) (done Written, err error) {
	if !f.Writable() {
		return done, fmt.Errorf("stores of %v are not written", f)
	}
	if done.Prefix, err = f.FileName(id); err != nil {
		return done, err
	}
	at := Place{w.building, done.Prefix}
	if err := w.messages(f, at, o, &done); err != nil {
		return done, err
	}
	sender, target := o.Next()
	n := numbers{int64(sender), int64(target)}
	for _, ending := range f.smallFiles() {
		b, err := f.small(ending, n, o.Created(), before)
		if err != nil {
			return done, err
		}
		if err := w.file(at.path(ending), func(out *bufio.Writer) error { _, err := out.Write(b); return err }); err != nil {
			return done, err
		}
	}
	return done, nil
}

// messages writes body and header.
func (w *Writer) messages(f Format, at Place, o Origin, done *Written) error {
	return w.file(at.path(bodyFile), func(body *bufio.Writer) error {
		return w.file(at.path(headerFile), func(header *bufio.Writer) error {
			var line []byte
			return o.Messages(func(seq int, msg []byte) (err error) {
				e := entry{number: int64(seq), offset: done.Bytes, size: int64(len(msg))}
				if line, err = f.appendEntry(line[:0], e); err != nil {
					return err
				}
				if _, err = header.Write(line); err == nil {
					_, err = body.Write(msg)
				}
				done.Messages++
				done.Bytes += int64(len(msg))
				return err
			})
		})
	})
}

// small is what a small file holds: what it held before where that says the same, for there is more than one way to.
func (f Format) small(ending string, n numbers, created time.Time, before map[string][]byte) ([]byte, error) {
	if old, ok := before[ending]; ok && f.says(ending, old, n, created) {
		return old, nil
	}
	if ending == sessionFile && created.IsZero() {
		return nil, errors.New("when the store was made is not known, and the engine's file says that")
	}
	return f.appendSmall(ending, n, created)
}

func (f Format) says(ending string, b []byte, n numbers, created time.Time) bool {
	switch ending {
	case sessionFile:
		t, err := f.parseCreated(b)
		return err == nil && t.Equal(created)
	case numbersFile:
		m, err := f.parseNumbers(b)
		return err == nil && m == n
	case senderFile:
		m, err := f.parseNumber(b)
		return err == nil && m == n.sender
	}
	m, err := f.parseNumber(b)
	return err == nil && m == n.target
}

// file writes a file, durably. Two sessions may have one name.
func (w *Writer) file(path string, fill func(*bufio.Writer) error) error {
	f, err := w.fs.OpenFile(path, os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is another session's already: export them to directories of their own", filepath.Base(path))
	}
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(&appender{f: f}, 256<<10)
	err = fill(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// appender writes to a file from its beginning on.
type appender struct {
	f  disk.File
	at int64
}

func (a *appender) Write(b []byte) (int, error) {
	n, err := a.f.WriteAt(b, a.at)
	a.at += int64(n)
	return n, err
}

// Commit gives the directory its name. After an error it has it not, or durable it is not.
func (w *Writer) Commit() error {
	if err := w.fs.SyncDir(w.building); err != nil {
		return err
	}
	if err := w.free(); err != nil {
		return err
	}
	if _, err := w.fs.Stat(w.dir); err == nil {
		if err := w.fs.Remove(w.dir); err != nil { // an empty one is not replaced everywhere
			return err
		}
	}
	if err := w.fs.Rename(w.building, w.dir); err != nil {
		return err
	}
	w.done = true
	return w.fs.SyncDir(filepath.Dir(w.dir))
}

// Abort removes what was not committed. Behind Commit it does nothing.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	names, err := w.fs.ReadDir(w.building)
	for _, name := range names {
		err = errors.Join(err, w.fs.Remove(filepath.Join(w.building, name)))
	}
	return errors.Join(err, w.fs.Remove(w.building))
}
