package fixarchive

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// logAt is a log of the archive, and where it lies.
type logAt struct {
	id   record.LogID
	name string // of id
	dir  string
	over []store.Extent // what the journal of a dead writer has of it and its segments lack

	acknowledged *record.Snapshot // what the last checkpoint says of it; nil if nothing
}

// logs lists the archive's logs in the order of their names. It opens none, but for those whose names are too long
// to stand in their directory's: 10,000 sessions must not cost 10,000 files to find one.
func (r *Reader) logs() ([]logAt, error) {
	all, _, err := r.logsAndDamage()
	return all, err
}

// logsAndDamage is logs, and the damage of the journal that the archive's last writer left.
func (r *Reader) logsAndDamage() (all []logAt, damage, err error) {
	point, err := r.checkpoint() // before any log is read: what it acknowledges must be found then
	if err != nil {
		return nil, nil, err
	}
	over, err := r.overlaid()
	if err != nil {
		return nil, nil, err
	}
	names, err := r.fs.ReadDir(r.at("logs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // an archive without a log has none
		return nil, nil, err
	}
	all, err = r.logsOf(names, over, point)
	return all, over.damaged(), err
}

// logsOf lists the logs of directories, and those that only the journal or the checkpoint knows.
func (r *Reader) logsOf(names []string, over *overlay, point map[record.LogID]*record.Snapshot) ([]logAt, error) {
	all := make([]logAt, 0, len(names))
	known := make(map[record.LogID]bool, len(names))
	for _, name := range names {
		l, ok, err := r.logIn(name, point)
		if err != nil {
			return nil, err
		}
		if ok {
			l.over = over.of[l.id]
			known[l.id] = true
			all = append(all, l)
		}
	}
	for id, extents := range over.of {
		if !known[id] {
			all = append(all, logAt{id: id, dir: r.at("logs", session.DirName(id)), over: extents})
		}
	}
	for id, s := range point {
		if _, has := over.of[id]; !known[id] && !has && s.Segment > 0 {
			all = append(all, logAt{id: id, dir: r.at("logs", session.DirName(id))})
		}
	}
	for i := range all {
		all[i].name = all[i].id.String()
		all[i].acknowledged = point[all[i].id]
	}
	slices.SortFunc(all, func(a, b logAt) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// logIn says which log a directory holds, if it holds one. Where its name does not lead there and no segment's header can
// be read, the checkpoint may know it.
func (r *Reader) logIn(name string, point map[record.LogID]*record.Snapshot) (l logAt, ok bool, err error) {
	l.dir = r.at("logs", name)
	r.mu.Lock()
	l.id, ok = r.ids[name]
	r.mu.Unlock()
	if ok {
		return l, true, nil
	}
	l.id, err = session.ParseDirName(name)
	if errors.Is(err, session.ErrHashedName) {
		var in *store.Reader
		if in, err = store.OpenReader(r.fs, l.dir); err == nil {
			l.id = in.Log()
		} else if id, found := named(point, name); found {
			l.id, err = id, nil
		} else if errors.Is(err, store.ErrEmpty) {
			return l, false, nil
		} else {
			return l, false, err
		}
	}
	if err != nil {
		return l, false, nil // not ours
	}
	r.mu.Lock()
	r.ids[name] = l.id
	r.mu.Unlock()
	return l, true, nil
}

// named is the log of a checkpoint that has a directory of that name.
func named(point map[record.LogID]*record.Snapshot, name string) (record.LogID, bool) {
	for id := range point {
		if session.DirName(id) == name {
			return id, true
		}
	}
	return record.LogID{}, false
}

// known is what the archive knows of a log beside its files: whose it is, and up to where it must be whole.
func (r *Reader) known(l *logAt) store.Known {
	k := store.Known{Archive: r.archive, Log: l.id}
	if l.acknowledged != nil {
		k.End = *l.acknowledged
	}
	return k
}

// open opens a log for reading. A directory that holds nothing but the records of another log, or of another archive,
// is damaged; one whose writer has made it and nothing in it yet is store.ErrEmpty.
func (r *Reader) open(l *logAt) (openLog, error) {
	in, err := store.OpenKnown(r.fs, l.dir, r.known(l), l.over...)
	if errors.Is(err, store.ErrEmpty) && l.acknowledged != nil && l.acknowledged.Segment > 0 {
		return openLog{}, l.gone()
	}
	if err != nil {
		return openLog{}, err
	}
	return openLog{logAt: *l, fs: r.fs, reader: r, source: string(l.id.Source), store: in}, nil
}

// checkpoint returns what the last checkpoint says of each log.
func (r *Reader) checkpoint() (map[record.LogID]*record.Snapshot, error) {
	point, err := r.readCheckpoint()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrCorrupt) {
		return nil, nil // then nobody says what must be there; Verify names it
	}
	if err != nil {
		return nil, err
	}
	of := make(map[record.LogID]*record.Snapshot, len(point.Logs))
	for i := range point.Logs {
		of[point.Logs[i].Log] = &point.Logs[i]
	}
	return of, nil
}

// readCheckpoint reads the checkpoint. One of another archive is a *CorruptError here.
func (r *Reader) readCheckpoint() (*journal.Checkpoint, error) {
	path := r.at("checkpoint")
	point, err := journal.ReadCheckpoint(r.fs, path)
	if err == nil && point.Archive != r.archive {
		return nil, &CorruptError{Path: path, Reason: fmt.Sprintf("it is of archive %x, want %x", point.Archive, r.archive)}
	}
	return point, ours(err)
}

// gone is the damage of a log of which nothing is left.
func (l *logAt) gone() *CorruptError {
	return &CorruptError{
		Path:   segmentPath(l.dir, l.acknowledged.Segment),
		Reason: fmt.Sprintf("there is no segment of the log, and sequence %d was acknowledged", l.acknowledged.State.Next-1),
	}
}

// findOf returns the log that q.Session names.
func (r *Reader) findOf(all []logAt, q *Query) (logAt, error) {
	if !q.exact {
		return r.find(all, q.Session)
	}
	at := slices.IndexFunc(all, func(l logAt) bool { return l.name == q.Session })
	if at < 0 {
		return logAt{}, &NoSessionError{Name: q.Session, Archive: r.path}
	}
	return all[at], nil
}

// find returns the log of a name or of a part of one.
func (r *Reader) find(all []logAt, name string) (logAt, error) {
	at, err := findName(namesOf(all), name, r.path)
	if err != nil {
		return logAt{}, err
	}
	return all[at], nil
}

func namesOf(all []logAt) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	return names
}
