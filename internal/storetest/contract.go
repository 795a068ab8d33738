package storetest

import (
	"testing"
)

// cases are the contract, a sentence each.
var cases = []struct {
	name  string
	needs Promise
	try   func(d *desk)
}{
	{"a new store begins at one, now, with nothing", 0, isNew},
	{"numbers are what they were set to, plus one for each increment", 0, counts},
	{"saving counts only where it says so", 0, saveCounts},
	{"ranges are inclusive, ascending, and pass over gaps", 0, ranges},
	{"ranges without anything in them are empty", 0, emptyRanges},
	{"bytes are copied on the way in and out", 0, copies},
	{"every byte comes back", 0, everyByte},
	{"a number that no engine uses is refused or served, and harms nothing", 0, oddNumbers},

	{"the latest of a number wins", LatestWins, latestWins},
	{"a number that was set back is saved over", LatestWins, setBack},

	{"a callback may save and iterate", 0, callbackSaves},
	{"a callback's error ends the iteration and comes back", 0, callbackFails},
	{"iterations may be nested", 0, nested},
	{"goroutines save, count and iterate at once", AtOnce, atOnce},

	{"a reset empties and begins anew", 0, resets},
	{"a reset is a reset after reopening too", 0, resetStays},
	{"a refresh changes nothing", 0, refreshes},
	{"what was saved is there after reopening", 0, reopens},
	{"a store that was not closed reopens as well", 0, reopensUnclosed},
	{"a closed store is made again in the same life", 0, closes},
	{"closing twice is harmless", 0, closesTwice},
	{"a closed store refuses to save", 0, closedRefuses},
	{"a live session has one store", OneStore, oneStore},
	{"sessions do not mix", 0, sessionsDoNotMix},

	{"every size comes back, or is refused and uses no number", 0, everySize},
}

// Run runs the contract against s.
func Run(t *testing.T, s Subject) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.needs&s.Lacks != 0 {
				t.Skip("this store does not promise it")
			}
			c.try(newDesk(t, s))
		})
	}
}
