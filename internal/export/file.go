package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// file is a file that has its name only when it is whole: until then it lies beside that place under another.
type file struct {
	path string
	f    *os.File
	buf  *bufio.Writer
	sum  hash.Hash
	size int64
}

func createFile(path string) (*file, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".fixarchive-*.tmp") // not with the name in it, which may be as long as names can be
	if err != nil {
		return nil, err
	}
	o := &file{path: path, f: f, sum: sha256.New()}
	o.buf = bufio.NewWriterSize(io.MultiWriter(f, o.sum), 256<<10)
	if err := f.Chmod(disk.DefaultFileMode); err != nil {
		o.abort()
		return nil, err
	}
	return o, nil
}

// stream is a pipe as a file: what was written is gone, and nothing has to be done at its end.
func stream(w io.Writer) *file {
	o := &file{path: "-", sum: sha256.New()}
	o.buf = bufio.NewWriterSize(io.MultiWriter(w, o.sum), 64<<10)
	return o
}

func (o *file) Write(p []byte) (int, error) {
	n, err := o.buf.Write(p)
	o.size += int64(n)
	return n, err
}

// settle makes what was written safe from a power cut, and closes the file.
func (o *file) settle() error {
	if err := o.buf.Flush(); err != nil || o.f == nil {
		return err
	}
	if err := o.f.Sync(); err != nil {
		return err
	}
	return o.f.Close()
}

// appear gives the file its name. Its directory is synced by whoever has named all.
func (o *file) appear(force bool) error {
	if o.f == nil {
		return nil
	}
	if err := free(o.path, force); err != nil {
		return err
	}
	return os.Rename(o.f.Name(), o.path)
}

// abort removes what there is under the other name. A pipe gets what was written before, whole: a message cut in two
// would be one that nobody sent.
func (o *file) abort() {
	if o.f == nil {
		_ = o.buf.Flush() // what ended the export is told already
		return
	}
	o.f.Close()
	os.Remove(o.f.Name())
}

func (o *file) digest() string { return hex.EncodeToString(o.sum.Sum(nil)) }

// free refuses a name that is taken.
func free(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil: // making the file says what is wrong, if anything
		return nil
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is no ordinary file; --output - writes to standard output", path)
	case !force:
		return fmt.Errorf("%s: is there already: choose another name, or replace it with --force", path)
	}
	return nil
}

func syncDir(path string) error {
	return disk.OS(disk.Modes{File: disk.DefaultFileMode, Dir: disk.DefaultDirMode}).SyncDir(filepath.Dir(path))
}
