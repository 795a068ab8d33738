//go:build !race

package logbuf

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestARingThatIsCutOff faults where somebody touches it, which severs it, and goes on in memory of its own behind all the
// positions that it has given out.
func TestARingThatIsCutOff(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	r := NewMPSC(m)
	last, _ := r.Put([]byte("a record"))
	r.Inspect()
	if r.Severed() {
		t.Error("severed, and nothing has happened")
	}
	if err := os.Truncate(m.Path(), 0); err != nil {
		t.Fatal(err)
	}
	if r.Guard(func() { r.Put([]byte("another")) }) || !r.Severed() {
		t.Error("nothing was wrong with a Put where no page is")
	}
	if r.Used() != r.Cap() || r.Tail() != 0 {
		t.Errorf("%d are used, the tail is %d", r.Used(), r.Tail())
	}
	if _, stalled := r.Stalled(); stalled {
		t.Error("stalled, by nobody")
	}
	at := r.Beyond()
	if err := r.Restart(at); err != nil {
		t.Fatal(err)
	}
	r.Inspect()
	if r.Severed() || m.Mapped() || r.Used() != 0 {
		t.Errorf("severed %v, mapped %v, %d used", r.Severed(), m.Mapped(), r.Used())
	}
	if _, err := os.Stat(m.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
	pos, err := r.Put([]byte("the first"))
	if err != nil || pos <= last+Position(r.Cap()) {
		t.Errorf("the first lies at %d (%v), the last lay at %d", pos, err, last)
	}
	if got, b, ok := r.Next(); !ok || got != pos || string(b) != "the first" {
		t.Errorf("%d %q %v", got, b, ok)
	}
}

// TestARingThatHasGrownAgain is all zeros, and faults nowhere.
func TestARingThatHasGrownAgain(t *testing.T) {
	m := mapped(t, t.TempDir(), 4096)
	r := NewMPSC(m)
	r.Put([]byte("a record"))
	r.Next()
	r.MarkTaken()
	r.Release()
	for _, size := range []int64{0, int64(m.Geometry().totalBytes())} {
		if err := os.Truncate(m.Path(), size); err != nil {
			t.Fatal(err)
		}
	}
	if r.Inspect(); !r.Severed() {
		t.Error("nothing was wrong")
	}
}

// TestOnlyTheRingsFaultsAreSurvived: what else goes wrong under a guard goes on.
func TestOnlyTheRingsFaultsAreSurvived(t *testing.T) {
	r := NewMPSC(mapped(t, t.TempDir(), 4096))
	var nowhere *int
	for name, f := range map[string]func(){
		"a nil pointer": func() { *nowhere = 1 },
		"a panic":       func() { panic("a mistake") },
	} {
		if !stops(func() { r.Guard(f) }) || r.Severed() {
			t.Errorf("%s was taken for a fault of the ring", name)
		}
	}
}
