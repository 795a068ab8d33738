// Package session is a FIX session as the archive knows it: who it is, and how what it says gets into the ring.
//
//	engine ─► hooks ─► Recorder ─┬─ copy into a buffer of the session's pool      outside the lock
//	                             └─ lock · sequence · one Put in the ring · unlock
//	                                    │
//	          ring   [registration] [record 1] [record 2] [gap 3–9] [record 10] …
//	          slot   first and last of what was dropped and has no gap frame behind it yet
//
// Each log has one Recorder, which the Registry hands out. Record, Event, Eventf and Change may be called by any
// goroutine; they copy what they are given before they return. A record either gets the log's next sequence and
// lies in the ring, or takes that sequence along into the count of what was dropped: the numbers have no holes.
// The first frame of a log is its registration, and a gap frame comes before the first record that follows a drop.
//
// Lost, Forget, Dropping and Clock.Check belong to the sink; ParseSlot belongs to recovery.
//
// The hooks turn quickfixgo's Log and Application into records, and pass everything on to the user's own
// unchanged. A peer that has not logged on may choose any name; until it has, its records lie in a log that all
// such peers share and that is bounded.
//
// session opens no files. It does not decide what a sequence goes on from, does not look into messages beyond
// the MsgType of a Logon, and never waits for the ring unless it was asked to.
package session
