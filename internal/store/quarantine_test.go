package store

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestWhatIsCutOffIsSomewhereAtEveryStep cuts the power at every step of an Open that cuts off a torn end. Whatever the
// disk keeps, the end is in the segment still, or in quarantine already.
func TestWhatIsCutOffIsSomewhereAtEveryStep(t *testing.T) {
	r := newRig(t, Options{})
	whole := crashfs.New()
	r.fs = whole
	l := r.open(r.set(), session(1), nil)
	r.put(l, message(record.Inbound, 1, 1, "acknowledged"))
	known := l.Snapshot()
	path := segmentPath(r.dir(session(1)), 1)
	torn := []byte(strings.Repeat("what was never a whole block ", 60))
	f, err := whole.OpenFile(path, 0)
	if err == nil {
		_, err = f.WriteAt(torn, known.Length)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	whole.SyncAll()
	for step := 0; ; step++ {
		disk := whole.Clone()
		r.fs = disk
		disk.CrashAfter(step)
		_, err := r.set().Open(session(1), &known)
		if err != nil && !disk.Crashed() {
			t.Fatal(err)
		}
		for seed := range uint64(40) {
			if !isSomewhere(disk.Crash(seed).Files(), path, known.Length, torn) {
				t.Fatalf("step %d, seed %d: neither %s nor a file in quarantine has it", step, seed, path)
			}
		}
		if err == nil {
			return
		}
	}
}

func isSomewhere(files map[string][]byte, path string, at int64, torn []byte) bool {
	if b := files[path]; int64(len(b)) > at && bytes.Equal(b[at:], torn) {
		return true
	}
	for name, b := range files {
		if filepath.Dir(name) == "/archive/quarantine" && bytes.Equal(b, torn) {
			return true
		}
	}
	return false
}
