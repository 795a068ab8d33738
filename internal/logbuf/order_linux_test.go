//go:build !race

// The race detector makes its own stores, and dies of a fault in one.

package logbuf

import (
	"runtime/debug"
	"testing"

	"golang.org/x/sys/unix"
)

// TestZeroingComesBetweenTakenAndHead makes the ring read-only, so that the first byte that is zeroed stops the consumer
// there: taken has moved by then, and head has not.
func TestZeroingComesBetweenTakenAndHead(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	m := mapped(t, t.TempDir(), 4096)
	r := NewMPSC(m)
	for range 3 {
		r.Put([]byte("a record"))
	}
	r.Next()
	r.Next()
	protect := func(how int) {
		if err := unix.Mprotect(m.ring(), how); err != nil {
			t.Fatal(err)
		}
	}
	protect(unix.PROT_READ)
	if stops(r.MarkTaken) || r.Taken() != r.Cursor() {
		t.Error("something was zeroed before taken said that it may be")
	}
	if !stops(r.Release) || r.Head() != 0 {
		t.Errorf("head is %d, and nothing was zeroed yet", r.Head())
	}
	protect(unix.PROT_READ | unix.PROT_WRITE)
	r.Release()
	if r.Head() != r.Taken() || !allZero(freeBytes(m)) {
		t.Errorf("released up to %d of %d", r.Head(), r.Taken())
	}
}

// stops reports whether f stops at a fault.
func stops(f func()) (stopped bool) {
	defer func() { stopped = recover() != nil }()
	f()
	return false
}
