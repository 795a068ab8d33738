package fixarchive

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

var sessionNames = []string{
	"FIX.4.4:GATEWAY->VENUE", "FIX.4.4:GATEWAY2->VENUE", "FIX.4.4:GATEWAY->VENUE@relay",
	"FIX.4.2:Desk/A->BROKER:eu", "FIX.4.2:DESK->BROKER:us", "global",
}

func TestSessionsAreFoundByPartsOfTheirNames(t *testing.T) {
	for name, want := range map[string]string{
		"FIX.4.4:GATEWAY->VENUE": "FIX.4.4:GATEWAY->VENUE", // whole, though others have it in them
		"GATEWAY2":               "FIX.4.4:GATEWAY2->VENUE",
		"@relay":                 "FIX.4.4:GATEWAY->VENUE@relay",
		"gateway2":               "FIX.4.4:GATEWAY2->VENUE",
		"DESK":                   "FIX.4.2:DESK->BROKER:us", // one has it in this case
		"global":                 "global",
	} {
		at, err := findName(sessionNames, name, "a")
		if err != nil || sessionNames[at] != want {
			t.Errorf("%s: got %d, %v, want %s", name, at, err, want)
		}
	}
}

func TestAmbiguousNamesListTheirCandidates(t *testing.T) {
	for name, want := range map[string]int{"GATEWAY": 3, "desk": 2, "": 6, "FIX.4.2": 2} {
		_, err := findName(sessionNames, name, "a")
		var e *AmbiguousError
		if !errors.As(err, &e) || !errors.Is(err, ErrAmbiguous) || len(e.Candidates) != want || !slices.IsSorted(e.Candidates) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestUnknownNamesListWhatIsNear(t *testing.T) {
	for name, want := range map[string]string{
		"GATWEAY2": "FIX.4.4:GATEWAY2->VENUE", "FIX.4.2:DESK->BROKER:uk": "FIX.4.2:DESK->BROKER:us", "globl": "global",
	} {
		_, err := findName(sessionNames, name, "a")
		var e *NoSessionError
		if !errors.As(err, &e) || !errors.Is(err, ErrNoSession) || len(e.Near) == 0 || e.Near[0] != want {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if _, err := findName(nil, "x", "dir/a"); err == nil || !strings.Contains(err.Error(), "dir/a") {
		t.Errorf("got %v", err)
	}
}

// A peer may have chosen the name.
func TestErrorsShowNamesSafely(t *testing.T) {
	_, err := findName([]string{"a\x1b[2J", "a\x1b[3J"}, "a\x1b", "x")
	if err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("got %q", err)
	}
}

func TestDistanceIsToTheNearestPart(t *testing.T) {
	for _, c := range []struct {
		whole, part string
		want        int
	}{{"abcdef", "cd", 0}, {"abcdef", "cxd", 1}, {"abcdef", "", 0}, {"", "xy", 2}, {"gateway", "gatway", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.whole, c.part); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.part, c.whole, got, c.want)
		}
	}
}
