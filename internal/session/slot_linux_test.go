//go:build !race

// The race detector makes its own stores, and dies of a fault in one.

package session

import (
	"os"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"

	"github.com/fixarchive/fixarchive/internal/logbuf"
)

// TestSlotIsStoredInItsOrder lays a slot over two pages, one of them read-only, so that the first store to that one is
// the last thing that happens: what the other page holds then was stored before.
func TestSlotIsStoredInItsOrder(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for _, c := range []struct {
		name    string
		split   int  // the words before it lie in the first page
		guarded bool // the first page is the read-only one
		prepare func(*pending, *logbuf.Slot)
		do      func(*pending, *logbuf.Slot)
	}{
		{
			name: "a range begins with the last store", split: slotFirst + 1,
			prepare: func(*pending, *logbuf.Slot) {},
			do:      func(p *pending, s *logbuf.Slot) { p.lose(7, 100, 1000); p.begin(s, 1) },
		},
		{
			name: "a range grows with the last store", split: slotLast + 1,
			prepare: func(p *pending, s *logbuf.Slot) { p.lose(7, 100, 1000); p.begin(s, 1) },
			do:      func(p *pending, s *logbuf.Slot) { p.lose(8, 30, 1100); p.grow(s) },
		},
		{
			name: "a range shrinks with the first store", split: slotFirst + 1, guarded: true,
			prepare: func(p *pending, s *logbuf.Slot) {
				p.lose(7, 100, 1000)
				p.begin(s, 1)
				p.lose(8, 30, 1100)
				p.grow(s)
			},
			do: func(p *pending, s *logbuf.Slot) {
				p.first, p.lost.Count, p.lost.Bytes, p.lost.First = 8, 1, 30, 1000
				p.shrink(s)
			},
		},
	} {
		slot, first, second := slotOverTwoPages(t, c.split)
		guarded, open := second, [2]int{0, c.split}
		if c.guarded {
			guarded, open = first, [2]int{c.split, len(slot)}
		}
		var p pending
		c.prepare(&p, slot)
		before := words(slot)
		if err := syscall.Mprotect(guarded, syscall.PROT_READ); err != nil {
			t.Fatal(err)
		}
		if !stops(func() { c.do(&p, slot) }) {
			t.Errorf("%s: nothing was stored", c.name)
		}
		for w, after := range words(slot) {
			if w >= open[0] && w < open[1] && after != before[w] {
				t.Errorf("%s: word %d was stored too early", c.name, w)
			}
		}
	}
}

func slotOverTwoPages(t *testing.T, split int) (s *logbuf.Slot, first, second []byte) {
	page := os.Getpagesize()
	b, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(b) })
	return (*logbuf.Slot)(unsafe.Pointer(&b[page-8*split])), b[:page], b[page:]
}

// stops reports whether f stops at a fault.
func stops(f func()) (stopped bool) {
	defer func() { stopped = recover() != nil }()
	f()
	return false
}
