package fixarchive

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/messagestore"
)

var storeID = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

func openStoreAt(t *testing.T, o Options) (*Archive, *messagestore.Store) {
	t.Helper()
	a, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.StoreFactory().Create(storeID)
	if err != nil {
		t.Fatal(err)
	}
	return a, s.(*messagestore.Store)
}

func saved(n int) []byte { return fmt.Appendf(nil, "8=FIX.4.4\x0134=%d\x01body", n) }

// TestStoreGoesOn: what a store kept is there again when the archive is opened anew.
func TestStoreGoesOn(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	a, s := openStoreAt(t, o)
	if s.NextSenderMsgSeqNum() != 1 || s.NextTargetMsgSeqNum() != 1 || time.Since(s.CreationTime()) > time.Minute {
		t.Fatalf("it begins with %d, %d, %v", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
	}
	for n := 1; n <= 5; n++ {
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, saved(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.IncrNextTargetMsgSeqNum(), s.SetNextTargetMsgSeqNum(7), s.IncrNextTargetMsgSeqNum()); err != nil {
		t.Fatal(err)
	}
	created := s.CreationTime()
	want := func(s *messagestore.Store) {
		t.Helper()
		if s.NextSenderMsgSeqNum() != 6 || s.NextTargetMsgSeqNum() != 8 || !s.CreationTime().Equal(created) {
			t.Errorf("it goes on with %d, %d, %v", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
		}
		got, err := s.GetMessages(2, 9)
		if err != nil || len(got) != 4 || !bytes.Equal(got[0], saved(2)) || !bytes.Equal(got[3], saved(5)) {
			t.Errorf("%d messages, %v", len(got), err)
		}
	}
	want(s)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a, s = openStoreAt(t, o)
	defer a.Close()
	want(s)
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetMessages(1, 9); len(got) != 0 || err != nil || s.NextSenderMsgSeqNum() != 1 {
		t.Errorf("after a reset %d messages, %v", len(got), err)
	}
}
