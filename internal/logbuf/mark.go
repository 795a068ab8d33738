//go:build !race

package logbuf

import "unsafe"

// mark stores the negated length, step 3 of the package comment, as a plain word. An atomic store is a locked
// instruction, a quarter of what a Put costs, and here nothing would be bought with it: whether the consumer, which
// loads the word atomically, sees zero or the negated length, it waits; and the length that Commit stores to the
// same word cannot be overtaken. That it precedes the payload matters only to a killed process, where the order of
// the instructions is the order of the stores.
func (v *view) mark(pos uint64, n int) {
	*(*int64)(unsafe.Add(v.base, v.offset(pos))) = claimedWord(n)
}
