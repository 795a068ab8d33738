package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

func spaceOf(dir string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Space{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return spaceIn(s.Blocks, s.Bfree, s.Bavail, int64(s.Bsize)), nil
}

func allocate(f file, size int64) error { return fill(f, size) }
