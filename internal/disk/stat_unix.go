//go:build unix

package disk

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Size and Linked ask the system themselves: os.File.Stat allocates, and every flush of a log asks.

func (f file) Size() (int64, error) {
	own, err := f.stat()
	return own.Size, err
}

func (f file) Linked() (bool, error) {
	own, err := f.stat()
	if err != nil {
		return false, err
	}
	var named unix.Stat_t
	for {
		err = unix.Stat(f.Name(), &named)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return false, nil
	case err != nil:
		return false, &os.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	return own.Dev == named.Dev && own.Ino == named.Ino, nil
}

func (f file) stat() (st unix.Stat_t, err error) {
	defer runtime.KeepAlive(f.File)
	for {
		if err = unix.Fstat(int(f.Fd()), &st); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		err = &os.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	return st, err
}
