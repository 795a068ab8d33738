package fixarchive

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestWhatWasTakenBackIsNotOfTheStore: a save that failed is in the log, and not in the store that a Reader shows.
func TestWhatWasTakenBackIsNotOfTheStore(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	a, _ := openStoreAt(t, o)
	var fails error
	s := failing(t, a, func(at record.Position, d time.Duration) error { return errors.Join(fails, a.sink.Await(at, d)) })
	for n, err := range []error{nil, errors.New("no disk"), nil} {
		fails = err
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(s.NextSenderMsgSeqNum(), saved(n)); !errors.Is(err, fails) {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	store, err := r.Store(storeID.String())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := store.Messages(func(seq int, msg []byte) error { got = append(got, fmt.Sprint(seq, string(msg))); return nil }); err != nil {
		t.Fatal(err)
	}
	if sender, _ := store.Next(); sender != 3 || !slices.Equal(got, []string{fmt.Sprint(1, string(saved(0))), fmt.Sprint(2, string(saved(2)))}) {
		t.Errorf("next %d, %q", sender, got)
	}
}
