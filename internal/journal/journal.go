package journal

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Options say whose journal it is and how much room it may take. Zero sizes are the defaults.
type Options struct {
	Archive    [16]byte
	Generation record.Generation
	FileBytes  int64 // a file begins a new lap when the next batch would pass this
	FilesMax   int   // at least 2: one is always being written
}

const (
	defaultFileBytes = 64 << 20
	defaultFilesMax  = 16
)

// Journal is open for writing. Make it with Open.
type Journal struct {
	fsys disk.FS
	dir  string
	o    Options
	seed uint32

	// Owned by the sink.
	batch   builder
	live    map[record.Handle]record.LogID // as of the beginning of the batch
	changes []change                       // that the batch brings
	number  uint64                         // of the last batch that was written
	lap     uint64                         // the last that was tried
	spoiled bool                           // the place behind the last batch is half-written
	first   []byte                         // what a file begins with, in the making

	// Owned by the syncer.
	syncing []*file

	mu      sync.Mutex // guards what follows; never held during I/O on a path that waits for a disk
	files   []*file
	current *file           // the last that took a batch; nil before the first
	end     Mark            // behind the last batch
	upTo    record.Position // of the last batch
	synced  Mark            // everything before it is durable
	durable record.Position // everything before it is durable
}

// change is what the batch being built does to the live handles. It takes effect for files that begin after it.
type change struct {
	handle record.Handle
	id     record.LogID
	forget bool
}

// Open opens the journal in dir for writing, once recovery has read it. A durable checkpoint covers everything
// before after. What lies behind it stays until Free; files that hold nothing behind it are used again. Nothing is
// written before the first Write.
func Open(fsys disk.FS, dir string, o Options, after Mark) (*Journal, error) {
	if o.FileBytes == 0 {
		o.FileBytes = defaultFileBytes
	}
	if o.FilesMax == 0 {
		o.FilesMax = defaultFilesMax
	}
	if o.FileBytes < 2*headerPage || o.FilesMax < 2 || o.Generation == 0 {
		return nil, fmt.Errorf("a journal of %d files of %d bytes, generation %d", o.FilesMax, o.FileBytes, o.Generation)
	}
	if err := errors.Join(fsys.MkdirAll(dir), fsys.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, err
	}
	found, err := survey(fsys, dir, o.Archive)
	if err != nil {
		return nil, err
	}
	j := &Journal{
		fsys: fsys, dir: dir, o: o, seed: seedOf(o.Archive),
		live: map[record.Handle]record.LogID{},
		end:  found.fresh(after),
	}
	j.lap = j.end.Lap - 1
	j.files, err = j.adopt(found, after)
	return j, err
}

// Register makes h stand for id from the batch being built on. Each later file begins with the handles that live.
func (j *Journal) Register(h record.Handle, id record.LogID) {
	j.batch.register(h, id)
	j.changes = append(j.changes, change{handle: h, id: id})
}

// Forget ends what Register began, after the batch being built.
func (j *Journal) Forget(h record.Handle) {
	j.changes = append(j.changes, change{handle: h, forget: true})
}

// Add puts an extent in the batch being built. b is copied.
func (j *Journal) Add(h record.Handle, segment uint32, offset int64, b []byte) {
	j.batch.add(h, segment, offset, b)
}

// Abandon forgets the batch being built.
func (j *Journal) Abandon() {
	j.batch.reset()
	clear(j.changes)
	j.changes = j.changes[:0]
}

