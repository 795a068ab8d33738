package logbuf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFileIsAllocatedPrivateAndLocked(t *testing.T) {
	dir := t.TempDir()
	m := mapped(t, dir, 1<<20)
	st, err := os.Stat(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	var raw unix.Stat_t
	if err := unix.Stat(m.Path(), &raw); err != nil {
		t.Fatal(err)
	}
	if st.Mode() != 0o600 || st.Size() != int64(m.Geometry().totalBytes()) || raw.Blocks*512 < st.Size() {
		t.Errorf("mode %v, %d bytes, %d allocated", st.Mode(), st.Size(), raw.Blocks*512)
	}
	if _, err := OpenFile(m.Path()); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := CreateFile(m.Path(), m.Geometry(), Owner{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("exists: %v", err)
	}
	if _, err := os.Stat(m.Path()); err != nil {
		t.Errorf("the other's file is gone: %v", err)
	}
}

func TestCreateNamesPathAndStep(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	for path, step := range map[string]string{
		filepath.Join(dir, "no", "ring"): "create",
		link:                             "create",
		filepath.Join(dir, "ring"):       "geometry",
	} {
		g := Geometry{RingBytes: 4096}
		if step == "geometry" {
			g.RingBytes = 5000
		}
		var fe *FileError
		if _, err := CreateFile(path, g, Owner{}); !errors.As(err, &fe) || fe.Path != path || fe.Step != step {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestNoRoomIsAnError has a file size limit stand in for a full file system: allocation fails, and nothing is left.
func TestNoRoomIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Skip(err)
	}
	// The signal that comes with the limit is ignored by the Go runtime unless somebody asks for it.
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 8 << 20, Max: was.Max}); err != nil {
		t.Skip(err)
	}
	_, err := CreateFile(path, Geometry{RingBytes: 16 << 20}, Owner{})
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	var fe *FileError
	if !errors.As(err, &fe) || fe.Step != "allocate" {
		t.Fatalf("%v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("left behind: %v", err)
	}
}

// TestOpenRefuses is what OpenFile says to everything that is no sound leftover. None of it may be mapped: reading
// behind the end of a short file is a signal, not an error.
func TestOpenRefuses(t *testing.T) {
	edit := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	set := func(at int, to byte) func(*testing.T, string) {
		return edit(func(b []byte) []byte { b[at] = to; return b })
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, string)
		want  error
	}{
		"cut by a byte":       {edit(func(b []byte) []byte { return b[:len(b)-1] }), ErrDamaged},
		"a byte too long":     {edit(func(b []byte) []byte { return append(b, 0) }), ErrDamaged},
		"cut in the header":   {edit(func(b []byte) []byte { return b[:50] }), ErrDamaged},
		"empty":               {edit(func(b []byte) []byte { return nil }), ErrUnfinished},
		"never finished":      {edit(func(b []byte) []byte { clear(b); return b }), ErrUnfinished},
		"another magic":       {set(0, 'x'), ErrNotRing},
		"later version":       {set(8, 2), ErrTooNew},
		"another geometry":    {set(18, 1), ErrDamaged},
		"another generation":  {set(48, 1), ErrDamaged},
		"another checksum":    {set(80, 1), ErrDamaged},
		"impossible geometry": {edit(func(b []byte) []byte { return append(appendIdentity(nil, Geometry{5000, 0}, Owner{}), b[88:]...) }), ErrDamaged},
		"huge geometry":       {edit(func(b []byte) []byte { return append(appendIdentity(nil, Geometry{1 << 40, 0}, Owner{}), b[88:]...) }), ErrDamaged},
		"negative slots":      {edit(func(b []byte) []byte { return append(appendIdentity(nil, Geometry{4096, -1}, Owner{}), b[88:]...) }), ErrDamaged},
		"gone":                {func(t *testing.T, p string) { os.Remove(p) }, os.ErrNotExist},
		"a directory":         {func(t *testing.T, p string) { os.Remove(p); os.Mkdir(p, 0o700) }, unix.EISDIR},
		"a fifo":              {func(t *testing.T, p string) { os.Remove(p); unix.Mkfifo(p, 0o600) }, ErrNotRing},
		"a link to a ring": {func(t *testing.T, p string) {
			os.Rename(p, p+".real")
			os.Symlink(p+".real", p)
		}, unix.ELOOP},
		"another owner": {func(t *testing.T, p string) {
			if os.Chown(p, 12345, -1) != nil {
				t.Skip("only root may give files away")
			}
		}, ErrNotRing},
	} {
		t.Run(name, func(t *testing.T) {
			m := mapped(t, t.TempDir(), 4096)
			m.Close()
			c.spoil(t, m.Path())
			l, err := OpenFile(m.Path())
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if l != nil || !strings.Contains(err.Error(), m.Path()) {
				t.Fatalf("%v does not name the file", err)
			}
		})
	}
}

// TestHolesAreFilledBeforeTheyAreMapped: a copied leftover may be sparse.
func TestHolesAreFilledBeforeTheyAreMapped(t *testing.T) {
	m := mapped(t, t.TempDir(), 1<<20)
	m.Close()
	if err := os.Truncate(m.Path(), headerPageBytes); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(m.Path(), int64(m.Geometry().totalBytes())); err != nil {
		t.Fatal(err)
	}
	l, err := OpenFile(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var raw unix.Stat_t
	if err := unix.Stat(m.Path(), &raw); err != nil || raw.Blocks*512 < raw.Size {
		t.Fatalf("%d of %d bytes allocated, %v", raw.Blocks*512, raw.Size, err)
	}
}

func TestRemoveLeavesAnothersFileAlone(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	if err := os.Rename(m.Path(), m.Path()+".aside"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Path(), []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Remove(); !errors.Is(err, ErrNotRing) {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.Path()); err != nil {
		t.Fatal(err)
	}
}

func TestMappedRingHoldsEveryRecordOfItsProducers(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	runProducers(t, NewMPSC(m), m, 4, 3000)
}

// FuzzIdentity: any bytes are an answer, and what is accepted is written the same again.
func FuzzIdentity(f *testing.F) {
	f.Add(appendIdentity(nil, Geometry{4096, 3}, testOwner))
	f.Add(make([]byte, identityBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, o, err := parseIdentity(b)
		if err != nil {
			return
		}
		if again, _, err := parseIdentity(appendIdentity(nil, g, o)); err != nil || again != g || g.Validate() != nil {
			t.Fatalf("%+v %v", g, err)
		}
	})
}
