package disk

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestSpaceCountsWhatOthersMayUse(t *testing.T) {
	// 100 blocks, 30 free, of which 10 are the superuser's: 20 of 90.
	if got := spaceIn(100, 30, uint64(20), 4096); got != (Space{20 * 4096, 90 * 4096}) {
		t.Errorf("%+v", got)
	}
	if got := spaceIn(100, 5, int64(-5), 4096); got != (Space{0, 95 * 4096}) {
		t.Errorf("the superuser has gone into his own: %+v", got)
	}
	if got := spaceIn(math.MaxUint64, math.MaxUint64, uint64(math.MaxUint64), 4096); got.Free <= 0 || got.Total < got.Free {
		t.Errorf("no limit: %+v", got)
	}
	if got := spaceIn(5, 9, uint64(9), 0); got != (Space{}) {
		t.Errorf("nonsense: %+v", got)
	}
}

// TestFillLeavesWhatIsThere: it stands in where the system cannot allocate.
func TestFillLeavesWhatIsThere(t *testing.T) {
	fsys, name := OS(Modes{}), filepath.Join(t.TempDir(), "f")
	f, err := fsys.OpenFile(name, os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = f.WriteAt([]byte("kept"), 0)
	if err := errors.Join(err, fill(f, fillBytes+1000), fill(f, 10)); err != nil {
		t.Fatal(err)
	}
	b, err := ReadFile(fsys, name)
	if err != nil || len(b) != fillBytes+1000 || string(b[:4]) != "kept" || b[fillBytes] == b[fillBytes+1] && b[fillBytes] == b[fillBytes+2] {
		t.Errorf("%d bytes, %.8q, %v", len(b), b, err)
	}
}
