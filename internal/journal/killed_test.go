package journal

import (
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

// TestAFileOfAKilledProcess may have a name that was never synced. What the next one writes there and syncs is found after
// a power cut all the same.
func TestAFileOfAKilledProcess(t *testing.T) {
	for _, written := range []bool{false, true} { // whether it has a header
		disk := crashfs.New()
		j := open(t, disk, "/journal", Options{Generation: 1}, Mark{})
		j.Add(1, 1, 0, []byte("never synced"))
		j.Register(1, buyer)
		if !written {
			disk.Inject(crashfs.Fault{Kinds: crashfs.Write})
		}
		if err := j.Write(1); (err == nil) != written {
			t.Fatal(err)
		}
		disk = disk.Kill(1)
		_, r := read(t, disk, "/journal", Mark{})
		j = open(t, disk, "/journal", Options{Generation: 2, FilesMax: 2}, r.End)
		var want extents
		for n := range 3 {
			j.Register(1, buyer)
			want.add(j, 1, buyer, 1, int64(n), []byte("an extent"))
			write(t, j, 2)
			if _, err := j.Sync(); err != nil {
				t.Fatal(err)
			}
		}
		for seed := range uint64(50) {
			got, _ := read(t, disk.Image(seed), "/journal", r.End)
			same(t, got, want)
		}
	}
}
