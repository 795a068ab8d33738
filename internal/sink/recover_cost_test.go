package sink

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

// TestRecoveryOpensOnlyWhatHasGrown recovers many logs of which a few were written to since the last checkpoint, and counts
// whose files it opens: the cost is that of what checkpoint and journal hold. Without a ring it must find out whether
// others have grown too, for which it looks at names and lengths.
func TestRecoveryOpensOnlyWhatHasGrown(t *testing.T) {
	const logs, active = 500, 20
	for _, ring := range []bool{true, false} {
		fsys := crashfs.New()
		r := newRig(t)
		r.fs, r.mapped = fsys, ring
		r.must(fsys.MkdirAll(r.dir))
		r.open()
		r.sink.Start()
		for i := range logs {
			r.recorder(i).Record(record.Inbound, 0, message(i, 0))
		}
		r.flush()
		if ring {
			r.close()
		} else {
			r.registry.Close()
			r.must(r.sink.Close(t.Context()))
			r.die()
		}
		r.open()
		for n := range 10 {
			for i := range active {
				r.recorder(i).Record(record.Inbound, 0, message(i, n+1))
			}
			r.sink.batch()
		}
		r.die()
		before := len(fsys.Ops())
		if report := r.recover(); report.RingLost == ring || report.JournalEntries == 0 {
			t.Errorf("%+v", report)
		}
		opened, looked := map[string]bool{}, 0
		for _, op := range fsys.Ops()[before:] {
			dir := filepath.Dir(op.Path)
			switch {
			case !strings.HasPrefix(op.Path, r.path("logs")+"/"):
			case op.Kind&(crashfs.OpenRead|crashfs.OpenWrite|crashfs.Create) != 0:
				opened[dir] = true
			case op.Kind&(crashfs.Stat|crashfs.ReadDir) != 0:
				looked++
			}
		}
		if len(opened) != active {
			t.Errorf("ring %v: files of %d logs were opened, want %d", ring, len(opened), active)
		}
		most := active * 20
		if !ring {
			most += 2 * logs
		}
		if looked > most {
			t.Errorf("ring %v: recovery looked at %d names, want at most %d", ring, looked, most)
		}
		t.Logf("ring %v: %d logs opened, %d looks, %d operations", ring, len(opened), looked, len(fsys.Ops())-before)
	}
}
