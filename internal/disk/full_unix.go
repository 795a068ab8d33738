//go:build unix

package disk

import (
	"errors"
	"syscall"
)

// IsFull reports whether err says that there is no room left, or none for this user.
func IsFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
