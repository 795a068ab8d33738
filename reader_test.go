package fixarchive_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
)

func open(t testing.TB, path string) *fixarchive.Archive {
	t.Helper()
	a, err := fixarchive.Open(fixarchive.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func openReader(t testing.TB, path string) *fixarchive.Reader {
	t.Helper()
	r, err := fixarchive.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func sessionLog(t testing.TB, a *fixarchive.Archive, sender string) quickfix.Log {
	t.Helper()
	log, err := a.LogFactory(nil).CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: sender, TargetCompID: "VENUE"})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func raw(msgType string, n int, fields string) []byte {
	return fmt.Appendf(nil, "8=FIX.4.4\x019=5\x0135=%s\x0134=%d\x01%s10=000\x01", msgType, n, fields)
}

func flush(t testing.TB, a *fixarchive.Archive) {
	t.Helper()
	if err := a.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// all returns everything that q asks for, each with a Raw of its own, and the errors on the way.
func all(r *fixarchive.Reader, q fixarchive.Query) (messages []fixarchive.Message, failed error) {
	for m, err := range r.Messages(q) {
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		messages = append(messages, m.Clone())
	}
	return messages, failed
}

func found(t testing.TB, r *fixarchive.Reader, q fixarchive.Query) []fixarchive.Message {
	t.Helper()
	messages, err := all(r, q)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// What was captured is found byte for byte, by another reader, while its writer lives.
func TestCapturedMessagesAreFound(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	log := sessionLog(t, a, "GATEWAY")
	log.OnEvent("Created session")
	for n := 1; n <= 100; n++ {
		log.OnOutgoing(raw("D", n, "58=\x00\xff\x01"))
		log.OnIncoming(raw("8", n, ""))
	}
	log.OnIncoming([]byte("garbled"))
	flush(t, a)
	r := openReader(t, path)

	got := found(t, r, fixarchive.Query{Session: "GATEWAY"})
	if len(got) != 201 {
		t.Fatalf("%d messages, want 201", len(got))
	}
	for i, m := range got[:200] {
		want, direction := raw("D", i/2+1, "58=\x00\xff\x01"), fixarchive.Out
		if i%2 == 1 {
			want, direction = raw("8", i/2+1, ""), fixarchive.In
		}
		if string(m.Raw) != string(want) || m.Direction != direction || m.MsgSeqNum != uint64(i/2+1) || m.Session != "FIX.4.4:GATEWAY->VENUE" || m.Source != "hook" {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
	if m := got[200]; string(m.Raw) != "garbled" || m.Flags&fixarchive.NotFramed == 0 || m.MsgSeqNum != 0 || m.MsgType != "" {
		t.Errorf("the garbled one: %+v", m)
	}
	for what, c := range map[string]struct {
		q    fixarchive.Query
		want int
	}{
		"one number":      {fixarchive.Query{From: 48, To: 48}, 2},
		"a range, out":    {fixarchive.Query{From: 40, To: 50, Direction: fixarchive.Out}, 11},
		"an open range":   {fixarchive.Query{From: 91}, 20},
		"a type":          {fixarchive.Query{Types: []string{"8"}}, 100},
		"events":          {fixarchive.Query{Kinds: []fixarchive.Kind{fixarchive.Event}}, 1},
		"a limit":         {fixarchive.Query{Limit: 7}, 7},
		"another epoch":   {fixarchive.Query{Epoch: fixarchive.OneEpoch(2)}, 0},
		"before it began": {fixarchive.Query{Until: got[0].Time}, 0},
		"since the last":  {fixarchive.Query{Since: got[200].Time}, 1},
	} {
		if n := len(found(t, r, c.q)); n != c.want {
			t.Errorf("%s: %d, want %d", what, n, c.want)
		}
	}
	last, err := r.Last(3, fixarchive.Query{Types: []string{"D"}})
	if err != nil || len(last) != 3 || last[0].MsgSeqNum != 98 || last[2].MsgSeqNum != 100 {
		t.Errorf("the last: %v, %v", last, err)
	}
}

func TestSessionsTellWhatTheyHold(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	b, c := sessionLog(t, a, "B"), sessionLog(t, a, "A")
	b.OnOutgoing(raw("A", 1, "141=Y\x01"))
	b.OnOutgoing(raw("D", 2, ""))
	b.OnOutgoing(raw("A", 1, "141=Y\x01"))
	c.OnIncoming(raw("8", 1, ""))
	c.OnEvent("x")
	flush(t, a)
	r := openReader(t, path)
	got, err := r.Sessions()
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if s := got[0]; s.Name != "FIX.4.4:A->VENUE" || s.ID.SenderCompID != "A" || s.Inbound != 1 || s.Outbound != 0 || s.Events != 1 || len(s.Epochs) != 1 {
		t.Errorf("%+v", s)
	}
	if s := got[1]; s.Outbound != 3 || len(s.Epochs) != 2 || s.Epochs[1].Number != 2 || s.First.After(s.Last) {
		t.Errorf("%+v", s)
	}
	if e, err := r.EpochsHolding(fixarchive.Query{Session: "B->", From: 1, To: 1}); err != nil || !slices.Equal(e, []uint32{1, 2}) {
		t.Errorf("epochs that hold 1: %v, %v", e, err)
	}
	if _, err := r.Session("C->"); !errors.Is(err, fixarchive.ErrNoSession) {
		t.Error(err)
	}
	if _, err := r.Session("VENUE"); !errors.Is(err, fixarchive.ErrAmbiguous) {
		t.Error(err)
	}
}

func TestWhereThereIsNoArchive(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := fixarchive.OpenReader(path); !errors.Is(err, fixarchive.ErrNotArchive) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// checkOrder fails unless messages are in the order of their capture.
func checkOrder(t *testing.T, messages []fixarchive.Message) {
	t.Helper()
	for i := 1; i < len(messages); i++ {
		a, b := messages[i-1], messages[i]
		if a.Generation > b.Generation || a.Generation == b.Generation && a.Position >= b.Position {
			t.Fatalf("%s %d (generation %d, position %d) comes before %s %d (%d, %d)",
				a.Session, a.Sequence, a.Generation, a.Position, b.Session, b.Sequence, b.Generation, b.Position)
		}
	}
}

// counted fails unless each session's MsgSeqNums go from 1 to n, without a hole and none twice.
func counted(t *testing.T, messages []fixarchive.Message, sessions, n int) {
	t.Helper()
	next := map[string]uint64{}
	for _, m := range messages {
		if next[m.Session]++; m.MsgSeqNum != next[m.Session] {
			t.Fatalf("%s: MsgSeqNum %d, want %d", m.Session, m.MsgSeqNum, next[m.Session])
		}
	}
	if len(messages) != sessions*n || len(next) != sessions {
		t.Fatalf("%d messages of %d sessions, want %d of each of %d", len(messages), len(next), n, sessions)
	}
}

// A follower that begins in the middle sees every message once, and all sessions in the order of their capture, over
// two lives of the writer.
func TestFollowMissesNothing(t *testing.T) {
	const sessions, each = 4, 400
	path := t.TempDir()
	a := open(t, path)
	write := func(from, to int) {
		var wg sync.WaitGroup
		for s := range sessions {
			log := sessionLog(t, a, fmt.Sprintf("GATEWAY%d", s))
			wg.Go(func() {
				for n := from; n <= to; n++ {
					log.OnOutgoing(raw("D", n, ""))
					if n%100 == 0 {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		wg.Wait()
	}
	write(1, each/4)
	flush(t, a)

	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	var got []fixarchive.Message
	var failed error
	done := make(chan struct{})
	begun := make(chan struct{})
	r := openReader(t, path)
	go func() {
		defer close(done)
		for m, err := range r.Follow(ctx, fixarchive.Query{Limit: sessions * each}) {
			if err != nil {
				failed = err
				return
			}
			if got = append(got, m.Clone()); len(got) == 1 {
				close(begun)
			}
			if len(got) == sessions*each {
				stop()
			}
		}
	}()
	<-begun
	write(each/4+1, each/2)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, path)
	write(each/2+1, each)
	flush(t, a)
	<-done
	if failed != nil {
		t.Fatal(failed)
	}
	checkOrder(t, got)
	counted(t, got, sessions, each)
	checkOrder(t, found(t, r, fixarchive.Query{}))
}

// A Reader may be used by several goroutines while the writer writes.
func TestReadersTogether(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	log := sessionLog(t, a, "GATEWAY")
	log.OnOutgoing(raw("D", 1, ""))
	flush(t, a)
	r := openReader(t, path)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				messages, err := all(r, fixarchive.Query{Session: "GATEWAY"})
				if err != nil {
					t.Error(err)
					return
				}
				for i, m := range messages {
					if m.MsgSeqNum != uint64(i+1) {
						t.Errorf("MsgSeqNum %d at %d", m.MsgSeqNum, i)
						return
					}
				}
				if _, err := r.Status(); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for n := 2; n <= 3000; n++ {
		log.OnOutgoing(raw("D", n, ""))
		if n%500 == 0 {
			flush(t, a)
		}
	}
	close(stop)
	wg.Wait()
}
