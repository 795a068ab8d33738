package fixarchive

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/store"
)

// VerifyOptions say what Verify reads. The zero value asks for every byte of every session.
type VerifyOptions struct {
	Sessions []string // names as Session takes them; none: all

	// Fast proves headers, indexes, catalogues and sequences, which are what readers need to find things, and leaves the
	// records themselves unread: a few hundredths of the bytes. What it finds sound may still hold a message with a bit turned.
	Fast bool

	Progress func(done, total int64) // told how many bytes of how many are done; may be nil
}

// VerifyReport is what Verify found.
type VerifyReport struct {
	Fast       bool
	Sessions   []SessionReport // in the order of their names
	Damage     []*CorruptError // in what belongs to no session: journal, checkpoint
	Unclean    *Unclean        // what the last writer left; no damage
	Quarantine Quarantine
}

// SessionReport is what Verify found in a session's log.
type SessionReport struct {
	Name                    string
	Segments, Blocks        uint64 // with Fast only blocks that no index covers are counted
	Records, Messages, Gaps uint64 // Gaps: gap records
	IndexEntries            uint64 // each compared with the blocks that it is about
	Bytes                   uint64 // read and proved
	Tail                    uint64 // bytes at the end that are being written, or were when the writer died: no damage
	Unindexed               uint64 // bytes of sealed segments that no index covers: no damage, lookups take longer
	Damage                  []*CorruptError
}

// Sound reports whether no damage was found.
func (v *VerifyReport) Sound() bool { return v.Damages() == 0 }

// Damages counts the damaged places.
func (v *VerifyReport) Damages() int {
	n := len(v.Damage)
	for i := range v.Sessions {
		n += len(v.Sessions[i].Damage)
	}
	return n
}

// Verify proves what can be proved of an archive: every checksum, that sequences, epochs and segments follow from each
// other, every entry of index and catalogue, that what the last checkpoint acknowledges is there, and the journal of a
// writer that did not close the archive.
//
// The error says why it could not be done; damage is in the report.
func (r *Reader) Verify(ctx context.Context, o VerifyOptions) (VerifyReport, error) {
	report := VerifyReport{Fast: o.Fast}
	logs, err := r.named(o.Sessions)
	if err != nil {
		return report, err
	}
	life, err := r.life()
	if err != nil {
		return report, err
	}
	if report.Unclean, err = r.unclean(&life); err != nil {
		return report, err
	}
	if report.Quarantine, err = r.quarantine(); err != nil {
		return report, err
	}
	if report.Damage, err = r.damage(&life); err != nil {
		return report, err
	}
	p := meter{report: o.Progress, total: r.bytes(logs)}
	for i := range logs {
		s, err := r.verify(ctx, &logs[i], o.Fast, p.add)
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		if err != nil { // what cannot be read is not sound, and keeps nobody from proving the rest
			s.Damage = append(s.Damage, &CorruptError{Path: logs[i].dir, Reason: err.Error()})
		}
		report.Sessions = append(report.Sessions, s)
	}
	return report, nil
}

// damage is what is wrong with what belongs to no session.
func (r *Reader) damage(life *life) (all []*CorruptError, err error) {
	over, err := r.overlaid()
	if err != nil {
		return nil, err
	}
	all = append(all, over.damage...)
	if life.young() {
		if _, err := r.fs.Stat(r.at("checkpoint")); errors.Is(err, fs.ErrNotExist) {
			return all, nil
		}
	}
	if c := r.checkpointDamage(life.unclean()); c != nil {
		all = append(all, c)
	}
	return all, nil
}

// checkpointDamage is what is wrong with the checkpoint. A writer that has not closed the archive may not have made one
// yet, and what is wrong with its last one was met on the way to the journal.
func (r *Reader) checkpointDamage(unclean bool) *CorruptError {
	_, err := r.readCheckpoint()
	var c *CorruptError
	switch {
	case err == nil, unclean && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, journal.ErrCorrupt)):
		return nil
	case errors.As(err, &c):
		return c
	case errors.Is(err, fs.ErrNotExist):
		return &CorruptError{Path: r.at("checkpoint"), Reason: "the file is missing"}
	}
	return &CorruptError{Path: r.at("checkpoint"), Reason: err.Error()}
}

// named returns the logs of some names, each once, or all.
func (r *Reader) named(names []string) ([]logAt, error) {
	all, err := r.logs()
	if err != nil || len(names) == 0 {
		return all, err
	}
	var some []logAt
	known := map[string]bool{}
	for _, name := range names {
		l, err := r.find(all, name)
		if err != nil {
			return nil, err
		}
		if !known[l.dir] {
			known[l.dir] = true
			some = append(some, l)
		}
	}
	return some, nil
}

func (r *Reader) verify(ctx context.Context, at *logAt, fast bool, progress func(int64)) (SessionReport, error) {
	s := SessionReport{Name: at.name}
	known := r.known(at)
	found, err := store.VerifyWith(cancelled{r.fs, ctx}, at.dir, store.VerifyOptions{
		Known: &known, Overlay: at.over, Fast: fast, Progress: progress,
	})
	if errors.Is(err, store.ErrEmpty) {
		if err = nil; known.End.Segment > 0 {
			err = at.gone()
		}
	}
	s.Segments, s.Blocks, s.IndexEntries = found.Segments, found.Blocks, found.IndexEntries
	s.Records, s.Messages, s.Gaps = found.Records, found.Messages, found.Gaps
	s.Bytes, s.Tail, s.Unindexed, s.Damage = uint64(found.Bytes), uint64(found.Tail), uint64(found.Unindexed), found.Damage
	var c *CorruptError
	if errors.As(err, &c) {
		s.Damage, err = append(s.Damage, c), nil
	}
	return s, err
}

// bytes is how many there are to be read.
func (r *Reader) bytes(logs []logAt) (total int64) {
	for i := range logs {
		names, _ := r.fs.ReadDir(logs[i].dir)
		for _, name := range names {
			if info, err := r.fs.Stat(filepath.Join(logs[i].dir, name)); err == nil && strings.HasSuffix(name, ".seg") {
				total += info.Size()
			}
		}
	}
	return total
}

// meter adds up how much is done.
type meter struct {
	report      func(done, total int64)
	done, total int64
}

func (m *meter) add(n int64) {
	m.done += n
	if m.report != nil {
		m.report(min(m.done, m.total), m.total)
	}
}

// cancelled is a file system in which nothing can be read any more once ctx has ended: a segment may take long.
type cancelled struct {
	disk.FS
	ctx context.Context
}

func (c cancelled) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return cancelledFile{f, c.ctx}, nil
}

type cancelledFile struct {
	disk.File
	ctx context.Context
}

func (f cancelledFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}
