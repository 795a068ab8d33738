package fixarchive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// RepairOptions say what Repair may do. The zero value asks for all that loses nothing, in every session.
type RepairOptions struct {
	Sessions []string // names as Reader.Session takes them; none: all, and what belongs to none
	DryRun   bool     // say what would be done, and change nothing

	// Checkpoint makes a new checkpoint of the logs as they are when there is none that can be read, provided that every
	// log is whole. Given up for it is what only the old one knew: whether acknowledged records at the end of a log, or
	// whole logs, are missing.
	Checkpoint bool

	Progress func(done, total int64) // told how many bytes of how many have been read; may be nil
}

// RepairReport is what a Repair did, or would do, and what it leaves.
type RepairReport struct {
	DryRun   bool
	Sessions int
	Deeds    []Deed
	Left     []LeftDamage
}

// Act is what a repair does to a file.
type Act string

const (
	Rebuilt Act = "rebuilt" // made anew of what the segments hold
	Moved   Act = "moved"   // put into quarantine as it was
)

// Deed is one thing that a repair did, or would do.
type Deed struct {
	Session string // empty for what belongs to none
	Act     Act
	Path    string
	To      string // where what was moved lies now
	Why     string
}

// LeftDamage is what no repair mends: records are never changed, and nothing is made up.
type LeftDamage struct {
	Session string // empty for what belongs to none
	*CorruptError
	Remedy string // what a person can do
}

// ErrUnclean says that the last writer did not close the archive: what it left is to be recovered first.
var ErrUnclean = errors.New("the archive was not closed")

const (
	remedyRestore    = "restore the file from a backup; until then what is good around the damage is served"
	remedyCheckpoint = "restore it from a backup; or fixarchive repair --checkpoint makes one of the sessions as they are, after which nobody can tell whether acknowledged records at their ends are missing"
	remedyNewer      = "use the version that wrote it"
	remedyPlace      = "put the log's own files there from a backup, and what is there now where it belongs"
	remedyAgain      = "make it readable and repair again"
)

// Repair makes what is derived anew where it is missing, stale, damaged or another's: indexes, catalogues, the status
// file; byte for byte as the writer would have made it. What lies in a log's directory and does not belong there is moved
// to quarantine. No byte of a record is ever changed and nothing is deleted; damage to records is named in the report.
//
// The archive must be closed, and nobody may write to it: the errors are ErrUnclean and *HeldError. A repair that was cut
// short is simply run again.
func Repair(ctx context.Context, path string, o RepairOptions) (report RepairReport, err error) {
	r, err := OpenReader(path)
	if err != nil {
		return report, err
	}
	r.fs = cancelled{disk.OS(r.modes()), ctx}
	release, err := r.holdForRepair(o.DryRun)
	if err != nil {
		return report, err
	}
	p := repair{Reader: r, o: o, ends: map[record.LogID]record.Snapshot{}, taken: map[string]bool{}}
	p.report.DryRun = o.DryRun
	err = errors.Join(p.run(ctx), release())
	return p.report, err
}

// modes are those of the archive's own files: what is made anew gets them too.
func (r *Reader) modes() (m disk.Modes) {
	if info, err := r.fs.Stat(r.at("meta")); err == nil {
		m.File = info.Mode().Perm()
	}
	if info, err := r.fs.Stat(r.path); err == nil {
		m.Dir = info.Mode().Perm()
	}
	return m
}

