package logbuf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// leftover is the file of a ring in which three records were put and one was taken.
func leftover(t testing.TB) []byte {
	m := heap(t, 4096, 3)
	r := NewMPSC(m)
	for range 3 {
		r.Put(make([]byte, 100))
	}
	r.Next()
	r.MarkTaken()
	file := bytes.Clone(m.all)
	copy(file, appendIdentity(nil, m.geometry, testOwner))
	return file
}

func peekAt(t *testing.T, file []byte) (Left, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring")
	if err := os.WriteFile(path, file, 0o400); err != nil {
		t.Fatal(err)
	}
	l, err := Peek(path)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, file) {
		t.Fatalf("the file was changed: %v", err)
	}
	return l, err
}

func TestPeekTellsWhatARecoveryLooksAt(t *testing.T) {
	l, err := peekAt(t, leftover(t))
	if err != nil || l.Owner != testOwner || l.Geometry != (Geometry{4096, 3}) || l.Bytes() != 2*int64(recordBytes(100)) {
		t.Fatalf("%+v, %v", l, err)
	}
}

// What cannot be right is told, and so is what was read before that.
func TestPeekOfWhatIsNoSoundRing(t *testing.T) {
	edit := func(change func(b []byte) []byte) []byte { return change(leftover(t)) }
	for what, c := range map[string]struct {
		file  []byte
		want  error
		owner bool
		bytes int64
	}{
		"empty":    {nil, ErrUnfinished, false, 0},
		"blank":    {make([]byte, 9000), ErrUnfinished, false, 0},
		"short":    {edit(func(b []byte) []byte { return b[:50] }), ErrDamaged, false, 0},
		"no page":  {edit(func(b []byte) []byte { return b[:300] }), ErrDamaged, true, 0},
		"cut off":  {edit(func(b []byte) []byte { return b[:5000] }), ErrDamaged, true, 2 * int64(recordBytes(100))},
		"another":  {edit(func(b []byte) []byte { b[0]++; return b }), ErrNotRing, false, 0},
		"too new":  {edit(func(b []byte) []byte { b[8]++; return b }), ErrTooNew, false, 0},
		"identity": {edit(func(b []byte) []byte { b[40]++; return b }), ErrDamaged, false, 0},
		"tail before taken": {edit(func(b []byte) []byte {
			binary.NativeEndian.PutUint64(b[tailAt:], 8)
			return b
		}), ErrDamaged, true, 0},
		"tail beyond": {edit(func(b []byte) []byte {
			binary.NativeEndian.PutUint64(b[tailAt:], 1<<40)
			return b
		}), ErrDamaged, true, 0},
	} {
		l, err := peekAt(t, c.file)
		if !errors.Is(err, c.want) || (l.Owner == testOwner) != c.owner || l.Bytes() != c.bytes {
			t.Errorf("%s: %+v, %v", what, l, err)
		}
	}
	dir := t.TempDir()
	if _, err := Peek(dir); !errors.Is(err, ErrNotRing) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Peek(filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("gone: %v", err)
	}
}

// Beside a living process it tells of a moment, and holds nobody up.
func TestPeekBesideItsProcess(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	NewMPSC(m).Put(make([]byte, 100))
	if l, err := Peek(m.Path()); err != nil || l.Bytes() != int64(recordBytes(100)) || l.Owner != testOwner {
		t.Fatalf("%+v, %v", l, err)
	}
}

func FuzzPeek(f *testing.F) {
	f.Add(leftover(f)[:headerPageBytes], int64(8192+4096))
	f.Add([]byte{}, int64(0))
	f.Fuzz(func(t *testing.T, page []byte, size int64) {
		l, err := parseLeft(page, size)
		if n := l.Bytes(); n < 0 || n > ringBytesMax || err == nil && n > int64(l.Geometry.RingBytes) {
			t.Errorf("%d bytes in %+v, %v", n, l, err)
		}
	})
}
