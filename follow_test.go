package fixarchive

import (
	"context"
	"fmt"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// A follower of all sessions goes no further than the writer says that nothing earlier can come, and from there on in
// the next round.
func TestFollowersWaitForWhatWasCapturedBefore(t *testing.T) {
	path := t.TempDir()
	a, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	log, err := a.LogFactory(nil).CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 9; n++ {
		log.OnOutgoing(fmt.Appendf(nil, "8=FIX.4.4\x0135=D\x0134=%d\x01", n))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	last, err := r.Last(9, Query{})
	if err != nil || len(last) != 9 {
		t.Fatal(last, err)
	}

	f := newFollower(r, Query{})
	if _, damage, err := f.begin(0); err != nil || damage != nil {
		t.Fatal(damage, err)
	}
	take := func(upTo bound) (numbers []uint64) {
		for _, l := range f.logs {
			for m, err := range f.since(l, upTo) {
				if err != nil {
					t.Fatal(err)
				}
				numbers = append(numbers, m.MsgSeqNum)
			}
		}
		return numbers
	}
	if got := take(noBound); len(got) != 0 {
		t.Errorf("what was there before is yielded again: %v", got)
	}
	for _, l := range f.logs {
		l.done = 0
	}
	position := record.Position(last[4].Position)
	for _, l := range f.logs {
		if end := l.end(bound{1, position}); end != 4 {
			t.Errorf("up to %d the log ends with %d, want 4", position, end)
		}
	}
	for _, l := range f.logs {
		l.filter.upTo = bound{1, position}
		if got, err := l.last(2); err != nil || len(got) != 2 || got[1].MsgSeqNum != 4 {
			t.Errorf("the last up to %d: %v, %v", position, got, err)
		}
	}
	for _, step := range []struct {
		upTo bound
		want string
	}{
		{bound{0, 1 << 60}, "[]"},
		{bound{1, position}, "[1 2 3 4]"},
		{bound{1, position}, "[]"},
		{bound{1, position + 1}, "[5]"},
		{bound{2, 0}, "[6 7 8 9]"},
		{noBound, "[]"},
	} {
		if got := fmt.Sprint(take(step.upTo)); got != step.want {
			t.Errorf("up to %v: got %s, want %s", step.upTo, got, step.want)
		}
	}
}

func TestFollowEndsBeforeItBegins(t *testing.T) {
	path := t.TempDir()
	a, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for m, err := range r.Follow(ctx, Query{}) {
		t.Errorf("got %+v, %v", m, err)
	}
	for _, err := range r.Follow(context.Background(), Query{Session: "nobody"}) {
		if err == nil {
			t.Error("a session that there is not is followed")
		}
	}
}