// holdForRepair keeps writers out. A dry run only looks whether there is one: a lock says in its file whose it is.
func (r *Reader) holdForRepair(dry bool) (release func() error, err error) {
	if !dry {
		l, err := hold(r.at("lock"), r.path, ", to repair it")
		if err != nil {
			return nil, err
		}
		return l.Release, nil
	}
	holder, held, err := disk.LockHolder(r.at("lock"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if held {
		return nil, &HeldError{Path: r.path, Holder: holder}
	}
	return func() error { return nil }, nil
}

// repair is a Repair under way.
type repair struct {
	*Reader
	o      RepairOptions
	report RepairReport

	meta  *journal.Meta
	point *journal.Checkpoint // nil when it cannot be read
	ends  map[record.LogID]record.Snapshot
	taken map[string]bool // names in quarantine that are spoken for
}

func (p *repair) run(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return err
	}
	logs, err := p.named(p.o.Sessions)
	if err != nil {
		return err
	}
	m := meter{report: p.o.Progress, total: p.bytes(logs)}
	for i := range logs {
		if err := p.log(ctx, &logs[i], m.add); err != nil {
			return err
		}
	}
	if len(p.o.Sessions) > 0 {
		return nil
	}
	return errors.Join(p.status(), p.checkpoint())
}

// begin makes sure that all that was acknowledged is in the logs, and reads where they end.
func (p *repair) begin() (err error) {
	if p.meta, err = journal.ReadMeta(p.fs, p.at("meta")); err != nil { // again: now nobody writes to it
		return ours(err)
	}
	p.point, err = p.readCheckpoint()
	early := errors.Is(err, fs.ErrNotExist) && p.meta.Generation <= 1 // its first writer died before it made one
	switch {
	case p.meta.Open && err != nil && !early:
		return fmt.Errorf("%s: %w, and what its writer left cannot be recovered, since the checkpoint cannot be read: restore that from a backup: %w", p.path, ErrUnclean, err)
	case p.meta.Open:
		return fmt.Errorf("%s: %w: run fixarchive recover first", p.path, ErrUnclean)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrCorrupt):
		p.point, err = nil, nil
	}
	return err
}

// log repairs one log. What cannot be done about it keeps nothing from the others.
func (p *repair) log(ctx context.Context, at *logAt, progress func(int64)) error {
	known := p.known(at)
	plan, err := store.PlanRepair(p.fs, at.dir, store.RepairOptions{
		Known: known, Checkpoint: p.point != nil, Quarantine: p.at("quarantine"), Progress: progress,
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.report.Sessions++
	switch {
	case errors.Is(err, store.ErrEmpty) && known.End.Segment == 0:
		return nil
	case errors.Is(err, store.ErrEmpty):
		p.left(at.name, at.gone(), remedyRestore)
		return nil
	case err != nil:
		p.unplanned(at, err)
		return nil
	}
	if !p.o.DryRun {
		if err := plan.Do(); err != nil {
			return err
		}
	}
	for _, d := range plan.Deeds {
		act := Rebuilt
		if d.Act == store.Move {
			act = Moved
		}
		p.report.Deeds = append(p.report.Deeds, Deed{Session: at.name, Act: act, Path: d.Path, To: d.To, Why: d.Why})
	}
	for _, c := range plan.Report.Damage {
		p.left(at.name, c, remedyRestore)
	}
	if plan.Report.Tail == 0 && len(plan.Report.Damage) == 0 {
		p.ends[at.id] = plan.Report.End
	}
	return nil
}

// left notes what stays as it is, and what a person can do about it.
func (p *repair) left(session string, c *CorruptError, remedy string) {
	if strings.Contains(c.Reason, store.ErrTooNew.Error()) {
		remedy = remedyNewer
	}
	p.report.Left = append(p.report.Left, LeftDamage{Session: session, CorruptError: c, Remedy: remedy})
}

// unplanned notes a log that was left alone.
func (p *repair) unplanned(at *logAt, err error) {
	c := &CorruptError{Path: at.dir, Reason: err.Error()}
	remedy := remedyAgain
	if errors.As(err, &c) {
		remedy = remedyPlace
	}
	p.left(at.name, c, remedy)
}

// status makes the status file of a closed archive anew when it says nothing of this generation. What only the writer
// knew, when it last was there and how much it took, stays unknown.
func (p *repair) status() error {
	path := p.at("status")
	said, err := journal.ReadStatus(p.fs, path)
	why := ""
	switch {
	case errors.Is(err, journal.ErrTooNew):
		p.left("", &CorruptError{Path: path, Reason: err.Error()}, remedyNewer)
		return nil
	case errors.Is(err, fs.ErrNotExist):
		why = "it is missing"
	case errors.Is(err, journal.ErrCorrupt):
		why = err.Error()
	case err != nil:
		return err
	case said.Archive != p.meta.Archive:
		why = fmt.Sprintf("it is of archive %x", said.Archive)
	case said.Generation != p.meta.Generation || !said.Clean:
		why = fmt.Sprintf("it is of generation %d, closed %v; the last was %d and was closed", said.Generation, said.Clean, p.meta.Generation)
	default:
		return nil
	}
	p.report.Deeds = append(p.report.Deeds, Deed{Act: Rebuilt, Path: path, Why: why})
	if p.o.DryRun {
		return nil
	}
	return journal.ReplaceStatus(p.fs, path, &journal.Status{Archive: p.meta.Archive, Generation: p.meta.Generation, Clean: true})
}
