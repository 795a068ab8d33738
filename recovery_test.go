package fixarchive_test

import (
	"os"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

// events are the texts of the archive's global log.
func events(t *testing.T, path string) (texts []string) {
	t.Helper()
	for _, m := range found(t, openReader(t, path), fixarchive.Query{Kinds: []fixarchive.Kind{fixarchive.Event}}) {
		if m.Source != "global" {
			t.Errorf("an event of %s: %s", m.Session, m.Raw)
		}
		texts = append(texts, string(m.Raw))
	}
	return texts
}

// What a recovery did stands in the archive, once.
func TestARecoveryLeavesAnEvent(t *testing.T) {
	path, _ := died(t, 0)
	a := open(t, path)
	flush(t, a)
	got := events(t, path)
	if len(got) != 1 || !strings.Contains(got[0], "generation 1 was not closed and has been recovered: 0 records from its ring; ") ||
		!strings.HasSuffix(got[0], "; 0 gaps for what was lost") {
		t.Fatalf("got %q", got)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if again := events(t, path); len(again) != 1 {
		t.Errorf("after a clean close there are %q", again)
	}
}

func TestARecoveryWithoutARingSaysSo(t *testing.T) {
	path, ring := died(t, 4000)
	if err := os.Remove(ring); err != nil {
		t.Fatal(err)
	}
	a, err := fixarchive.Open(fixarchive.Options{Path: path, Alarm: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	flush(t, a)
	if got := events(t, path); len(got) != 1 || !strings.Contains(got[0], "its ring is lost") || !strings.Contains(got[0], "1 gap for") {
		t.Errorf("got %q", got)
	}
}
