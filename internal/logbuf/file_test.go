package logbuf

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func mapped(t testing.TB, dir string, ringBytes int) *Memory {
	t.Helper()
	m, err := CreateFile(filepath.Join(dir, "ring"), Geometry{RingBytes: ringBytes, Slots: 3}, testOwner)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

var testOwner = Owner{Archive: [16]byte{1, 2}, Generation: 7, Boot: [16]byte{15: 9}, BaseWall: -1}

func TestElsewhereTheErrorNamesTheSystem(t *testing.T) {
	if runtime.GOOS == "linux" {
		t.Skip("this system has mapped rings")
	}
	if _, err := CreateFile("ring", Geometry{RingBytes: 4096}, Owner{}); !errors.Is(err, ErrUnsupported) {
		t.Fatal(err)
	}
}

func TestLeftoverIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	m := mapped(t, dir, 4096)
	if !m.Mapped() || m.Path() != filepath.Join(dir, "ring") {
		t.Fatalf("mapped %v at %q", m.Mapped(), m.Path())
	}
	NewMPSC(m).Put([]byte("left behind"))
	m.Slot(2)[7].Store(99)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatalf("twice: %v", err)
	}

	l, err := OpenFile(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Owner() != testOwner || l.Geometry() != (Geometry{4096, 3}) || l.Slot(2)[7].Load() != 99 {
		t.Fatalf("%+v %+v", l.Owner(), l.Geometry())
	}
	var got []string
	if _, err := Recover(l, collect(&got)); err != nil || len(got) != 1 || got[0] != "left behind" {
		t.Fatal(got, err)
	}
	if err := l.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(m.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("removed: %v", err)
	}
}

func TestLeftoverTakesNoProducers(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	m.Close()
	l, err := OpenFile(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	defer func() {
		if recover() == nil {
			t.Error("a ring was put over a leftover")
		}
	}()
	NewMPSC(l)
}
