package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const copyBytes = 1 << 20

// CopyFile copies the first bytes of a file, at most limit, to a new one, and says how many there were. Nothing is
// synced. A file that is there already is fs.ErrExist, and what is no plain file is refused: reading a pipe would not
// end. progress, if not nil, is told of each stretch.
func CopyFile(fsys FS, from, to string, limit int64, progress func(n int64)) (int64, error) {
	if err := Plain(fsys, from); err != nil {
		return 0, err
	}
	src, err := fsys.Open(from)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	size, err := src.Size()
	if err != nil {
		return 0, err
	}
	dst, err := fsys.OpenFile(to, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return 0, err
	}
	n, err := copyTo(dst, src, min(size, limit), progress)
	return n, errors.Join(err, dst.Close())
}

// copyTo ends early where the file became shorter meanwhile.
func copyTo(dst, src File, size int64, progress func(int64)) (at int64, err error) {
	b := make([]byte, min(size, copyBytes))
	for at < size {
		n, err := src.ReadAt(b[:min(int64(len(b)), size-at)], at)
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return at, err
		}
		if _, err := dst.WriteAt(b[:n], at); err != nil {
			return at, err
		}
		at += int64(n)
		if progress != nil {
			progress(int64(n))
		}
	}
	return at, nil
}

// Plain says why a name does not lead to a plain file.
func Plain(fsys FS, name string) error {
	info, err := fsys.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "copy", Path: name, Err: errors.New("not a plain file")}
	}
	return err
}

// Link makes newname a second name of the file that oldname leads to. It is no part of FS: who links has to do without
// it anyway, between two file systems and on those that have no links.
func Link(oldname, newname string) error {
	file, err := filepath.EvalSymlinks(oldname) // else the name would be linked where it is a symbolic link
	if err != nil {
		return err
	}
	return os.Link(file, newname)
}
