// Package store keeps one log's records in files, finds them again, and proves them.
//
//	<root>/<log>/00000001.seg   │ header: identity, state │ block │ block │ …            sealed, immutable
//	             00000001.idx   │ header │ span │ span │ …                               derived
//	             00000002.seg   │ header │ block │ block ┊ what a crash left             active
//	             catalogue      │ header │ span │ …      of the sealed segments          derived
//
// A block holds what one commit wrote to one log, up to 64 KiB; its checksum covers every byte of it and begins
// with the archive, the log, the segment and the block's own place, so that zeros, stale blocks and foreign blocks
// never pass. A span says what a stretch of adjacent blocks holds, without their bytes. Index and catalogue are made
// of spans, are never needed, and are always checked against the blocks.
//
// A Set belongs to the process that writes. Set.Open may be called by any goroutine; the Log that it returns, Redo,
// TakeDirty and Close belong to one, the sink. Add and Commit touch no file: Commit hands out what is to be made safe
// elsewhere first, and Flush writes it. Sync may run beside all of it.
//
// A Reader belongs to one goroutine of any process. It takes no lock and writes nothing: of a log that is being
// written it sees a beginning, which grows with Refresh.
//
// The package reads no clock, starts no goroutine that outlives a call, and knows of FIX only what a record.State does.
package store

import (
	"errors"
	"fmt"
)

var (
	// ErrCorrupt says that bytes that belong to a log are damaged or missing. A *CorruptError says where.
	ErrCorrupt = errors.New("corrupt")
	// ErrTorn says that a log ended in bytes that were never acknowledged and are not whole. A *TornError says where.
	ErrTorn = errors.New("torn")
	// ErrTooNew says that a newer version of the program wrote the file. Only an upgrade helps.
	ErrTooNew = errors.New("written by a newer version")
	// ErrForeign says that a file belongs to another archive or another log.
	ErrForeign = errors.New("belongs to another archive or log")
	// ErrSequence says that a record does not follow the last one of its log.
	ErrSequence = errors.New("out of sequence")
	// ErrEmpty says that a directory holds no segment.
	ErrEmpty = errors.New("no segments")
)

// CorruptError is damage in a log. errors.Is(err, ErrCorrupt) holds.
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

// TornError tells of a tail that was cut off. errors.Is(err, ErrTorn) holds.
type TornError struct {
	Path   string
	Offset int64
	Bytes  int64
	Kept   string // the file in quarantine that holds them now
	Reason string
}

func (e *TornError) Error() string {
	return fmt.Sprintf("%s: torn at offset %d: %s; %d bytes were moved to %s", e.Path, e.Offset, e.Reason, e.Bytes, e.Kept)
}

// Unwrap makes errors.Is see ErrTorn.
func (e *TornError) Unwrap() error { return ErrTorn }
