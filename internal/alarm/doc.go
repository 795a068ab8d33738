// Package alarm keeps an archive's alarms in a small text file until a person says that they were seen.
//
//	any goroutine ──Note──► known texts, counted ──Write──► alarms                 the writer's, appended to
//	                                                        alarms.acknowledged    a person's: up to which number
//	                              Read ◄──────────────────── both
//
// Note costs a lock and a map, and may be called by any goroutine but that of a hook. Write and Close do the I/O: one
// goroutine at a time is let through, and it should be one that may be held up by a sick disk. A file that cannot be
// written is tried again later and raises no alarm of its own. An alarm that is raised again and again is a line at
// first and then a line now and then that says how often; the file keeps below a size, and says what it gave up for
// that.
//
// Read and Acknowledge need no writer and no lock. Lines that are damaged are shown as they are, as alarms of their own.
// Alarms are told apart by numbers, not by times: a clock that steps back does not make new ones old.
//
// The package knows nothing of what alarms mean. spec/format/alarms.md has the bytes.
package alarm
