package disk

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Lock is held by one process at a time, and let go of when that process ends, however it ends.
type Lock struct{ f *os.File }

// HeldError says that another process holds a lock, in the words that it left there.
type HeldError struct {
	Path   string
	Holder string
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is held by another process: %s", e.Path, e.Holder)
}

const holderBytesMax = 512

// AcquireLock takes the lock at path at once or not at all. holder is what others are told of its owner. The
// file stays where it is afterwards: removing it would let two processes lock two files of one name.
func AcquireLock(path, holder string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, DefaultFileMode)
	if err != nil {
		return nil, err
	}
	if err := tryLockAWhile(f); err != nil {
		defer f.Close()
		if err == errHeld {
			return nil, &HeldError{Path: path, Holder: readHolder(f)}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := writeHolder(f, holder); err != nil {
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

// tryLockAWhile outlasts the moment for which LockHolder holds a lock to find out whether it could.
func tryLockAWhile(f *os.File) (err error) {
	for range 10 {
		if err = tryLock(f); err != errHeld {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}

// LockHolder says who holds the lock at path, and whether anybody does.
func LockHolder(path string) (holder string, held bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if os.IsPermission(err) {
		f, err = os.Open(path)
	}
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	switch err := tryShared(f); err {
	case nil:
		return "", false, nil
	case errHeld:
		return readHolder(f), true, nil
	default:
		return "", false, fmt.Errorf("lock %s: %w", path, err)
	}
}

// Release lets others have the lock.
func (l *Lock) Release() error { return l.f.Close() }

func writeHolder(f *os.File, holder string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(holder+"\n"), 0)
	return err
}

func readHolder(f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, holderBytesMax))
	if err != nil || len(text) == 0 {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
