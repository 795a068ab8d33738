// Package disk is the file system that the stores see: small enough that a double can break it on purpose.
//
// What a call promises is what POSIX promises and no more: bytes written survive a power cut after the file's Sync,
// names after the SyncDir of their directory. WriteFile and AcquireLock are built on that.
//
// Files and directories get exactly the modes that Modes says, whatever the umask. A FS may be used by any
// goroutine; a File by several at once for ReadAt and WriteAt of different places.
package disk

import (
	"io"
	"io/fs"
)

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Name() string
	Size() (int64, error)
	// Linked reports whether the name by which the file was opened still leads to it: a file that was removed or
	// replaced takes writes as before, and nobody finds them.
	Linked() (bool, error)
	Truncate(size int64) error
	// Allocate makes the file at least size long, and takes all that it needs of the disk for that now: where there is
	// not so much it is an error like ENOSPC, and the file may have any length up to size.
	Allocate(size int64) error
	// Sync makes the bytes written so far, and the file's length, survive a power cut. After an error nothing
	// is known of them, and a later success proves nothing either.
	Sync() error
}

// FS is a file system. Errors are *fs.PathError where the file system made them.
type FS interface {
	// Open opens a file for reading.
	Open(name string) (File, error)
	// OpenFile opens a file for reading and writing. flag takes os.O_CREATE, os.O_EXCL and os.O_TRUNC.
	OpenFile(name string, flag int) (File, error)
	// MkdirAll makes a directory and what is missing above it.
	MkdirAll(dir string) error
	// ReadDir returns the names in a directory, sorted.
	ReadDir(dir string) ([]string, error)
	Stat(name string) (fs.FileInfo, error)
	// Rename replaces newname whole or not at all.
	Rename(oldname, newname string) error
	Remove(name string) error
	// SyncDir makes the names in a directory survive a power cut.
	SyncDir(dir string) error
	// Volume opens the file system that holds dir, to sync all of it at once. Where that cannot be done the error
	// is errors.ErrUnsupported.
	Volume(dir string) (Volume, error)
	// Space says how much room the disk has that holds dir. Where that cannot be told the error is
	// errors.ErrUnsupported.
	Space(dir string) (Space, error)
}

// Space is the room of a disk, as this process may use it: what is kept for the superuser is in neither figure.
type Space struct{ Free, Total int64 } // bytes

// Volume is a whole file system. Its Sync tells of errors since the Volume was opened or last synced, so it is opened
// before the writes that it is to prove.
type Volume interface {
	// Sync makes every byte and every name written so far survive a power cut.
	Sync() error
	io.Closer
}

// Modes are the permissions of what is made.
type Modes struct{ File, Dir fs.FileMode }

// Default modes: the owner writes, the group reads.
const (
	DefaultFileMode fs.FileMode = 0o640
	DefaultDirMode  fs.FileMode = 0o750
)