// Write writes the batch, as one write. upTo says that everything before this position is in it or was in those
// before. nil means that the batch is in the page cache and a new one has begun. After an error the batch is kept, may
// grow, and Write may be called again: it goes to another file then, rather than trust a half-written place. Without
// entries there is nothing to write, and everything before upTo is as durable as the last batch.
func (j *Journal) Write(upTo record.Position) error {
	if j.batch.entries == 0 {
		j.written(nil, j.End(), upTo)
		return nil
	}
	f, at, synced, fits := j.place()
	if !fits {
		return j.begin(upTo, synced)
	}
	j.batch.seal(j.seed, batchHeader{
		at: at, number: j.number + 1, synced: synced, upTo: upTo, generation: j.o.Generation,
	})
	if _, err := f.handle.WriteAt(j.batch.buf, at.Offset); err != nil {
		j.spoiled = true
		return fmt.Errorf("%s: %d bytes at offset %d: %w", f.path, len(j.batch.buf), at.Offset, err)
	}
	j.number++
	j.written(f, Mark{at.Lap, at.Offset + int64(len(j.batch.buf))}, upTo)
	return nil
}

// place says where the batch goes, and whether it may go there.
func (j *Journal) place() (f *file, at, synced Mark, fits bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f = j.current
	fits = f != nil && !j.spoiled && !f.failed && j.end.Offset+int64(len(j.batch.buf)) <= j.o.FileBytes
	return f, j.end, j.synced, fits
}

// begin writes the batch as the first of a fresh lap: header page, the registrations of all that live, and the batch,
// in one write. Until that has succeeded nothing has changed but the number of the lap.
func (j *Journal) begin(upTo record.Position, synced Mark) error {
	f, err := j.claim()
	if err != nil {
		return err
	}
	j.lap++
	batches := j.compose(upTo, synced)
	if _, err := f.handle.WriteAt(j.first, 0); err != nil {
		j.release(f, j.lap)
		return fmt.Errorf("%s: %d bytes at the beginning: %w", f.path, len(j.first), err)
	}
	j.spoiled = false
	j.number += batches
	j.written(f, Mark{j.lap, int64(len(j.first))}, upTo)
	if cap(j.first) > keepBytesMax {
		j.first = nil
	}
	return nil
}

// compose puts in first what the file of a lap begins with, and counts the batches in it.
func (j *Journal) compose(upTo record.Position, synced Mark) (batches uint64) {
	h := fileHeader{archive: j.o.Archive, generation: j.o.Generation, lap: j.lap}
	if j.current != nil {
		h.follows = j.end
	}
	j.first = appendFileHeader(j.first[:0], &h)
	put := func(b *builder, upTo record.Position) {
		batches++
		b.seal(j.seed, batchHeader{
			at: Mark{j.lap, int64(len(j.first))}, number: j.number + batches,
			synced: synced, upTo: upTo, generation: j.o.Generation,
		})
		j.first = append(j.first, b.buf...)
	}
	if len(j.live) > 0 {
		var registrations builder
		for _, h := range slices.Sorted(maps.Keys(j.live)) {
			registrations.register(h, j.live[h])
		}
		put(&registrations, j.upTo)
	}
	put(&j.batch, upTo)
	return batches
}

// written publishes what f took, and begins the next batch.
func (j *Journal) written(f *file, end Mark, upTo record.Position) {
	j.mu.Lock()
	j.upTo = upTo
	if f != nil {
		j.end = end
		f.took(end)
		j.current = f
	}
	j.mu.Unlock()
	for _, c := range j.changes {
		if c.forget {
			delete(j.live, c.handle)
		} else {
			j.live[c.handle] = c.id
		}
	}
	j.Abandon()
}

// End is where the next batch goes: everything written so far lies before it.
func (j *Journal) End() Mark {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.end
}

// Bytes is how much the journal holds that no checkpoint covers.
func (j *Journal) Bytes() (n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		n += f.uncovered()
	}
	return n
}

// Full reports that Write would return ErrFull with the batch as it is now.
func (j *Journal) Full() bool {
	if _, _, _, fits := j.place(); fits {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	f, create := j.choose()
	return f == nil && !create
}

// Close closes the files. It does not sync them.
func (j *Journal) Close() (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		err = errors.Join(err, f.close())
	}
	return err
}
