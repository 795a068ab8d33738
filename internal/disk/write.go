package disk

import (
	"os"
	"path/filepath"
)

// WriteFile writes a file whole or not at all, durably: beside it, synced, renamed over it, and the directory synced.
func WriteFile(fsys FS, name string, data []byte) error {
	temporary := name + ".tmp"
	if err := writeAndSync(fsys, temporary, data); err != nil {
		_ = fsys.Remove(temporary) // what is left over is overwritten by the next try
		return err
	}
	if err := fsys.Rename(temporary, name); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(name))
}

func writeAndSync(fsys FS, name string, data []byte) error {
	f, err := fsys.OpenFile(name, os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// ReadFile reads a file whole.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	n, err := f.ReadAt(data, 0)
	if n == len(data) {
		err = nil
	}
	return data[:n], err
}
