package fixarchive

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
)

// Status is how an archive stands.
type Status struct {
	Path       string
	ID         string // 32 hexadecimal digits, of this archive and its copies only
	Created    time.Time
	Generation uint32 // how many times it was opened for writing
	Sessions   int

	Writer Writer
	// What the last writer said of its generation. Positions count bytes of the ring's endless stream.
	Heartbeat         time.Time
	Accepted, Dropped uint64 // records
	Away              int    // sessions whose files fail: what they got is kept elsewhere until they take it
	Durable, Stored   uint64 // positions: safe from a power cut; found by readers

	Space Space // of the disk now; the rate is what the last writer said

	// Unclean says what the last writer left undone; nil while one lives, and when the last one closed the archive.
	Unclean *Unclean

	Quarantine Quarantine
}

// Writer is the process that has the archive open.
type Writer struct {
	Live   bool
	PID    int
	Holder string // what it said of itself when it took the lock
}

// Status says how the archive stands: who writes to it, and what the last writer left.
func (r *Reader) Status() (Status, error) {
	life, err := r.life()
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Path: r.path, ID: hex.EncodeToString(life.meta.Archive[:]),
		Created: wallTime(life.meta.Created), Generation: uint32(life.meta.Generation),
		Writer: life.writer,
	}
	if said := life.said; said != nil {
		s.Heartbeat = wallTime(said.Heartbeat)
		s.Accepted, s.Dropped, s.Away = said.Accepted, said.Dropped, int(said.Away)
		s.Durable, s.Stored = uint64(said.Durable), uint64(said.Stored)
	}
	s.Space = r.space(life.said)
	all, err := r.logs()
	if err != nil {
		return s, err
	}
	s.Sessions = len(all)
	if s.Unclean, err = r.unclean(&life); err != nil {
		return s, err
	}
	s.Quarantine, err = r.quarantine()
	return s, err
}

// space is what the disk says now, and how fast the last writer said that it fills.
func (r *Reader) space(said *journal.Status) (s Space) {
	if room, err := r.fs.Space(r.path); err == nil {
		s.FreeBytes, s.TotalBytes = room.Free, room.Total
	}
	if said != nil {
		s.BytesPerDay = int64(min(said.BytesPerDay, math.MaxInt64))
	}
	s.DaysLeft = daysLeft(s.FreeBytes, s.BytesPerDay)
	if info, err := r.fs.Stat(r.at("reserve")); err == nil && info.Mode().IsRegular() {
		s.ReserveBytes = info.Size()
	}
	return s
}

// life is whether somebody writes to the archive, at one moment.
type life struct {
	meta   *journal.Meta
	writer Writer
	said   *journal.Status // by the writer of meta's generation; nil when that cannot be read
}

// away reports whether a writer lives some of whose logs' files fail: what they got is in the journal and the spill.
func (l *life) away() bool { return l.writer.Live && l.said != nil && l.said.Away > 0 }

// unclean reports whether a process had the archive open and is gone.
func (l *life) unclean() bool { return l.meta.Open && !l.writer.Live }

// young reports whether the archive's first writer has it open, or had it open when it died: it may not have made a
// checkpoint yet.
func (l *life) young() bool { return l.meta.Open && l.meta.Generation <= 1 }

// life reads meta, then asks the lock: one that opens in between is seen to hold it. One that closes in between has
// said so in meta before it let go.
func (r *Reader) life() (l life, err error) {
	if l.meta, err = journal.ReadMeta(r.fs, r.at("meta")); err != nil {
		return l, ours(err)
	}
	holder, held, err := disk.LockHolder(r.at("lock"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	if l.meta.Open && !held { // or it was closed since
		if l.meta, err = journal.ReadMeta(r.fs, r.at("meta")); err != nil {
			return l, ours(err)
		}
	}
	l.said, err = journal.ReadStatus(r.fs, r.at("status"))
	if err != nil || l.said.Archive != l.meta.Archive || l.said.Generation != l.meta.Generation {
		l.said = nil // it advises only
	}
	l.writer = Writer{Live: held, Holder: holder}
	if held && l.said != nil {
		l.writer.PID = int(l.said.PID)
	}
	return l, nil
}
