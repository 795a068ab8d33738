package journal

import (
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestABatchBesideASyncIsNotDurable: what is written while the disk is at work waits for the next Sync, in what Sync says
// and in what later batches say of it.
func TestABatchBesideASyncIsNotDurable(t *testing.T) {
	fsys := crashfs.New()
	j := open(t, fsys, "/journal", Options{}, Mark{})
	j.Register(1, buyer)
	batch := func(n record.Position) Mark {
		j.Add(1, 1, int64(n), []byte("an extent"))
		write(t, j, n)
		return j.End()
	}
	first, second := batch(1), Mark{}
	fsys.Watch(func(op crashfs.Op) {
		if op.Kind == crashfs.Sync && second == (Mark{}) {
			second = batch(2)
		}
	})
	if p, err := j.Sync(); p != 1 || err != nil || j.synced != first || !first.Before(second) {
		t.Errorf("durable %d, before %v, %v; want 1, before %v of %v", p, j.synced, err, first, second)
	}
	if p, err := j.Sync(); p != 2 || err != nil || j.synced != second {
		t.Errorf("durable %d, before %v, %v; want 2, before %v", p, j.synced, err, second)
	}
}
