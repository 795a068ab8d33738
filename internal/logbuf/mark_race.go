//go:build race

package logbuf

// mark is atomic where the race detector watches: it cannot know that either value means the same to a reader.
func (v *view) mark(pos uint64, n int) { v.word(pos).Store(claimedWord(n)) }
