package journal

import (
	"errors"
	"fmt"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Sync makes durable what was written before it was called, and returns the position before which everything is. Write
// may go on meanwhile.
//
// A file whose sync failed is never synced again: the kernel reports a failed write once and then calls the pages clean.
// What it held counts as not durable, so the position stays where it was, and each Sync says so, until a checkpoint
// covers all of the file. Batches go on in other files.
func (j *Journal) Sync() (record.Position, error) {
	end, upTo, names := j.collect()
	err := j.syncNames(names)
	for i := 0; i < len(j.syncing) && err == nil; i++ {
		if err = j.syncing[i].handle.Sync(); err != nil {
			err = fmt.Errorf("%s: sync: %w", j.syncing[i].path, err)
			j.fail(j.syncing[i:i+1], j.syncing[i+1:])
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		if f.lost && err == nil {
			err = fmt.Errorf("%s: an earlier sync failed; a checkpoint must cover it before the journal is durable again", f.path)
		}
	}
	if err != nil {
		return j.durable, err
	}
	j.synced, j.durable = end, upTo
	return upTo, nil
}

// collect takes the files that have something to sync, and what will be durable then.
func (j *Journal) collect() (end Mark, upTo record.Position, names bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.syncing = j.syncing[:0]
	for _, f := range j.files {
		if f.dirty {
			j.syncing = append(j.syncing, f)
			names = names || f.created
			f.dirty, f.created = false, false
		}
	}
	return j.end, j.upTo, names
}

// syncNames makes the names of new files durable: without them what the files hold is not found again.
func (j *Journal) syncNames(names bool) error {
	if !names {
		return nil
	}
	err := j.fsys.SyncDir(j.dir)
	if err != nil {
		err = fmt.Errorf("%s: sync: %w", j.dir, err)
		j.fail(j.syncing, nil)
	}
	return err
}

// fail gives up failed files. The others have not been synced yet.
func (j *Journal) fail(failed, others []*file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range failed {
		// The stores' buffers hold the same bytes as the batches of a failed file, so the next checkpoint makes them
		// durable; until then a power cut may take them.
		f.failed, f.lost = true, f.uncovered() > 0
	}
	for _, f := range others {
		f.dirty = f.used
	}
}

// Forgive says that what failed files hold was written again, to others: Sync complains of them no more.
func (j *Journal) Forgive() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		f.lost = false
	}
}

// Remove closes the journal and removes its files: nothing in them is needed any more.
func (j *Journal) Remove() error {
	err := j.Close()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		err = errors.Join(err, j.fsys.Remove(f.path))
	}
	return errors.Join(err, j.fsys.SyncDir(j.dir))
}

// Free says that a durable checkpoint covers everything before m: files that lie wholly before it are used again.
func (j *Journal) Free(m Mark) {
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := j.files[:0]
	for _, f := range j.files {
		j.cover(f, m)
		if f.failed && !f.used && !f.claimed {
			// Its blocks are not to be trusted; a new file gets others. If it cannot be removed it stays as it is,
			// and a later Open will find a checkpoint that covers it.
			_ = errors.Join(f.close(), j.fsys.Remove(f.path))
			continue
		}
		kept = append(kept, f)
	}
	clear(j.files[len(kept):])
	j.files = kept
}

func (j *Journal) cover(f *file, m Mark) {
	switch {
	case !f.used || m.Lap < f.lap:
		return
	case m.Lap == f.lap:
		f.covered = max(f.covered, min(m.Offset, f.end))
	default:
		f.covered = f.end
	}
	if f.covered < f.end {
		return
	}
	f.lost = false
	if f != j.current {
		f.used, f.dirty = false, false
	}
}
