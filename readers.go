package fixarchive

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Readers reads several archives as one: each host, each gateway process and each import has its own. Within an archive
// records are in the order of their capture; archives are merged by time, which is as good as their clocks are.
//
// A session that several archives hold, as after a failover, is one session here; Message.Archive tells which archive a
// record came from. Epochs are counted by each archive for itself.
type Readers struct {
	all []*Reader
	bad error // archives in a folder that could not be opened
}

// folderDepth is how deep below a folder archives are looked for: a site, a host, a process.
const folderDepth = 3

// OpenReaders opens archives, and all archives below folders. Beneath an archive lie those that were imported into it, in
// imports/. An archive that is named and cannot be opened is an error; one that is found is told of where records are
// read, beside what the others hold.
func OpenReaders(paths ...string) (*Readers, error) {
	rs := &Readers{}
	for _, path := range paths {
		if !isArchive(path) && isFolder(path) {
			before := len(rs.all)
			rs.find(path, folderDepth)
			if len(rs.all) == before {
				return nil, errors.Join(rs.bad, fmt.Errorf("%s: %w: it has no file named meta, and no archive lies below it; name an archive's directory, or a folder of archives", path, ErrNotArchive))
			}
			continue
		}
		r, err := OpenReader(path)
		if err != nil {
			return nil, err
		}
		rs.add(r)
		rs.find(filepath.Join(path, importsDir), 1)
	}
	return rs, nil
}

// importsDir is where imports into an archive lie, each an archive of its own.
const importsDir = "imports"

// isArchive looks for the file that every archive has.
func isArchive(path string) bool {
	_, err := os.Stat(filepath.Join(path, "meta"))
	return err == nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// find opens the archives in a folder, and in the folders in it, in the order of their names.
func (rs *Readers) find(dir string, depth int) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		rs.bad = errors.Join(rs.bad, err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case !isFolder(path): // a link to one is one
		case !isArchive(path):
			if depth > 1 {
				rs.find(path, depth-1)
			}
		default:
			if r, err := OpenReader(path); err != nil {
				rs.bad = errors.Join(rs.bad, err)
			} else {
				rs.add(r)
			}
			rs.find(filepath.Join(path, importsDir), 1)
		}
	}
}

// add adds an archive, once: a folder may be named beside an archive in it. A copy of an archive is another one here.
func (rs *Readers) add(r *Reader) {
	for _, other := range rs.all {
		if a, err := os.Stat(other.path); err == nil {
			if b, err := os.Stat(r.path); err == nil && os.SameFile(a, b) {
				return
			}
		}
	}
	r.name = r.path
	rs.all = append(rs.all, r)
}

// All returns a Reader for each archive.
func (rs *Readers) All() []*Reader { return slices.Clone(rs.all) }

// Close lets go of all Readers.
func (rs *Readers) Close() error {
	var failed error
	for _, r := range rs.all {
		failed = errors.Join(failed, r.Close())
	}
	return failed
}

// Names lists the names of the sessions of all archives.
func (rs *Readers) Names() ([]string, error) {
	var all []string
	for _, r := range rs.all {
		names, err := r.Names()
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Session returns the session of a name, as Reader.Session finds it among those of all archives: once for each archive that
// has it. With a *CorruptError comes what can be said of the session.
func (rs *Readers) Session(name string) (found []Session, failed error) {
	if name, failed = rs.whole(name); failed != nil {
		return nil, failed
	}
	for _, r := range rs.all {
		names, err := r.Names()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			continue
		}
		s, err := r.Session(name)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return nil, err
		}
		failed = errors.Join(failed, err)
		found = append(found, s)
	}
	return found, failed
}

// whole is the whole name of the session that a name means.
func (rs *Readers) whole(name string) (string, error) {
	names, err := rs.Names()
	if err != nil {
		return "", err
	}
	at, err := findName(names, name, rs.place())
	if err != nil {
		return "", err
	}
	return names[at], nil
}

// place is what errors call all of it.
func (rs *Readers) place() string {
	if len(rs.all) == 1 {
		return rs.all[0].path
	}
	return fmt.Sprintf("%s and %d more archives", rs.all[0].path, len(rs.all)-1)
}

// exact makes q ask for a session by its whole name, since another archive may have others that are like it.
func (rs *Readers) exact(q *Query) (err error) {
	if q.Session != "" && !q.exact {
		q.Session, err = rs.whole(q.Session)
		q.exact = true
	}
	return err
}

