package crashfs

import (
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// TestWriteFileReplacesWholeAtEveryMoment cuts the power behind every operation: what is left is the old text or the
// new, and once WriteFile has returned the new.
func TestWriteFileReplacesWholeAtEveryMoment(t *testing.T) {
	f := New()
	must(t, f.MkdirAll("/d"), f.SyncDir("/"), disk.WriteFile(f, "/d/f", []byte("old")))
	left := func(allowed ...string) {
		for seed := range uint64(100) {
			b, err := disk.ReadFile(f.Image(seed), "/d/f")
			if err != nil || string(b) != allowed[0] && string(b) != allowed[len(allowed)-1] {
				t.Errorf("seed %d leaves %q, %v; want one of %q", seed, b, err, allowed)
			}
		}
	}
	f.Watch(func(Op) { left("old", "new") })
	must(t, disk.WriteFile(f, "/d/f", []byte("new")))
	f.Watch(nil)
	left("new")
}
