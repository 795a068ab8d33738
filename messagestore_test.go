package fixarchive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/messagestore"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
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
	if err := errors.Join(s.SaveMessage(1, saved(1)), s.SaveMessage(3, saved(3))); err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetMessages(1, 9); len(got) != 2 || err != nil || !bytes.Equal(got[1], saved(3)) {
		t.Errorf("of the second life, that has 1 and 3: %q, %v", got, err)
	}
}

// failing is the archive's store, except that its waits for the disk do what await says.
func failing(t *testing.T, a *Archive, await func(record.Position, time.Duration) error) *messagestore.Store {
	t.Helper()
	r, err := a.registry.Recorder(record.LogID{Session: session.FromQuickFIX(storeID), Source: record.Hook})
	if err != nil {
		t.Fatal(err)
	}
	s, err := messagestore.Open(r, messagestore.Options{
		Durable: true, SaveTimeout: 50 * time.Millisecond, Await: await, Alarm: a.alarm,
		Read: a.readLog, Away: a.awayOf, ReadAway: a.readLogAway,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAFailedSaveIsTakenBack: what the engine was told is not saved is not there, now or after a restart, and its number is
// the next one's.
func TestAFailedSaveIsTakenBack(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	a, _ := openStoreAt(t, o)
	broken := errors.New("no disk")
	var fails error
	s := failing(t, a, func(at record.Position, d time.Duration) error { return errors.Join(fails, a.sink.Await(at, d)) })
	for n := 1; n <= 4; n++ {
		fails = nil
		if n%2 == 0 {
			fails = broken
		}
		for range 2 { // a failed number is tried again, and fails again
			err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, saved(n))
			if !errors.Is(err, fails) {
				t.Fatalf("message %d: %v", n, err)
			}
			if fails == nil {
				break
			}
		}
		if fails != nil {
			n2, err := s.GetMessages(n, n)
			if s.NextSenderMsgSeqNum() != n || len(n2) != 0 || err != nil {
				t.Fatalf("after %d failed: next %d, %d messages, %v", n, s.NextSenderMsgSeqNum(), len(n2), err)
			}
			fails = nil
			if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, saved(n)); err != nil && n < 4 {
				t.Fatal(err)
			}
		}
	}
	fails = broken
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(5, saved(5)); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a, again := openStoreAt(t, o)
	defer a.Close()
	got, err := again.GetMessages(1, 9)
	if again.NextSenderMsgSeqNum() != 5 || len(got) != 4 || err != nil {
		t.Errorf("it goes on with %d, %d messages, %v", again.NextSenderMsgSeqNum(), len(got), err)
	}
}

// TestAStoreThatCannotTakeBackRefuses every later save.
func TestAStoreThatCannotTakeBackRefuses(t *testing.T) {
	a, _ := openStoreAt(t, Options{Path: t.TempDir(), RingDir: t.TempDir()})
	defer a.Close()
	broken := errors.New("no disk")
	closes := false
	s := failing(t, a, func(record.Position, time.Duration) error {
		if !closes {
			return nil
		}
		a.registry.Close() // the void finds no way into the ring
		return broken
	})
	closes = true
	if err := s.SaveMessage(1, saved(1)); !errors.Is(err, broken) || !errors.Is(err, session.ErrClosed) {
		t.Errorf("%v", err)
	}
	closes = false
	for _, err := range []error{s.SaveMessage(1, saved(1)), s.Reset(), s.IncrNextTargetMsgSeqNum()} {
		if !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	}
}

// TestASaveWaitsForRoom, and errs when there is none in time; neither a sequence nor a number is used then.
func TestASaveWaitsForRoom(t *testing.T) {
	a, s := openStoreAt(t, Options{Path: t.TempDir(), RingDir: t.TempDir(), RingBytes: 64 << 10, StoreSync: SyncNone, SaveTimeout: time.Minute})
	defer a.Close()
	big := make([]byte, 7<<10)
	for n := 1; n <= 200; n++ { // 20 times what the ring takes
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, big); err != nil {
			t.Fatal(err)
		}
	}
	if _, dropped, _ := a.registry.Totals(); dropped > 0 {
		t.Errorf("%d dropped", dropped)
	}
	if err := s.SaveMessage(201, make([]byte, 17<<20)); err == nil || s.NextSenderMsgSeqNum() != 201 {
		t.Errorf("a message of 17 MiB: %v", err)
	}
	large := bytes.Repeat([]byte("larger than the ring "), 1<<14)
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(201, large); err != nil {
		t.Fatal(err)
	}
	got, err := s.GetMessages(200, 300)
	if err != nil || len(got) != 2 || !bytes.Equal(got[0], big) || !bytes.Equal(got[1], large) {
		t.Errorf("%d messages, %v", len(got), err)
	}
}

