package complete

import "time"

// What says what a finding is.
type What uint8

const (
	Missing  What = iota + 1 // a hole that nothing explains
	TooMany                  // there are more holes than can be counted; nothing more is known of this direction
	Dropped                  // a hole where the archive's log says that it lost records, or damage took them
	Skipped                  // a hole that a SequenceReset or the engine's store passed over
	Garbled                  // a hole for which a message came whose frame does not hold
	BeginsAt                 // the numbers begin above 1, and nothing says that they should not
	LackedBy                 // numbers that a log lacks and another has

	Different  // different messages under one number, no resend among them
	Redone     // a resend whose body is not that of what it resends
	Again      // the same body sent again with another header, not marked as a resend
	LogonAgain // a Logon sent again with its number
	Copied     // the same bytes twice in one log
	Resent     // a resend, as it should be
	Late       // a lower number than one before it, for the first time, and not marked as a resend
	Unsent     // put by the message store, and not seen being sent

	LostRecords   // sequences of a log that it says it lost, or that damage took
	AbsentRecords // sequences of a log of which nothing says why they are not there
)

var whatNames = [...]string{
	"", "missing", "too many", "dropped", "skipped", "garbled", "begins at", "lacked",
	"different", "resent otherwise", "sent again", "logon again", "copied", "resent", "late", "unsent",
	"records lost", "records missing",
}

func (w What) String() string { return whatNames[w] }

// IsHole reports whether w speaks of what no log has.
func (w What) IsHole() bool {
	return w >= Missing && w <= Garbled || w == LostRecords || w == AbsentRecords
}

// Explained reports whether w is a hole that is explained, or none.
func (w What) Explained() bool { return w != Missing && w != TooMany && w != AbsentRecords }

// Ordinary reports whether w is what sessions do all the time or what is explained. The rest is for people to look at.
func (w What) Ordinary() bool {
	return w.Explained() && w != Different && w != Redone && w != Late
}

// Finding is something that is to be said of a range of numbers.
type Finding struct {
	What What
	Range
	Log   int    // whose finding it is; -1: of all logs together
	Cause *Cause // what explains it, or what is known beside that; nil: nothing

	// Of a hole: the records of one log between which it lies. A zero Place where there is none.
	Before, After Place
}

// Cause is a record that explains something.
type Cause struct {
	Place
	Text string
}

// Report is the whole account.
type Report struct {
	Lives []Life
	Logs  []Log
}

// Log is what there is to say of a log by itself.
type Log struct {
	First, Last uint64 // sequences; 0 when it holds nothing
	Findings    []Finding
}

// Life is one life of the session's numbers.
type Life struct {
	Parts    []Part    // by log
	From, To time.Time // of its messages
	In, Out  Way
}

// Part is which epochs of a log are of a life; 0 where none is.
type Part struct{ From, To uint32 }

// Way is one direction of a life.
type Way struct {
	First, Last uint64    // numbers; 0 when there is none
	Messages    uint64    // in all logs together
	Bare        uint64    // messages without a number
	Numbers     uint64    // that are held, from First to Last
	Missing     uint64    // numbers of holes that are not explained
	Explained   uint64    // numbers of holes that are
	Findings    []Finding // by their numbers
}

// Unexplained counts the holes that nothing explains, and the numbers in them.
func (r *Report) Unexplained() (holes, numbers uint64) {
	tell := func(all []Finding) {
		for i := range all {
			if !all[i].What.Explained() {
				holes++
				numbers += all[i].Count()
			}
		}
	}
	for i := range r.Lives {
		tell(r.Lives[i].In.Findings)
		tell(r.Lives[i].Out.Findings)
	}
	for i := range r.Logs {
		tell(r.Logs[i].Findings)
	}
	return holes, numbers
}
