package fixarchive

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Quarantine is what was moved out of the way and kept: ends of segments that were never acknowledged, and files that
// did not belong where they were. It is no damage of the log, and nobody reads it but people.
type Quarantine struct {
	Dir   string
	Files int
	Bytes int64
}

func (r *Reader) quarantine() (Quarantine, error) {
	q := Quarantine{Dir: r.at("quarantine")}
	err := filepath.WalkDir(q.Dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // or somebody took it away meanwhile
		}
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err == nil {
			q.Files++
			q.Bytes += info.Size()
		}
		return nil
	})
	return q, err
}
