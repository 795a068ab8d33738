package logbuf

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second // longer than any machine needs; only a failure waits for it

func TestEverySentRecordIsReceivedHoweverOftenTheReceiverParks(t *testing.T) {
	const producers, each = 4, 3000
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	for p := range producers {
		c := s.Clone()
		go func() {
			defer c.Close()
			buf := make([]byte, 64)
			for i := 0; i < each; {
				writeNumbered(buf, p, i)
				switch _, err := c.Send(buf); err {
				case nil:
					i++
				case ErrFull:
					runtime.Gosched()
				default:
					t.Errorf("producer %d record %d: %v", p, i, err)
					return
				}
				if i%50 == p {
					time.Sleep(time.Microsecond) // now and then the receiver finds nothing and parks
				}
			}
		}()
	}
	s.Close()
	next := make([]int, producers)
	for {
		_, b, err := r.Recv(patience)
		if err == ErrClosed {
			break
		}
		if err != nil {
			t.Fatalf("after %v: %v", next, err)
		}
		p, i, err := readNumbered(b)
		if err != nil || i != next[p] {
			t.Fatalf("producer %d record %d, want %d: %v", p, i, next[p], err)
		}
		next[p]++
	}
	for p, n := range next {
		if n != each {
			t.Errorf("producer %d: %d records", p, n)
		}
	}
}

// lateQueue lets something happen right after the receiver has looked and found nothing.
type lateQueue struct {
	*MPSC
	looks int
	after func(looks int)
}

func (q *lateQueue) Next() (Position, []byte, bool) {
	pos, b, ok := q.MPSC.Next()
	if !ok {
		q.looks++
		q.after(q.looks)
	}
	return pos, b, ok
}

// TestNoWakeUpIsLost has the sender act right after each of the receiver's looks at an empty ring, the last one
// before it sleeps among them.
func TestNoWakeUpIsLost(t *testing.T) {
	for at := 1; at <= recvYields+2; at++ {
		for name, act := range map[string]func(*Sender){
			"send":  func(s *Sender) { s.Send([]byte("x")) },
			"close": func(s *Sender) { s.Close() },
		} {
			q := &lateQueue{MPSC: NewMPSC(heap(t, 4096, 0))}
			s, r := NewChannel(q)
			q.after = func(looks int) {
				if looks == at {
					act(s)
				}
			}
			returned := make(chan struct{})
			go func() {
				r.Recv(-1)
				close(returned)
			}()
			select {
			case <-returned:
			case <-time.After(patience):
				t.Fatalf("%s after look %d: the receiver sleeps", name, at)
			}
			if q.looks < at {
				t.Fatalf("%d looks, want %d", q.looks, at)
			}
		}
	}
}

func TestParkedReceiverIsWokenBy(t *testing.T) {
	wakers := map[string]struct {
		wake func(*Sender)
		want error
	}{
		"a record": {func(s *Sender) { s.Send([]byte("x")) }, nil},
		"a committed claim": {func(s *Sender) {
			c, _ := s.Claim(1)
			c.Commit()
			s.Notify()
		}, nil},
		"the last sender's close": {func(s *Sender) { s.Close() }, ErrClosed},
	}
	for name, w := range wakers {
		t.Run(name, func(t *testing.T) {
			s, r := NewChannel(NewSPSC(heap(t, 4096, 0)))
			got := make(chan error)
			go func() {
				_, _, err := r.Recv(patience)
				got <- err
			}()
			for s.ch.state.Load() != parked {
				runtime.Gosched()
			}
			w.wake(s)
			if err := <-got; err != w.want {
				t.Fatalf("%v, want %v", err, w.want)
			}
		})
	}
}

func TestRecvWithoutRecords(t *testing.T) {
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	for range 3 {
		if _, _, err := r.Recv(time.Millisecond); err != ErrTimeout {
			t.Fatal(err)
		}
		if _, _, err := r.Recv(0); err != ErrTimeout {
			t.Fatal(err)
		}
		if s.ch.state.Load() != awake {
			t.Fatal("returned, and still parked")
		}
	}
	s.Send([]byte("last"))
	s.Close()
	s.Close()
	if _, b, err := r.Recv(0); err != nil || string(b) != "last" {
		t.Fatalf("%q %v", b, err)
	}
	if _, _, err := r.Recv(-1); err != ErrClosed {
		t.Fatal(err)
	}
	if _, err := s.Send([]byte("x")); err != ErrClosed {
		t.Fatal(err)
	}
}

func TestSendersSeeTheReceiverGo(t *testing.T) {
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	r.Close()
	if _, err := s.Send([]byte("x")); err != ErrClosed {
		t.Fatal(err)
	}
	if _, err := s.Claim(1); err != ErrClosed {
		t.Fatal(err)
	}
	if _, _, err := r.Recv(-1); err != ErrClosed {
		t.Fatal(err)
	}
	s.Notify()
}

func TestSendGivesUpOnAFullRingAndNotOnOneThatIsDrained(t *testing.T) {
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	rec := make([]byte, 504)
	for range 8 {
		if _, err := s.Send(rec); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Send(rec); err != ErrFull {
		t.Fatal(err)
	}
	if _, err := s.Claim(504); err != ErrFull {
		t.Fatal(err)
	}
	if _, err := s.Send(nil); err != ErrEmpty {
		t.Fatal(err)
	}
	r.Recv(0)
	r.Recv(0) // the first is done with
	if _, err := s.Send(rec); err != nil {
		t.Fatal(err)
	}
}

func TestReceivedBytesStayUntilTheNextRecv(t *testing.T) {
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	var wg sync.WaitGroup
	wg.Go(func() {
		defer s.Close()
		buf := make([]byte, 500)
		for i := 0; i < 2000; {
			writeNumbered(buf, 0, i)
			if _, err := s.Send(buf); err == nil {
				i++
			}
		}
	})
	defer wg.Wait()
	for {
		_, b, err := r.Recv(patience)
		if err == ErrClosed {
			return
		}
		runtime.Gosched() // the producer runs, and may not touch b
		if _, _, rerr := readNumbered(b); err != nil || rerr != nil {
			t.Error(err, rerr)
			return
		}
	}
}

func TestChannelAllocatesNothing(t *testing.T) {
	s, r := NewChannel(NewMPSC(heap(t, 4096, 0)))
	b := make([]byte, 100)
	r.Recv(time.Microsecond)
	n := testing.AllocsPerRun(200, func() {
		s.Send(b)
		r.Recv(-1)
		r.Recv(time.Microsecond)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSingleProducerHasNoClones(t *testing.T) {
	s, _ := NewChannel(NewSPSC(heap(t, 4096, 0)))
	defer func() {
		if recover() == nil {
			t.Error("cloned")
		}
	}()
	s.Clone()
}

func BenchmarkNotifyAwake(b *testing.B) {
	s, _ := NewChannel(NewMPSC(heap(b, 4096, 0)))
	for b.Loop() {
		s.Notify()
	}
}
