package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// A repair of a log goes by its segments, which it never changes, and brings all else in its directory into line with
// them:
//
//	00000001.seg   good blocks  ─────► index   ─────► catalogue     as the writer would have made them
//	00000002.seg   damaged: named, and left as it is
//	whatever does not belong here ─────────────────────────────────► quarantine
//
// First it is planned, which reads every byte and changes nothing, so that a person can be told what it would do. Each
// deed stands for itself: one that a crash keeps from being done is found again by the next plan.

// RepairOptions say what a repair is of.
type RepairOptions struct {
	Known      Known
	Checkpoint bool   // … comes from a checkpoint: a segment behind its end was never acknowledged
	Quarantine string // directory that takes what does not belong into the log's

	Progress func(bytes int64) // told how many bytes of segments are done since it was told last; may be nil
}

// Act is what a repair does to a file.
type Act uint8

const (
	Rebuild Act = iota + 1 // it is made anew from the segments
	Move                   // it is put into quarantine as it is
)

// Deed is one thing that a repair does.
type Deed struct {
	Act     Act
	Path    string
	To      string // where Move puts it
	Why     string
	content []byte // what Rebuild makes of it
}

// Repair is what there is to be done about a log, and what it will leave.
type Repair struct {
	Deeds  []Deed
	Report Report // of the segments; its Damage is what no repair mends

	fs disk.FS
}

// PlanRepair says what there is to be done about the log in dir, of which no writer may be alive. It writes nothing. An
// error says that the directory cannot be read, or holds nothing of the log; then it is left as it is.
func PlanRepair(fsys disk.FS, dir string, o RepairOptions) (*Repair, error) {
	p := planning{plan: &Repair{fs: fsys}, o: o, moved: map[uint32]bool{}, taken: map[string]bool{}}
	r, err := openReader(fsys, dir, &o.Known, nil)
	if err != nil {
		return nil, err
	}
	p.verification = newVerification(r, VerifyOptions{Progress: o.Progress})
	p.blocked, p.ended = p.collect, p.index
	for _, step := range []func() error{p.foreign, p.strangers, p.prove, p.catalogues} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.plan.Report = p.verification.report
	return p.plan, nil
}

// Do does what was planned, durably, and stops at the first error. What was done stays done.
func (r *Repair) Do() error {
	for i := range r.Deeds {
		d := &r.Deeds[i]
		err := error(nil)
		switch d.Act {
		case Rebuild:
			err = disk.WriteFile(r.fs, d.Path, d.content)
		case Move:
			err = MoveAside(r.fs, d.Path, d.To)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MoveAside moves a file to another directory of its file system, which is made if need be, durably: at no time does a
// power cut leave it under neither name.
func MoveAside(fsys disk.FS, path, to string) error {
	dir := filepath.Dir(to)
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	if err := fsys.SyncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := fsys.Rename(path, to); err != nil {
		return err
	}
	return errors.Join(fsys.SyncDir(dir), fsys.SyncDir(filepath.Dir(path)))
}

// AsideName is a name in a quarantine directory for a file of a log's directory, or of the archive's when log is empty,
// that nothing there has, nor any in taken, which then has it.
func AsideName(fsys disk.FS, quarantine, log, name string, taken map[string]bool) string {
	const tail = 48 // of a name that somebody else chose; what a log's directory is called has 200 at most
	name = name[max(0, len(name)-tail):]
	if log != "" {
		name = log + "." + name
	}
	path := filepath.Join(quarantine, name)
	for i := 2; ; i++ {
		if _, err := fsys.Stat(path); errors.Is(err, fs.ErrNotExist) && !taken[path] {
			taken[path] = true
			return path
		}
		path = filepath.Join(quarantine, name+"."+strconv.Itoa(i))
	}
}

// planning is a PlanRepair under way.
type planning struct {
	*verification
	o    RepairOptions
	plan *Repair

	moved   map[uint32]bool // segments that will not be here any more
	taken   map[string]bool // names in quarantine that are spoken for
	all     []span          // blocks of the segment at hand
	entries []span          // of the catalogue
	listed  []span          // what the catalogue says now
	loaded  bool
}

func (p *planning) move(path, format string, args ...any) {
	p.plan.Deeds = append(p.plan.Deeds, Deed{
		Act: Move, Path: path, Why: fmt.Sprintf(format, args...),
		To: AsideName(p.fs, p.o.Quarantine, filepath.Base(p.dir), filepath.Base(path), p.taken),
	})
}

// foreign moves segments that are another's, and those of which nothing can be read and nothing was acknowledged. A log
// of which nothing else is there has been refused already.
func (p *planning) foreign() error {
	numbers, err := p.numbers()
	if err != nil {
		return err
	}
	for _, n := range numbers {
		why, err := p.strange(n)
		if err != nil {
			return err
		}
		if why != nil {
			p.moved[n] = true
			p.move(segmentPath(p.dir, n), "%v", why)
		}
	}
	return p.leaveOut(numbers)
}

// strange says why a segment does not belong here.
func (p *planning) strange(n uint32) (why, err error) {
	src, err := p.source(n)
	if err != nil {
		return nil, err
	}
	defer src.close()
	h, err := src.header()
	switch {
	case errors.Is(err, ErrTooNew):
		return nil, p.corrupt(n, err)
	case err == nil:
		return h.belongs(p.archive, p.log, n), nil
	case bad(err) == nil:
		return nil, err
	}
	why = bad(err).reason
	if !p.o.Checkpoint || n <= p.o.Known.End.Segment || src.size == 0 {
		return nil, nil // it may be all that is left of what was acknowledged
	}
	found, err := anyBlock(src, seedOf(p.base, n), headerSize(p.log))
	if found || err != nil {
		return nil, err
	}
	return why, nil
}

// leaveOut makes the Reader one of the segments that stay.
func (p *planning) leaveOut(numbers []uint32) error {
	if len(p.moved) == 0 {
		return nil
	}
	stay := slices.DeleteFunc(numbers, func(n uint32) bool { return p.moved[n] })
	stay, err := p.withoutBeginning(stay)
	if err != nil {
		return err
	}
	p.Reader.segments = nil
	for i, n := range stay {
		p.Reader.segments = append(p.Reader.segments,
			&segment{reader: p.Reader, number: n, stale: true, sealed: i < len(stay)-1})
	}
	return nil
}

// strangers moves what is no file of a log, and indexes without a segment.
func (p *planning) strangers() error {
	names, err := p.fs.ReadDir(p.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := segmentNumber(name); ok || name == catalogueName {
			continue
		}
		path := filepath.Join(p.dir, name)
		of, ok := segmentNumber(strings.TrimSuffix(name, indexSuffix) + segmentSuffix)
		switch {
		case !ok || !strings.HasSuffix(name, indexSuffix):
			p.move(path, "it is no file of a log")
		case p.moved[of]:
			p.move(path, "its segment does not belong here")
		case !slices.Contains(names, filepath.Base(segmentPath(p.dir, of))):
			p.move(path, "there is no segment that it could be the index of")
		}
	}
	return nil
}
