// Package journal makes a batch durable for all sessions at once, and keeps the small files that say where an
// archive stands: checkpoint, meta, status.
//
// A batch holds what one turn of the sink wrote to any number of logs, as extents: these bytes, at this offset of
// that segment. Redo is the same write again, so it may be done twice. One write puts a batch in the page cache,
// where a crash of the process leaves it; one sync of one file makes every session in it safe from a power cut.
//
// The files are few and used again and again. Each use of a file is a lap, with a number of its own:
//
//	0001.journal  │ header: lap 7 │ batch │ batch │ batch ┊ end; behind it, what lap 4 left
//	0002.journal  │ header: lap 8, follows lap 7 ┊ end │ registrations │ batch │ …
//	0003.journal  │ header: lap 6 … all covered by the checkpoint: the next to be used again
//
// Nothing that an earlier lap left passes as part of a later one: the checksum of a batch's header covers its lap
// and its place and begins with the archive's identity.
//
// What End marked when a checkpoint began, Free is told when the checkpoint is durable. A file is used again only
// when a checkpoint covers all of it. A batch is never appended to a lap that another process began, nor to
// one that an error has touched: what comes next goes to a fresh lap that says where it goes on.
//
// Register, Forget, Add, Abandon, Write and Full belong to one goroutine, the sink. Sync belongs to one other, the syncer, and
// runs beside Write. Free, Forgive, End and Bytes may be called by any. Close and Remove end all that. Read works on files alone, in any process, also
// while they are written.
//
// The package does not know what the bytes mean, does not decide when to sync, and never retries a sync.
package journal

import (
	"errors"
	"fmt"
)

var (
	// ErrFull says that no file can be used until a checkpoint covers one.
	ErrFull = errors.New("every journal file holds batches that no checkpoint covers")
	// ErrTooNew says that a newer version of the program wrote the file. Only an upgrade helps.
	ErrTooNew = errors.New("written by a newer version")
	// ErrCorrupt says that bytes that were acknowledged are damaged or missing. A *CorruptError says where.
	ErrCorrupt = errors.New("corrupt")
	// ErrForeign says that a file belongs to another archive.
	ErrForeign = errors.New("belongs to another archive")
)

// CorruptError is damage in bytes that had been acknowledged. errors.Is(err, ErrCorrupt) holds.
type CorruptError struct {
	Path   string
	Offset int64
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: corrupt at offset %d: %s", e.Path, e.Offset, e.Reason)
}

// Unwrap makes errors.Is see ErrCorrupt.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// Mark is a place in the journal, between two batches.
type Mark struct {
	Lap    uint64 // from 1
	Offset int64  // in that lap's file
}

// Before reports whether m comes before n.
func (m Mark) Before(n Mark) bool {
	return m.Lap < n.Lap || m.Lap == n.Lap && m.Offset < n.Offset
}

func (m Mark) String() string { return fmt.Sprintf("lap %d, offset %d", m.Lap, m.Offset) }
