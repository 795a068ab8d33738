// Package messagestore lets a FIX engine keep its messages and numbers in the archive instead of beside it.
//
//	engine ─ SaveMessage ─► Recorder.Save ─► ring ─► journal ─► fdatasync ─► SaveMessage returns
//	       ─ Incr, Set   ─► Recorder.Set  ─► ring ─► …           before the next save, and nobody waits
//	       ◄ Iterate     ◄─ what was saved a moment ago, from memory; the rest from the log's files, a window at a time
//
// A Store is one session's, in the log that its hooks record to. It never changes or removes anything: Reset begins a new life
// behind which the old one stays, and a message saved again under its number hides the one before it.
//
// What a save promises depends on Sync; what all of them share is that a number is used only when the message under it
// is in the archive. A save that fails behind the ring is taken back by a void, so that its message is not resent after a
// restart; where the void cannot be recorded either, the Store refuses every later save.
//
// All methods may be called by any goroutine, also from the callback of IterateMessages: no lock is held across that.
// A Store opens no files of its own, and does not know where the log's lie.
package messagestore
