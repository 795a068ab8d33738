//go:build unix

package disk

import "golang.org/x/sys/unix"

func setUmask(m int) int { return unix.Umask(m) }
