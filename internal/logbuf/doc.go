// Package logbuf is a byte ring: many goroutines put records in, one takes them out, and a process that is
// killed in between leaves them in a mapped file for the next one.
//
//	  released        taken         committed, or still being written        free, all zeros
//	················│░░░░░░░░░░░░░│▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓│················
//	              head          taken                                     tail        head + ring
//
//	┌ 8 B header word ─┬ payload ┬ zeros to 8 B ┐   0               never claimed
//	│                  │         │              │   -length         claimed, being written
//	└──────────────────┴─────────┴──────────────┘   length          committed
//	                                                skip | length   nothing here: the end of the ring, or an abort
//
// The three positions are free-running offsets in an endless stream; the ring holds the stretch from head to
// tail. A record never crosses the ring's end: a skip fills what is left, and the record starts at the front.
//
// Put may be called by any goroutine and copies its argument; TryClaim hands out the bytes to encode in place.
// A full ring is reported, never waited for: what to do then is the caller's decision. The consumer's half,
// Next, MarkTaken, Release and Stalled, belongs to one goroutine. It takes in two steps: once what it read is
// safe elsewhere it publishes taken, where a recovery would start; then it zeroes those bytes and publishes
// head, up to which producers may write again. Producers rely on finding zeros; so does recovery, to which a
// zero word means that a producer died before it could say what it had claimed.
//
// A claim that is neither committed nor aborted stops the consumer for good. That is why Put is the usual way
// in, and why a deferred Abort after a Commit does nothing.
//
// # Why no reader sees half a record
//
//  1. A producer moves tail with a compare-and-swap, from a value it read to one past its record. Only one
//     producer wins each stretch, so from here on the stretch has one writer. It checked the new tail against a
//     head it loaded: the consumer's store of head (step 7) is what made the stretch zero for it.
//  2. If the record would cross the end, it stores a skip word at the old tail.
//  3. It stores the negated length (mark says how). Up to here the word was zero; the consumer takes either for "not
//     yet".
//  4. It writes the payload, plainly.
//  5. It stores the length. This is the store that publishes; the consumer's load of the same word observes it,
//     and with it everything of step 4. After this the producer touches nothing of the stretch.
//  6. The consumer, once it is done with a run of records, stores taken.
//  7. It zeroes head to taken, plainly, and stores head. A producer's load of head observes that store, and with
//     it the zeros. Producers keep a copy of head beside tail (bound); it was stored after such a load, so who
//     loads the copy observes the zeros as well, and an old copy only makes the ring look fuller than it is.
//
// The consumer never looks beyond head + ring, so it cannot meet a record that it has read but not released.
//
// # Why a killed process loses nothing
//
// A killed process stops between two instructions of each of its threads, and all it stored before is in the
// mapped pages. So of a record's stores a prefix of 1 to 5 is there: after 1, zeros (or, after 2, a skip and zeros);
// after 3 and 4, a negative length that says how far to skip; after 5, the record. Of the consumer's stores, too:
// before 6, the records are found again, as they must be; from 6 on, they are not, and recovery zeroes head to
// taken itself before it looks at anything, since a prefix of them may be zeroed already. A machine that loses power
// is another matter: pages reach a disk in any order. The owner's boot identity tells the two apart.
//
// The race detector does not see synchronisation that goes through mapped memory: Go memory handed over only by
// putting a record in a mapped ring is ordered, but would be reported. Over a heap ring it is seen.
//
// logbuf knows nothing of FIX or clocks, and does not know what a record means.
package logbuf
