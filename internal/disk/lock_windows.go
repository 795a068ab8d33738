package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

var errHeld = errors.New("held")

func tryLock(f *os.File) error   { return lockFile(f, windows.LOCKFILE_EXCLUSIVE_LOCK) }
func tryShared(f *os.File) error { return lockFile(f, 0) }

// lockFile locks one byte far behind the holder's text, since Windows keeps others from reading what is locked.
func lockFile(f *os.File, flags uint32) error {
	at := windows.Overlapped{Offset: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}
