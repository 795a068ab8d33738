package fixarchive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/snapshot"
)

// SnapshotOptions say how a snapshot is made. The zero value is the default.
type SnapshotOptions struct {
	FileMode fs.FileMode // of the files that are made; 0640, whatever the umask. Linked ones keep their own
	DirMode  fs.FileMode // 0750, whatever the umask

	// Copy every byte. Else segments that are never written again are hard links, which take no time and no room, and
	// share the fate of the original where its disk or somebody's hand damages the file itself.
	Copy bool

	// Progress is told how many bytes of how many are done, on the calling goroutine.
	Progress func(done, total int64)
}

// SnapshotReport is what a snapshot holds.
type SnapshotReport struct {
	Path       string
	At         time.Time // what had come to the journal by then is in it, and nothing later
	Generation uint32    // of its last records, at most; whoever opens it for writing begins the next
	Sessions   int

	Linked, Copied           int // segments
	LinkedBytes, CopiedBytes int64
	NotLinked                error // why segments were copied that could have been links; nil if none were

	JournalEntries int // that the original's stores lacked, or may have lacked
	JournalBytes   int64

	// Unclean is what the original's last writer left and no process has recovered yet. What lies in the journal is in
	// the snapshot, what lies in the ring is not.
	Unclean *Unclean

	Damage []*CorruptError // met on the way, and copied as it is: only Verify looks for all
	Notes  []error         // what was left out or cut off, and why
}

// Snapshot copies the archive, whether or not a process writes to it, to a directory that does not exist or holds
// nothing. The copy opens on its own, for reading and writing: what is done to either later does not show in the
// other. It holds every message that was flushed, or in the journal otherwise, when Snapshot was called.
//
// It takes no lock that a writer waits for. It needs the room of the segments that are written to, and for a while
// that of the journal; all else is hard links where those can be. Damage is copied, not repaired; index and catalogue,
// and what is in quarantine, come along.
//
// When it fails or ctx ends, what was written is removed. A snapshot that a crash cut short is no archive to anybody.
func (r *Reader) Snapshot(ctx context.Context, dir string, o SnapshotOptions) (SnapshotReport, error) {
	t := target{dir: dir, fs: disk.OS(disk.Modes{File: o.FileMode, Dir: o.DirMode})}
	if err := t.check(r.path); err != nil {
		return SnapshotReport{}, err
	}
	if err := t.take(r.path); err != nil {
		return SnapshotReport{}, err
	}
	report, err := r.snapshot(ctx, &t, o)
	if err != nil {
		return SnapshotReport{}, fmt.Errorf("snapshot to %s: %w; %s", dir, ours(err), t.undo())
	}
	return report, t.release()
}

func (r *Reader) snapshot(ctx context.Context, t *target, o SnapshotOptions) (report SnapshotReport, err error) {
	life, err := r.life()
	if err != nil {
		return report, err
	}
	if report.Unclean, err = r.unclean(&life); err != nil {
		return report, err
	}
	in := snapshot.Options{
		FS: cancelled{t.fs, ctx}, From: r.path, To: t.dir, Live: r.live, Link: disk.Link, Progress: o.Progress,
	}
	if o.Copy {
		in.Link = nil
	}
	found, err := snapshot.Write(ctx, in)
	report.Path, report.At = t.dir, wallTime(found.At)
	report.Generation, report.Sessions = uint32(found.Generation), found.Logs
	report.Linked, report.LinkedBytes, report.NotLinked = found.Linked, found.LinkedBytes, found.NotLinked
	report.Copied, report.CopiedBytes = found.Copied, found.CopiedBytes
	report.JournalEntries, report.JournalBytes = found.JournalEntries, found.JournalBytes
	for _, note := range found.Notes {
		var c *CorruptError
		if errors.As(ours(note), &c) {
			report.Damage = append(report.Damage, c)
		} else {
			report.Notes = append(report.Notes, note)
		}
	}
	return report, err
}

// live reports whether a process has the archive open.
func (r *Reader) live() (bool, error) {
	life, err := r.life()
	return life.writer.Live, err
}
