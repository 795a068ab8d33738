package logbuf

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOnlyUnusedRingsAreRemoved leaves everything that may hold something, that lives, or that is not the archive's.
func TestOnlyUnusedRingsAreRemoved(t *testing.T) {
	own, foreign := [16]byte{1}, [16]byte{2}
	left := func(archive [16]byte, use func(*Memory)) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			m, err := CreateFile(path, Geometry{RingBytes: 4096}, Owner{Archive: archive})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { m.Close() })
			use(m)
		}
	}
	write := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	die := func(m *Memory) { m.Close() }
	for name, c := range map[string]struct {
		leave func(*testing.T, string)
		kept  bool
	}{
		"never used":    {left(own, die), false},
		"empty":         {write(nil), false},
		"not finished":  {write(make([]byte, 8192)), false},
		"gone":          {func(*testing.T, string) {}, false},
		"with a record": {left(own, func(m *Memory) { NewMPSC(m).Put([]byte("a record")); die(m) }), true},
		"alive":         {left(own, func(*Memory) {}), true},
		"another's":     {left(foreign, die), true},
		"text":          {write([]byte("not a ring, whatever its name")), true},
		"a directory":   {func(t *testing.T, path string) { os.Mkdir(path, 0o700) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ring")
			c.leave(t, path)
			err := RemoveUnused(path, own)
			if err != nil && name != "a directory" {
				t.Error(err)
			}
			if _, err := os.Lstat(path); (err == nil) != c.kept {
				t.Errorf("kept: %v, want %v", err == nil, c.kept)
			}
		})
	}
}
