package fixarchive

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/sink"
)

// ErrClosed is the answer of an archive that has been closed.
var ErrClosed = errors.New("fixarchive: the archive is closed")

// ErrTrailing is what an alarm is about that says how far durable trails: the disk is slow, or hangs.
var ErrTrailing = sink.ErrTrailing

// HeldError says that another process writes to the archive, and which. Each gateway process needs an archive of its
// own, by FixArchivePath or Options.Path; reading takes none of the lock.
type HeldError struct {
	Path   string // of the archive
	Holder string // what the other process says of itself
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is held by %s. Each gateway process needs an archive of its own (FixArchivePath, Options.Path); "+
		"commands that only read take no hold of it", e.Path, e.Holder)
}

// hold takes the lock of an archive for as long as this process writes to it. as is what others are told of that.
func hold(lock, path, as string) (*disk.Lock, error) {
	host, _ := os.Hostname()
	l, err := disk.AcquireLock(lock, fmt.Sprintf("pid %d on %s since %s%s", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339), as))
	var held *disk.HeldError
	if errors.As(err, &held) {
		return nil, &HeldError{Path: path, Holder: held.Holder}
	}
	return l, err
}
