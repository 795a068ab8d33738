package disk

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestCopyFile(t *testing.T) {
	fsys, dir := OS(Modes{}), t.TempDir()
	name := filepath.Join(dir, "a")
	if err := WriteFile(fsys, name, []byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{0: "", 4: "0123", 10: "0123456789", math.MaxInt64: "0123456789"} {
		to, told := filepath.Join(t.TempDir(), "b"), int64(0)
		n, err := CopyFile(fsys, name, to, limit, func(n int64) { told += n })
		if got, _ := ReadFile(fsys, to); err != nil || n != int64(len(want)) || told != n || string(got) != want {
			t.Errorf("limit %d: %q, %d bytes, told of %d, %v", limit, got, n, told, err)
		}
		if _, err := CopyFile(fsys, name, to, limit, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file that is there: %v", err)
		}
	}
	if _, err := CopyFile(fsys, dir, filepath.Join(dir, "b"), 1, nil); err == nil {
		t.Error("a directory was copied like a file")
	}
	if _, err := CopyFile(fsys, filepath.Join(dir, "none"), filepath.Join(dir, "b"), 1, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}

// TestLinkIsToTheFile and not to a symbolic link on the way.
func TestLinkIsToTheFile(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("symlink")); err != nil {
		t.Skip(err)
	}
	if err := Link(at("symlink"), at("link")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(at("link"))
	if file, _ := os.Stat(at("file")); err != nil || !os.SameFile(info, file) {
		t.Errorf("%v, %v", info, err)
	}
}
