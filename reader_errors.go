package fixarchive

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fixarchive/fixarchive/internal/alarm"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/store"
)

var (
	// ErrNotArchive says that there is no archive at the path.
	ErrNotArchive = errors.New("not an archive")

	// ErrNoSession says that no session of the archive has the name, or a part of its name, that was asked for.
	// A *NoSessionError has what comes near it.
	ErrNoSession = errors.New("no such session")

	// ErrAmbiguous says that more than one session has the part of a name that was asked for. An *AmbiguousError
	// lists them.
	ErrAmbiguous = errors.New("ambiguous session")

	// ErrNoPlace says that a snapshot cannot go to the directory that was named for it.
	ErrNoPlace = errors.New("no place for a snapshot")

	// ErrCorrupt says that bytes that were acknowledged are not what was written. A *CorruptError says where.
	ErrCorrupt = store.ErrCorrupt

	// ErrTooNew says that a later version of fixarchive wrote what is to be read. Only an upgrade helps.
	ErrTooNew = store.ErrTooNew
)

// CorruptError is damage at a place of a file. errors.Is(err, ErrCorrupt) holds.
type CorruptError = store.CorruptError

// ours makes the journal's answers those of this package.
func ours(err error) error {
	var c *journal.CorruptError
	switch {
	case errors.As(err, &c):
		return &CorruptError{Path: c.Path, Offset: c.Offset, Reason: c.Reason}
	case errors.Is(err, journal.ErrTooNew), errors.Is(err, alarm.ErrTooNew):
		return tooNewError{err}
	}
	return err
}

type tooNewError struct{ error }

func (e tooNewError) Unwrap() error        { return e.error }
func (e tooNewError) Is(target error) bool { return target == ErrTooNew }

// NoSessionError is the answer to a name that no session has. errors.Is(err, ErrNoSession) holds.
type NoSessionError struct {
	Name    string
	Archive string
	Near    []string // sessions whose names come nearest, at most a few
}

func (e *NoSessionError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("no session %q in %s, which holds none at all", e.Name, e.Archive)
	}
	return fmt.Sprintf("no session %q in %s; near it: %s", e.Name, e.Archive, quoted(e.Near))
}

// Unwrap makes errors.Is see ErrNoSession.
func (e *NoSessionError) Unwrap() error { return ErrNoSession }

// AmbiguousError is the answer to a part of a name that several sessions have. errors.Is(err, ErrAmbiguous) holds.
type AmbiguousError struct {
	Name       string
	Candidates []string
}

func (e *AmbiguousError) Error() string {
	const shown = 8
	if n := len(e.Candidates) - shown; n > 0 {
		return fmt.Sprintf("%q may be any of %d sessions: %s, and %d more; give more of the name", e.Name, len(e.Candidates), quoted(e.Candidates[:shown]), n)
	}
	return fmt.Sprintf("%q may be any of %d sessions: %s; give more of the name", e.Name, len(e.Candidates), quoted(e.Candidates))
}

// Unwrap makes errors.Is see ErrAmbiguous.
func (e *AmbiguousError) Unwrap() error { return ErrAmbiguous }

// quoted keeps names that a peer may have chosen from doing anything but be read.
func quoted(names []string) string {
	q := make([]string, len(names))
	for i, name := range names {
		q[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(q, ", ")
}
