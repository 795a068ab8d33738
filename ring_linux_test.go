package fixarchive

import (
	"path/filepath"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/logbuf"
)

// TestWhatAnOpenLeftIsSwept dies between making a ring and naming it: the ring is removed by the next Open, for nothing
// else ever would. A ring of the same archive that holds something is a copy's, and stays.
func TestWhatAnOpenLeftIsSwept(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	dying := &Archive{o: o, fs: disk.OS(disk.Modes{})}
	if err := dying.readMeta(); err != nil {
		t.Fatal(err)
	}
	meta, err := journal.ReadMeta(dying.fs, o.metaPath())
	if err != nil || meta.Archive != dying.meta.Archive {
		t.Fatalf("a new archive has no name that lasts: %v", err)
	}
	unused, used := leftRing(t, dying, false), leftRing(t, dying, true)
	a, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(o.RingDir, "*"))
	if err != nil || len(left) != 1 || left[0] != used {
		t.Errorf("%q is left, want %q, and %q gone", left, used, unused)
	}
}

func leftRing(t *testing.T, a *Archive, used bool) (path string) {
	t.Helper()
	path = a.ringPath()
	m, err := logbuf.CreateFile(path, logbuf.Geometry{RingBytes: ringBytesMin}, logbuf.Owner{Archive: a.meta.Archive})
	if err != nil {
		t.Fatal(err)
	}
	if used {
		if _, err := logbuf.NewMPSC(m).Put([]byte("a record")); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
