// Package fixarchive keeps every raw FIX message that a session receives or sends, byte for byte, and finds it again.
//
// Beside a quickfixgo engine it is one line: a log factory that archives, from settings (NewLogFactory) or around a
// factory of one's own (Archive.LogFactory). Hooks copy each message into a ring in mapped memory and return; one
// goroutine writes it to the session's append-only log. A crash of the process loses nothing that was accepted. When
// the archive falls behind, it drops and says so in the archive; it never makes the engine wait for a disk.
//
//	engine ──hook──► ring ──sink──► journal ──► logs ──Reader──► by session, MsgSeqNum, epoch, time
//
// A Reader needs no writer and no lock, and may be in any process. What it returns is what was captured, or an error
// that names file and offset.
//
// Archive, the factories and their logs may be used by any goroutine. The package starts goroutines only for open
// archives, and logs nothing: failures in the background reach Options.Alarm, or OnAlarm where settings name the archive.
package fixarchive