// TestOneBody: what the hook hands to the socket as it was saved is a mark, and what differs a record.
func TestOneBody(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	a, s := openStoreAt(t, o)
	log, err := a.LogFactory(nil).CreateSessionLog(storeID)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, saved(n)); err != nil {
			t.Fatal(err)
		}
		if n != 2 { // it stays in the engine's queue
			log.OnOutgoing(saved(n))
		}
	}
	log.OnOutgoing(saved(2)) // late
	log.OnOutgoing(saved(3)) // again
	log.OnOutgoing([]byte("8=FIX.4.4\x0134=1\x0143=Y\x01body"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for m, err := range r.Messages(Query{Session: "GATEWAY", Kinds: []Kind{Outbound, Mark}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%v %d", m.Kind, m.MsgSeqNum))
	}
	want := []string{"out 1", "mark 1", "out 2", "out 3", "mark 3", "out 2", "out 3", "out 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	got = got[:0]
	for m, err := range r.Messages(Query{Session: "GATEWAY", From: 1, To: 2, Handovers: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if h := m.Handover; h != nil {
			got = append(got, fmt.Sprintf("%d sent %v, resent %d, void %v", m.MsgSeqNum, !h.Sent.IsZero(), len(h.Resent), h.Void))
		}
	}
	if want := []string{"1 sent true, resent 1, void false", "2 sent false, resent 1, void false"}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestPending lists what was saved, and neither handed over nor taken back.
func TestPending(t *testing.T) {
	o := Options{Path: t.TempDir(), RingDir: t.TempDir()}
	a, _ := openStoreAt(t, o)
	defer a.Close()
	log, err := a.LogFactory(nil).CreateSessionLog(storeID)
	if err != nil {
		t.Fatal(err)
	}
	var fails error
	s := failing(t, a, func(at record.Position, d time.Duration) error { return errors.Join(fails, a.sink.Await(at, d)) })
	for n := 1; n <= 6; n++ {
		if fails = nil; n == 2 || n == 6 {
			fails = errors.New("no disk")
		}
		err := s.SaveMessage(n, saved(n))
		if (err == nil) != (fails == nil) {
			t.Fatal(err)
		}
		if n == 1 || n == 4 {
			log.OnOutgoing(saved(n))
		}
	}
	log.OnOutgoing([]byte("8=FIX.4.4\x0134=5\x0143=Y\x01resent"))
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]Query{"all": {Pending: true}, "by number": {Session: "GATEWAY", From: 2, Pending: true, Handovers: true}} {
		var got []uint64
		for m, err := range r.Messages(q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.MsgSeqNum)
		}
		if !slices.Equal(got, []uint64{3}) {
			t.Errorf("%s: pending are %d", name, got)
		}
	}
}

// TestSyncInbound: the hook of an inbound message returns when it is durable.
func TestSyncInbound(t *testing.T) {
	a, s := openStoreAt(t, Options{Path: t.TempDir(), RingDir: t.TempDir(), SyncInbound: true, SyncInterval: time.Hour})
	defer a.Close()
	log, err := a.LogFactory(nil).CreateSessionLog(storeID)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		log.OnIncoming(saved(1))
		if tail, _ := a.tail(); a.sink.Durable() < tail {
			t.Errorf("durable up to %d of %d", a.sink.Durable(), tail)
		}
		if err := s.IncrNextTargetMsgSeqNum(); err != nil {
			t.Fatal(err)
		}
		if tail, _ := a.tail(); a.sink.Durable() < tail {
			t.Errorf("counted, durable up to %d of %d", a.sink.Durable(), tail)
		}
	}
}

// TestDamageHidesNoMessage: where a message of a store cannot be read any more, whoever asks for it is told, whatever the
// range and whether or not anything behind it can be reached.
func TestDamageHidesNoMessage(t *testing.T) {
	for _, hit := range []int{1, 5, 20} {
		o := Options{Path: t.TempDir(), RingDir: t.TempDir(), Alarm: func(error) {}}
		a, s := openStoreAt(t, o)
		for n := 1; n <= 20; n++ {
			if err := errors.Join(s.SaveMessageAndIncrNextSenderMsgSeqNum(n, saved(n)), a.Flush(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		spoil(t, o.Path, saved(hit))
		a, s = openStoreAt(t, o)
		for _, asked := range [][2]int{{1, 20}, {hit, hit}, {hit, 20}, {1, hit}} {
			got, err := s.GetMessages(asked[0], asked[1])
			if err == nil {
				t.Errorf("message %d is damaged: %d to %d gives %d messages and no error", hit, asked[0], asked[1], len(got))
			}
		}
		if err := s.SaveMessage(21, saved(21)); err != nil {
			t.Error(err)
		}
		if got, err := s.GetMessages(21, 21); len(got) != 1 || err != nil {
			t.Errorf("message %d is damaged: 21 gives %d messages, %v", hit, len(got), err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if s, err := a.StoreFactory().Create(storeID); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed archive gives %v, %v", s, err)
		}
	}
}

// spoil changes a byte of a message in the store's only segment.
func spoil(t *testing.T, archive string, message []byte) {
	t.Helper()
	log := record.LogID{Session: session.FromQuickFIX(storeID), Source: record.Hook}
	path := filepath.Join(archive, "logs", session.DirName(log), "00000001.seg")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, message)]++
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
