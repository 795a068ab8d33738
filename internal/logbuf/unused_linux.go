package logbuf

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// RemoveUnused removes a ring of an archive that nothing was ever put in and that no process has: what is left of one
// that died while it made it, before anything could name it. Every other file is left alone, and is no error.
func RemoveUnused(path string, archive [16]byte) error {
	fd, err := openRetry(path, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return &FileError{Path: path, Step: "open", Err: err}
	}
	m := &Memory{path: path, fd: fd}
	defer unix.Close(fd)
	if _, err := m.stat(); err != nil || m.lock() != nil || !m.unused(archive) {
		return nil
	}
	return m.Remove()
}

// unused reports whether the file was never finished, or is the archive's and no producer has moved its tail.
func (m *Memory) unused(archive [16]byte) bool {
	size, err := m.stat() // again, now that nobody else can have it
	if err != nil {
		return false
	}
	err = m.readIdentity(size)
	if err != nil || m.owner.Archive != archive {
		return errors.Is(err, ErrUnfinished)
	}
	var tail [8]byte // the first word of control
	n, err := unix.Pread(m.fd, tail[:], controlOffset)
	return err == nil && n == len(tail) && binary.NativeEndian.Uint64(tail[:]) == 0
}
