package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func spaceOf(dir string) (Space, error) {
	var s unix.Statfs_t
	if err := retried(func() error { return unix.Statfs(dir, &s) }); err != nil {
		return Space{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	unit := s.Frsize // Bsize may be what is best to read at once
	if unit == 0 {
		unit = s.Bsize
	}
	return spaceIn(s.Blocks, s.Bfree, s.Bavail, int64(unit)), nil
}

// allocate is fallocate, which leaves what the file holds as it is. File systems without it are written to.
func allocate(f file, size int64) error {
	err := retried(func() error { return unix.Fallocate(int(f.Fd()), 0, 0, size) })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
		return fill(f, size)
	}
	return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
}

func retried(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
