//go:build !race

// The race detector makes its own stores, and dies of a fault in one.

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRingIsCutOff has somebody cut off the ring's file while a gateway trades through it. The gateway lives, its hooks
// return, the owner is told, and gap records count what is lost: no message more than was in the ring or came until the
// next ring was there.
func TestRingIsCutOff(t *testing.T) {
	const header = 4096
	for _, c := range []struct {
		name string
		cut  func(path string) error
	}{
		{"to nothing", func(path string) error { return os.Truncate(path, 0) }},
		{"behind its positions", func(path string) error { return os.Truncate(path, header) }},
		{"in the ring", func(path string) error { return cutBy(path, 20<<10) }},
		{"and grown again", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			// In one step, for all that the gateway sees: it may as well meet the file while it is short.
			if err := os.Truncate(path, 0); err != nil {
				return err
			}
			return os.Truncate(path, info.Size())
		}},
	} {
		for _, where := range []string{"in memory", "on disk"} {
			t.Run(c.name+" "+where, func(t *testing.T) { cutOff(t, where == "on disk", c.cut) })
		}
	}
}

func cutOff(t *testing.T, onDisk bool, cut func(path string) error) {
	j := trading(t, t.TempDir())
	if !onDisk {
		j.RingDir = ""
	}
	var path string
	o := outage{
		begin: func(*gateway) {
			path = theRing(t, j)
			if err := cut(path); err != nil {
				t.Error(err)
			}
		},
		end: func(*gateway) {},
	}
	said := o.passes(t, j)
	if !strings.Contains(strings.Join(said.alarms, "\n"), "cut off") {
		t.Errorf("alarms: %q", said.alarms)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", path, err)
	}
}

// theRing is the file of the gateway's ring.
func theRing(t *testing.T, j job) string {
	t.Helper()
	rings := newBook(t, j).rings()
	if j.RingDir != "" {
		rings, _ = filepath.Glob(filepath.Join(j.RingDir, "*.ring"))
	}
	if len(rings) != 1 {
		t.Fatalf("rings: %q", rings)
	}
	return rings[0]
}

func cutBy(path string, n int64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()-n)
}
