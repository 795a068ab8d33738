package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// file is one of the journal's files, guarded by the journal's mutex. Only handle is used without it: set by the sink
// before the first batch is published, closed when neither sink nor syncer can reach the file any more.
type file struct {
	path    string
	handle  disk.File // nil until it is written to
	suspect uint64    // the lap that an error kept from beginning here; 0 after a write that succeeded

	lap     uint64
	covered int64 // a checkpoint covers everything before it
	end     int64 // behind the last batch
	claimed bool  // the sink is about to begin a lap here
	used    bool  // holds something that no checkpoint covers, or is being written
	created bool  // its name may not be durable: made by this process, or by one that may have died before its sync
	dirty   bool  // a batch was written since the last sync
	failed  bool  // a sync failed: what its pages hold proves nothing, and nothing more is written here
	lost    bool  // … and no checkpoint covers what it holds
}

// took notes a batch that ends at end. When a sync failed while it was being written it is as lost as the rest.
func (f *file) took(end Mark) {
	if !f.used || f.lap != end.Lap {
		f.covered = headerPage
	}
	f.lap, f.end, f.used, f.claimed, f.suspect = end.Lap, end.Offset, true, false, 0
	f.dirty, f.lost = !f.failed, f.failed
}

func (f *file) uncovered() int64 {
	if !f.used {
		return 0
	}
	return f.end - f.covered
}

func (f *file) close() error {
	if f.handle == nil {
		return nil
	}
	defer func() { f.handle = nil }()
	return f.handle.Close()
}

// adopt takes over the files of earlier openings. One that was created and never written is as good as one that is
// covered; one that cannot be read is left for whoever wants to know why.
func (j *Journal) adopt(found *surveyed, after Mark) (files []*file, err error) {
	for _, path := range found.empty {
		files = append(files, &file{path: path, created: true})
	}
	for _, l := range found.laps {
		f := &file{path: l.path, lap: l.header.lap, covered: headerPage, end: l.size, created: true}
		if f.used, err = j.holds(l, after); err != nil {
			return nil, err
		}
		if f.lap == after.Lap {
			f.covered = min(max(headerPage, after.Offset), f.end)
		}
		files = append(files, f)
	}
	return files, nil
}

// holds reports whether there is anything in a lap that a checkpoint at after does not cover.
func (j *Journal) holds(l lap, after Mark) (bool, error) {
	if l.header.lap != after.Lap {
		return l.header.lap > after.Lap, nil
	}
	b, err := load(j.fsys, l, nil)
	if err != nil {
		return false, err
	}
	_, _, ok := nextBatch(b, j.seed, l.header, max(headerPage, after.Offset))
	return ok, nil
}

// claim is a file for the next lap, open for writing. It is the sink's alone until release.
func (j *Journal) claim() (*file, error) {
	j.mu.Lock()
	f, create := j.choose()
	if f != nil {
		f.claimed = true
	}
	j.mu.Unlock()
	if create {
		created, err := j.create()
		if f == nil {
			return created, err
		}
		if err == nil {
			j.unclaim(f)
			return created, nil
		}
	}
	if f == nil {
		return nil, fmt.Errorf("%s: %w", j.dir, ErrFull)
	}
	if f.handle == nil {
		handle, err := j.fsys.OpenFile(f.path, 0)
		if err != nil {
			j.release(f, j.lap+1)
			return nil, err
		}
		f.handle = handle
	}
	return f, nil
}

// unclaim gives f back as it is.
func (j *Journal) unclaim(f *file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f.claimed = false
}

// release gives f back after lap could not begin in it.
func (j *Journal) release(f *file, lap uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f.claimed, f.suspect = false, lap
}

// choose picks the file for the next lap, and says whether to create one first. A file whose blocks were written
// long ago is the best; one that has just refused a write is the last resort. Called with the mutex held.
func (j *Journal) choose() (f *file, create bool) {
	for _, g := range j.files {
		if g.used {
			continue
		}
		if f == nil || g.suspect < f.suspect || g.suspect == f.suspect && g.lap < f.lap {
			f = g
		}
	}
	return f, (f == nil || f.suspect != 0) && len(j.files) < j.o.FilesMax
}

func (j *Journal) has(path string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.files, func(f *file) bool { return f.path == path })
}

// create makes a file of the next free name. It grows by being written.
func (j *Journal) create() (*file, error) {
	for n := 1; ; n++ {
		path := filepath.Join(j.dir, fmt.Sprintf("%04d%s", n, suffix))
		if j.has(path) {
			continue
		}
		handle, err := j.fsys.OpenFile(path, os.O_CREATE|os.O_EXCL)
		if errors.Is(err, os.ErrExist) {
			continue // another archive's, or unreadable
		}
		if err != nil {
			return nil, err
		}
		f := &file{path: path, handle: handle, created: true, claimed: true}
		j.mu.Lock()
		j.files = append(j.files, f)
		j.mu.Unlock()
		return f, nil
	}
}
