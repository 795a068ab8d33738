package disk

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// syncData is fdatasync: the data, and of the metadata what it takes to read them back, the length among it.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
	}
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

type volume struct{ *os.File }

func openVolume(dir string) (Volume, error) {
	if !tellsOfErrors() {
		return nil, errors.ErrUnsupported
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return volume{f}, nil
}

// tellsOfErrors reports whether syncfs does: before Linux 5.8 it returned 0 whatever had been lost.
func tellsOfErrors() bool {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return false
	}
	var major, minor int
	_, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	return err == nil && (major > 5 || major == 5 && minor >= 8)
}

// Sync is syncfs. It tells of every page that could not be written since the descriptor was opened or last synced.
func (v volume) Sync() error {
	defer runtime.KeepAlive(v.File)
	if err := unix.Syncfs(int(v.Fd())); err != nil {
		return &os.PathError{Op: "syncfs", Path: v.Name(), Err: err}
	}
	return nil
}
