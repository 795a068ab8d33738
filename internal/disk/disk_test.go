package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestModesHoldWhateverTheUmask(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	old := setUmask(0o077)
	defer setUmask(old)
	fsys := OS(Modes{File: 0o664, Dir: 0o775})
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := fsys.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "f")
	if err := WriteFile(fsys, name, []byte("x")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o775, filepath.Dir(dir): 0o775, name: 0o664} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestOpenFlags(t *testing.T) {
	fsys := OS(Modes{})
	name := filepath.Join(t.TempDir(), "f")
	if _, err := fsys.OpenFile(name, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is not there: %v", err)
	}
	f, err := fsys.OpenFile(name, os.O_CREATE|os.O_EXCL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("hello"), 3); err != nil {
		t.Fatal(err)
	}
	if size, err := f.Size(); size != 8 || err != nil {
		t.Errorf("size %d, %v", size, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.OpenFile(name, os.O_CREATE|os.O_EXCL); !errors.Is(err, fs.ErrExist) {
		t.Errorf("making what is there: %v", err)
	}
	if f, err = fsys.OpenFile(name, os.O_CREATE|os.O_TRUNC); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size, _ := f.Size(); size != 0 {
		t.Errorf("%d bytes are left of a file that was truncated", size)
	}
}

func TestWriteFileReplacesWhole(t *testing.T) {
	fsys, dir := OS(Modes{}), t.TempDir()
	name := filepath.Join(dir, "f")
	for _, text := range []string{"a longer first text", "short"} {
		if err := WriteFile(fsys, name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(fsys, name); string(got) != text || err != nil {
			t.Errorf("read %q, %v; want %q", got, err, text)
		}
	}
	if names, err := fsys.ReadDir(dir); !slices.Equal(names, []string{"f"}) || err != nil {
		t.Errorf("the directory holds %q, %v", names, err)
	}
	if err := WriteFile(fsys, filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("a file was written to a directory that does not exist")
	}
}

func TestLockNamesItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := AcquireLock(path, "pid 7 on here")
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := AcquireLock(path, "pid 8"); !errors.As(err, &held) || held.Holder != "pid 7 on here" {
		t.Errorf("the second got %v", err)
	}
	if holder, is, err := LockHolder(path); !is || holder != "pid 7 on here" || err != nil {
		t.Errorf("held by %q, %v, %v", holder, is, err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if _, is, err := LockHolder(path); is || err != nil {
		t.Errorf("still held: %v, %v", is, err)
	}
	second, err := AcquireLock(path, "pid 9")
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
}

// TestAVolumeIsSynced where there is one to sync.
func TestAVolumeIsSynced(t *testing.T) {
	v, err := OS(Modes{}).Volume(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no whole file system can be synced here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.Sync(), v.Close()); err != nil {
		t.Error(err)
	}
}

// TestAFileThatIsThereIsRefusedWhole though it was to be made anew.
func TestAFileThatIsThereIsRefusedWhole(t *testing.T) {
	fsys, name := OS(Modes{}), filepath.Join(t.TempDir(), "file")
	if err := WriteFile(fsys, name, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_TRUNC); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there was made: %v", err)
	}
	if b, err := ReadFile(fsys, name); err != nil || string(b) != "kept" {
		t.Errorf("it holds %q now, %v", b, err)
	}
}
