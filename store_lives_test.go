package fixarchive_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/storetest"
)

// TestStoresDestroyNothing: what an engine's store forgets, by a reset or since a number was saved again, an archive's readers
// find still, each version in its epoch.
func TestStoresDestroyNothing(t *testing.T) {
	o := fixarchive.Options{Path: t.TempDir(), RingDir: t.TempDir(), ReserveBytes: -1, FreePercent: -1, Alarm: noAlarms(t)}
	life := func(n int) string { return fmt.Sprintf("of life %d", n) }
	for n := 1; n <= 4; n++ {
		a, s := openStore(t, o)
		if n > 1 {
			if err := s.Reset(); err != nil {
				t.Fatal(err)
			}
		}
		saveText(t, s, 1, life(n))
		saveText(t, s, 2, "first")
		saveText(t, s, 2, "second")
		if n%2 == 0 { // a reset of a life in which the archive is not opened anew
			if err := s.Reset(); err != nil {
				t.Fatal(err)
			}
			saveText(t, s, 1, "in between")
		}
		if got, err := s.GetMessages(1, 9); err != nil || len(got) != 2-(1-n%2) {
			t.Errorf("life %d: the engine gets %d messages, %v", n, len(got), err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{
		{life(1), "first", "second"}, {life(2), "first", "second"}, {"in between"},
		{life(3), "first", "second"}, {life(4), "first", "second"}, {"in between"},
	}
	for i, want := range want {
		if got := bodies(t, o.Path, uint32(i+1)); !slices.Equal(got, want) {
			t.Errorf("epoch %d: %q, want %q", i+1, got, want)
		}
	}
}

func openStore(t *testing.T, o fixarchive.Options) (*fixarchive.Archive, quickfix.MessageStore) {
	t.Helper()
	a, err := fixarchive.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.StoreFactory().Create(storetest.Session)
	if err != nil {
		t.Fatal(err)
	}
	return a, s
}

func saveText(t *testing.T, s quickfix.MessageStore, n int, text string) {
	t.Helper()
	if err := s.SaveMessage(n, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// bodies are an epoch's messages, in the order in which they were saved.
func bodies(t *testing.T, path string, epoch uint32) (all []string) {
	t.Helper()
	r, err := fixarchive.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for m, err := range r.Messages(fixarchive.Query{Session: storetest.Session.String(), Epoch: fixarchive.OneEpoch(epoch)}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(m.Raw))
	}
	return all
}