// Messages returns the records that q asks for, as Reader.Messages does, of all archives. With q.Reverse it goes the other
// way, the latest first.
func (rs *Readers) Messages(q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := rs.exact(&q); err != nil {
			yield(Message{}, err)
			return
		}
		if rs.bad != nil && !yield(Message{}, rs.bad) {
			return
		}
		each := make([]iter.Seq2[Message, error], len(rs.all))
		for i, r := range rs.all {
			each[i] = present(r.messages(q, mergeBytesMax/len(rs.all)))
		}
		limited(across(each, q.Reverse), q.Limit)(yield)
	}
}

// present leaves out that an archive does not have the session: another one has.
func present(all iter.Seq2[Message, error]) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for m, err := range all {
			if !errors.As(err, new(*NoSessionError)) && !yield(m, err) {
				return
			}
		}
	}
}

// across merges what comes of several archives by time, and leaves the order within each as it is.
func across(archives []iter.Seq2[Message, error], reverse bool) iter.Seq2[Message, error] {
	if len(archives) == 1 {
		return archives[0]
	}
	return func(yield func(Message, error) bool) {
		runs := make([]*run, len(archives))
		for i, all := range archives {
			next, stop := iter.Pull2(all)
			defer stop()
			runs[i] = &run{more: func() iter.Seq2[Message, error] { return pulled(next) }}
		}
		before := func(a, b *Message) bool { return a.Time.Before(b.Time) }
		if reverse {
			before = func(a, b *Message) bool { return b.Time.Before(a.Time) }
		}
		merged(runs, before, mergeBytesMax/2)(yield)
	}
}

func pulled(next func() (Message, error, bool)) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			m, err, ok := next()
			if !ok || !yield(m, err) {
				return
			}
		}
	}
}

// Last returns the last n records that q asks for, the latest last; q.Limit and q.Reverse are not looked at. Each has a Raw
// of its own. Where it meets damage it returns what it can, and a *CorruptError.
func (rs *Readers) Last(n int, q Query) (last []Message, failed error) {
	if n <= 0 {
		return nil, nil
	}
	if len(rs.all) == 1 {
		last, failed = rs.all[0].Last(n, q)
		return last, errors.Join(rs.bad, failed)
	}
	q.Limit, q.Reverse = n, true
	for m, err := range rs.Messages(q) {
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		last = append(last, m.Clone())
	}
	slices.Reverse(last)
	return last, failed
}

// Follow follows all archives, as Reader.Follow does one. Archives that come meanwhile are not seen.
func (rs *Readers) Follow(ctx context.Context, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := rs.exact(&q); err != nil {
			yield(Message{}, err)
			return
		}
		if rs.bad != nil && !yield(Message{}, rs.bad) {
			return
		}
		follow(ctx, q, rs.all...)(yield)
	}
}

// Count returns how many records of all archives q asks for, as Reader.Count does.
func (rs *Readers) Count(q Query, by CountBy) (map[string]uint64, error) {
	if err := rs.exact(&q); err != nil {
		return nil, err
	}
	total, failed := map[string]uint64{}, rs.bad
	for _, r := range rs.all {
		counts, err := r.Count(q, by)
		if errors.As(err, new(*NoSessionError)) {
			continue
		}
		failed = errors.Join(failed, err)
		for key, n := range counts {
			total[key] += n
		}
	}
	return total, failed
}

// EpochsHolding returns which epochs of q.Session, ascending, have a record that q asks for, in any of the archives.
func (rs *Readers) EpochsHolding(q Query) ([]uint32, error) {
	if err := rs.exact(&q); err != nil {
		return nil, err
	}
	var all []uint32
	for _, r := range rs.all {
		epochs, err := r.EpochsHolding(q)
		if err != nil && !errors.As(err, new(*NoSessionError)) {
			return nil, err
		}
		all = append(all, epochs...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Unclean says of each archive what a writer left undone that is gone, as Reader.Unclean does; by Reader.Name.
func (rs *Readers) Unclean() (map[string]*Unclean, error) {
	all := map[string]*Unclean{}
	for _, r := range rs.all {
		u, err := r.Unclean()
		if err != nil {
			return nil, err
		}
		if u != nil {
			all[r.path] = u
		}
	}
	return all, nil
}
