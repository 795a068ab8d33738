package integration

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// TestSnapshotHoldsWhatIsAway takes snapshots of an archive of which two sessions cannot be written to their files, one of
// them until the writer is killed: each holds all that was acknowledged before it, in the sessions' own files, and nothing is
// left of the spill.
func TestSnapshotHoldsWhatIsAway(t *testing.T) {
	needsRoot(t)
	j := trading(t, t.TempDir())
	j.Sessions, j.OpenFiles = 6, 8
	j.SegmentBytes, j.Pause = 64<<10, 2*time.Millisecond
	b, at := newBook(t, j), t.TempDir()
	g := b.start()
	b.must(g, "everything is well", func(h *heard) bool { return all(h.durable, g.from, 20) })
	heal := readOnly(t, sessionDir(t, j.Dir, 3))
	readOnly(t, sessionDir(t, j.Dir, 5))
	b.must(g, "both are away", func(h *heard) bool {
		return slices.ContainsFunc(h.alarms, func(told string) bool { return strings.Contains(told, "spill") })
	})
	checks := func(name string) {
		t.Helper()
		then := g.acknowledged()
		b.must(g, "all go on", func(h *heard) bool { return all(h.durable, then, 200) })
		then = g.acknowledged()
		path := filepath.Join(at, name)
		snapshotOf(t, j.Dir, path)
		b.copyHolds(path, then)
	}
	checks("both")
	heal()
	if full {
		for range 300 {
			if away(t, j.Dir) == 1 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		checks("one")
	}
	then := g.acknowledged()
	b.kill(g)
	path := filepath.Join(at, "left")
	snapshotOf(t, j.Dir, path)
	b.copyHolds(path, then)
}

// copyHolds fails unless a snapshot holds this many messages of each lane, sound, and opens and closes on its own.
func (b *book) copyHolds(path string, least []int) {
	b.t.Helper()
	c := b.clone()
	c.job.Dir, c.job.RingDir = path, b.t.TempDir()
	for _, opened := range []bool{false, true} {
		if opened {
			c.reopen()
		}
		lanes, _ := c.read()
		for i := range lanes {
			if len(lanes[i]) < least[i] {
				b.t.Errorf("%s: lane %d has %d messages, %d were acknowledged", path, i, len(lanes[i]), least[i])
			}
		}
		c.verify()
	}
	if len(c.alarms) > 0 {
		b.t.Errorf("%s: %q", path, c.alarms)
	}
	if left, _ := filepath.Glob(filepath.Join(path, "spill", "*")); len(left) > 0 {
		b.t.Errorf("left over: %q", left)
	}
}

// away is how many sessions' files the archive's writer does not write to.
func away(t *testing.T, dir string) int {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := r.Status()
	if err != nil {
		t.Fatal(err)
	}
	return s.Away
}

// sessionDir is where a session's files are.
func sessionDir(t *testing.T, dir string, session int) string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(dir, "logs", "*"+laneSession(2*session).SenderCompID+"*"))
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	return dirs[0]
}

// readOnly mounts a directory over itself so that nothing there can be written any more, but for files that are open.
func readOnly(t *testing.T, dir string) (end func()) {
	t.Helper()
	beside := t.TempDir()
	mount(t, "--bind", dir, beside)
	if _, err := run("mount", "-o", "remount,bind,ro", beside); err != nil {
		t.Fatal(err)
	}
	mount(t, "--bind", beside, dir) // at once: were it made read-only here, it would have writers already
	return func() {
		t.Helper()
		if _, err := run("umount", "-l", dir); err != nil {
			t.Fatal(err)
		}
	}
}
