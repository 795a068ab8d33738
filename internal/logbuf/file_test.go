package logbuf

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestFileIsFoundAgain(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no mapped rings on " + runtime.GOOS)
	}
	path := filepath.Join(t.TempDir(), "ring")
	o := Owner{Generation: 7, BaseWall: -1}
	m, err := CreateFile(path, Geometry{RingBytes: 4096, Slots: 3}, o)
	if err != nil {
		t.Fatal(err)
	}
	NewMPSC(m).Put([]byte("left behind"))
	m.Slot(2)[7].Store(99)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m, err = OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Owner() != o || m.Geometry() != (Geometry{4096, 3}) || m.Slot(2)[7].Load() != 99 {
		t.Fatalf("%+v %+v", m.Owner(), m.Geometry())
	}
	n := 0
	if _, err := Recover(m, func(_ Position, b []byte) error { n++; return nil }); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := m.Remove(); err != nil {
		t.Fatal(err)
	}
}
