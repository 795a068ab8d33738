//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// openPlain opens a file that is there. os.OpenFile tries every file with the poller, which refuses plain ones: four
// more system calls, as dear as the open itself, and a log among ten thousand is opened for each of its writes.
func openPlain(name string, flag int) (*os.File, error) {
	for {
		fd, err := syscall.Open(name, flag|syscall.O_CLOEXEC, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), name), nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}
