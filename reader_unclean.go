package fixarchive

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/fixarchive/fixarchive/internal/logbuf"
)

// Unclean is what a process left that did not close the archive. The next Open puts it in its place. Readers show
// what lies in the journal, not what lies in the ring.
type Unclean struct {
	Ring      string // the file with what was captured last; empty when there is none that the next Open could take it from
	RingBytes int64  // in it and not yet taken, with headers and padding; -1 when the file cannot be read by this process
	RingNote  string // why Ring is empty, or RingBytes unknown; else empty

	JournalEntries int // not yet in the stores
	JournalBytes   int64
}

// String says what is left, and what to do about it.
func (u *Unclean) String() string {
	ring := u.RingNote
	if ring == "" {
		ring = fmt.Sprintf("%d bytes in the ring %s", u.RingBytes, u.Ring)
	}
	return fmt.Sprintf("%s, %d bytes in the journal (%s) not yet in the stores; run `fixarchive recover` or open the archive",
		ring, u.JournalBytes, counted(u.JournalEntries, "extent", "extents"))
}

// Unclean says what a writer has left undone that did not close the archive and is gone; nil when there is nothing to
// say.
func (r *Reader) Unclean() (*Unclean, error) {
	life, err := r.life()
	if err != nil {
		return nil, err
	}
	return r.unclean(&life)
}

// unclean is what a writer that is gone has left undone.
func (r *Reader) unclean(life *life) (*Unclean, error) {
	if !life.unclean() {
		return nil, nil
	}
	u := &Unclean{}
	u.lookAtRing(life)
	over, err := r.overlaid()
	if err != nil {
		return nil, err
	}
	u.JournalEntries, u.JournalBytes = over.entries, over.bytes
	return u, nil
}

// lookAtRing says what a recovery will find in the ring, as it would judge it.
func (u *Unclean) lookAtRing(life *life) {
	path := life.meta.Ring
	if path == "" {
		u.RingNote = "the ring was on the heap: what was in it when the process stopped is lost"
		return
	}
	left, err := logbuf.Peek(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		u.RingNote = "the ring is gone: what was in it when the machine stopped is lost"
	case errors.Is(err, fs.ErrPermission):
		u.Ring, u.RingBytes, u.RingNote = path, -1, fmt.Sprintf("the ring may hold more, which this process is not allowed to read (%v)", err)
	case left.Owner.Archive != life.meta.Archive && err == nil, left.Owner.Generation != uint64(life.meta.Generation) && err == nil:
		u.RingNote = fmt.Sprintf("%s is another archive's or generation's ring: what was in this one's is lost", path)
	case left.Owner.Boot != bootID() && err == nil:
		u.RingNote = fmt.Sprintf("the ring %s is from before the machine was started again: what was in it is lost", path)
	case err != nil:
		u.RingNote = fmt.Sprintf("the ring cannot be used (%v): what was in it is lost", err)
	default:
		u.Ring, u.RingBytes = path, left.Bytes()
	}
}
