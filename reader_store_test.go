package fixarchive_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/storetest"
)

// TestASavedStoreIsTheEngines compares what a Reader says of a message store with what the engine's own store says, after a
// random history, while it is open and after it was closed.
func TestASavedStoreIsTheEngines(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			o := fixarchive.Options{
				Path: t.TempDir(), RingDir: t.TempDir(), ReserveBytes: -1, FreePercent: -1, StoreSync: fixarchive.SyncNone,
				SegmentBytes: 64 << 10, Alarm: noAlarms(t),
			}
			var messages []string
			for range 3 {
				a, s := openStore(t, o)
				messages = append(messages, lead(t, a, s, r)...)
				messages = messages[lastIndex(messages, "reset")+1:]
				if err := a.Flush(context.Background()); err != nil {
					t.Fatal(err)
				}
				checkSaved(t, o.Path, s, messages)
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				checkSaved(t, o.Path, s, messages)
			}
		})
	}
}

func lastIndex(list []string, what string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == what {
			return i
		}
	}
	return -1
}

// lead does what engines do. A reset is told by a message "reset".
func lead(t *testing.T, a *fixarchive.Archive, s quickfix.MessageStore, r *rand.Rand) (saved []string) {
	log, err := a.LogFactory(nil).CreateSessionLog(storetest.Session)
	if err != nil {
		t.Fatal(err)
	}
	for range 150 {
		var err error
		switch n := r.IntN(100); {
		case n < 50:
			seq := s.NextSenderMsgSeqNum()
			msg := fmt.Sprintf("8=FIX.4.4\x0134=%d\x01%d", seq, r.IntN(1e9))
			err = s.SaveMessageAndIncrNextSenderMsgSeqNum(seq, []byte(msg))
			saved = append(saved, fmt.Sprint(seq, " ", msg))
			if n < 40 {
				log.OnOutgoing([]byte(msg))
			}
		case n < 58:
			seq := 1 + r.IntN(9)
			err = s.SaveMessage(seq, []byte("again"))
			saved = append(saved, fmt.Sprint(seq, " again"))
		case n < 60:
			err = s.Reset()
			saved = append(saved, "reset")
		case n < 70:
			log.OnOutgoing([]byte("8=FIX.4.4\x0135=4\x0134=7\x01")) // a gap fill, which no store keeps
		case n < 90:
			log.OnIncoming(fmt.Appendf(nil, "8=FIX.4.4\x0135=0\x0134=%d\x01", s.NextTargetMsgSeqNum()))
			err = s.IncrNextTargetMsgSeqNum()
		case n < 95:
			err = errors.Join(s.SetNextSenderMsgSeqNum(1+r.IntN(20)), s.SetNextTargetMsgSeqNum(1+r.IntN(20)))
		default:
			s.SetCreationTime(time.Unix(int64(r.IntN(1e9)), 5))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return saved
}

func checkSaved(t *testing.T, path string, s quickfix.MessageStore, want []string) {
	t.Helper()
	r, err := fixarchive.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	saved, err := r.Store(storetest.Session.String())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := saved.Messages(func(seq int, msg []byte) error { got = append(got, fmt.Sprintf("%d %s", seq, msg)); return nil }); err != nil {
		t.Fatal(err)
	}
	sender, target := saved.Next()
	if sender != s.NextSenderMsgSeqNum() || target != s.NextTargetMsgSeqNum() || !saved.Created().Equal(s.CreationTime()) || saved.ID != storetest.Session || saved.Gaps != 0 {
		t.Errorf("the reader has %d, %d, %v of %v; the engine %d, %d, %v", sender, target, saved.Created(), saved.ID, s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the reader has %q, want %q", got, want)
	}
}

func TestALogWithoutAStore(t *testing.T) {
	o := fixarchive.Options{Path: t.TempDir(), RingDir: t.TempDir(), ReserveBytes: -1, FreePercent: -1}
	a, err := fixarchive.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	log, err := a.LogFactory(nil).CreateSessionLog(storetest.Session)
	if err != nil {
		t.Fatal(err)
	}
	log.OnOutgoing([]byte("8=FIX.4.4\x0134=1\x01"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := fixarchive.OpenReader(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if s, err := r.Store(storetest.Session.String()); !errors.Is(err, fixarchive.ErrNoStore) {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := r.Store("nobody"); !errors.Is(err, fixarchive.ErrNoSession) {
		t.Errorf("got %v", err)
	}
}
