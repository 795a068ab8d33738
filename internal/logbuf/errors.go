package logbuf

import (
	"errors"
	"fmt"
)

// What putting a record can answer. They are plain values: returning one costs nothing.
var (
	ErrFull     = errors.New("logbuf: ring is full")
	ErrEmpty    = errors.New("logbuf: record is empty")
	ErrTooLarge = errors.New("logbuf: record is larger than an eighth of the ring")
)

// What a channel answers beside those.
var (
	ErrClosed  = errors.New("logbuf: other end is closed")
	ErrTimeout = errors.New("logbuf: nothing received in time")
)

// What making or opening a ring's file can answer, one for each thing an owner may do about it.
var (
	// ErrLocked: a live process holds the ring. Leave it alone.
	ErrLocked = errors.New("ring is held by a live process")
	// ErrTooNew: written by a later version than this one understands.
	ErrTooNew = errors.New("ring version is too new")
	// ErrUnfinished: its making was cut short, so no producer ever saw it. It may be removed.
	ErrUnfinished = errors.New("ring was never finished")
	// ErrNotRing: a file of another kind or another owner stands in the place. Leave it alone.
	ErrNotRing = errors.New("not a ring of ours")
	// ErrDamaged: a ring whose header, geometry, positions or records cannot be right.
	ErrDamaged = errors.New("ring is damaged")
	// ErrUnsupported: this system has no mapped rings. Use the heap.
	ErrUnsupported = errors.New("mapped rings are not supported")
)

// FileError says at which step, and of which file, the making or opening of a ring stopped.
type FileError struct {
	Path string
	Step string // "create", "lock", "allocate", "map", ...
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("ring %s: %s: %v", e.Path, e.Step, e.Err) }
func (e *FileError) Unwrap() error { return e.Err }

// DamageError is where recovery met something that no crash of a producer or the consumer leaves behind.
// errors.Is(err, ErrDamaged) holds.
type DamageError struct {
	Path     string // empty for a heap ring
	Position Position
	Reason   string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("ring %s: position %d: %s", e.Path, e.Position, e.Reason)
}
func (e *DamageError) Unwrap() error { return ErrDamaged }
