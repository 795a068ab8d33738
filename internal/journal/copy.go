package journal

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// Copy copies what lies behind a mark to another directory, as files that Read takes, and says how many bytes they have.
// Reading them may then take its time, while a living writer's checkpoints free and overwrite the originals. ignored
// are files without a header that can be read, and other archives'.
//
// The copy is whole if the checkpoint that the mark is from was still the last one afterwards; else files may be missing.
// It is not synced.
func Copy(fsys disk.FS, dir string, archive [16]byte, from Mark, to string) (n int64, ignored []error, err error) {
	found, err := survey(fsys, dir, archive)
	if err != nil {
		return 0, nil, err
	}
	for _, l := range found.laps {
		if l.header.lap < from.Lap {
			continue
		}
		copied, err := disk.CopyFile(fsys, l.path, filepath.Join(to, filepath.Base(l.path)), math.MaxInt64, nil)
		if errors.Is(err, fs.ErrNotExist) {
			continue // freed, and removed
		}
		if err != nil {
			return n, found.ignored, err
		}
		n += copied
	}
	return n, found.ignored, nil
}
