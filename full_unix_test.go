//go:build unix

package fixarchive

import "syscall"

const fullDisk = syscall.ENOSPC
