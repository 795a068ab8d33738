package fixarchive_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
)

// died is an archive as a writer leaves it that dies with something in its ring, and that ring.
func died(t *testing.T, left uint64) (path, ring string) {
	t.Helper()
	from := t.TempDir()
	a, err := fixarchive.Open(fixarchive.Options{Path: from, RingDir: from})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	sessionLog(t, a, "GATEWAY").OnOutgoing(raw("D", 1, ""))
	flush(t, a)
	path = copyOf(t, from, func(string) bool { return true })
	fsys := disk.OS(disk.Modes{})
	meta, err := journal.ReadMeta(fsys, filepath.Join(path, "meta"))
	if err != nil {
		t.Fatal(err)
	}
	if meta.Ring == "" {
		t.Skipf("rings are not mapped on %s", runtime.GOOS)
	}
	meta.Ring = filepath.Join(path, filepath.Base(meta.Ring))
	if err := journal.WriteMeta(fsys, filepath.Join(path, "meta"), meta); err != nil {
		t.Fatal(err)
	}
	edit(t, meta.Ring, func(b []byte) []byte { // tail lies at 512, taken 256 behind it
		binary.NativeEndian.PutUint64(b[512:], binary.NativeEndian.Uint64(b[768:])+left)
		return b
	})
	return path, meta.Ring
}

func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUncleanSaysHowMuchIsLeft(t *testing.T) {
	path, ring := died(t, 4000)
	u, err := openReader(t, path).Unclean()
	if err != nil || u == nil || u.Ring != ring || u.RingBytes != 4000 || u.RingNote != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	if text := u.String(); !strings.HasPrefix(text, "4000 bytes in the ring "+ring+", ") || !strings.Contains(text, "fixarchive recover") {
		t.Errorf("told as %q", text)
	}
}

// A ring that no recovery can drain is told with the reason, and nobody is promised anything of it.
func TestUncleanSaysWhyARingIsLost(t *testing.T) {
	set := func(at int, v byte) func([]byte) []byte {
		return func(b []byte) []byte { b[at] = v; return b }
	}
	for what, c := range map[string]struct {
		spoil func(ring string)
		note  string
	}{
		"gone":      {func(ring string) { os.Remove(ring) }, "the ring is gone: what was in it when the machine stopped is lost"},
		"empty":     {func(ring string) { edit(t, ring, func([]byte) []byte { return nil }) }, "never finished"},
		"cut off":   {func(ring string) { edit(t, ring, func(b []byte) []byte { return b[:9000] }) }, "its header promises"},
		"damaged":   {func(ring string) { edit(t, ring, set(20, 99)) }, "header crc"},
		"tail":      {func(ring string) { edit(t, ring, set(519, 99)) }, "in a ring of"},
		"directory": {func(ring string) { os.Remove(ring); os.Mkdir(ring, 0o700) }, "no regular file"},
	} {
		path, ring := died(t, 4000)
		c.spoil(ring)
		u, err := openReader(t, path).Unclean()
		if err != nil || u == nil || u.Ring != "" || !strings.Contains(u.RingNote, c.note) || !strings.Contains(u.String(), c.note) {
			t.Errorf("%s: %+v, %v", what, u, err)
		}
	}
}

func TestUncleanSaysNothingOfALivingOrClosedArchive(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	r := openReader(t, path)
	if u, err := r.Unclean(); u != nil || err != nil {
		t.Errorf("living: %+v, %v", u, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if u, err := r.Unclean(); u != nil || err != nil {
		t.Errorf("closed: %+v, %v", u, err)
	}
}
