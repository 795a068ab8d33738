// Package complete says of a session's MsgSeqNums which are there, which are not, and why not.
//
//	records of one or more logs ──Add──► lives ─► in  ─► held ▓▓▓▓░▓▓▓▓▓▓░░░▓▓▓
//	in the order of their time             │               jumps   ▲      ▲
//	                                       └───► out     skips, gap records: what explains a jump
//	numbers that came twice ──Compare, Again──► with the same bytes, as resends, or differing
//	Report ─► findings: holes that are explained, holes that are not, and what came more than once
//
// A hole is a number below a later one of its direction that no log holds. It is explained by what says of it that it
// will not come (a SequenceReset, a number that the engine's store was set to), by a message that came garbled, or by
// records that the log itself says it lost just there. What nothing explains is called missing. A resend that came later
// fills a hole, so does another log of the session. The last number is not a hole's edge: a log may go on.
//
// Several logs of one session (two hosts after a failover, the engine's hook and a relay) are one account. Their epochs
// count apart, so lives are told by what begins them: the same Logon in two logs begins the same life.
//
// Numbers are kept as ranges, so that memory grows with the number of holes and not of messages. To compare what came
// more than once, the records of those numbers are read again: Compare lists them in portions of bounded size.
//
// The package is pure: it reads no file and no clock. One goroutine uses an Account. It does not know where logs lie.
package complete
