package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// patience is what only a store that waits for itself needs.
const patience = 30 * time.Second

// withoutDeadlock runs f, which must end by itself.
func (d *desk) withoutDeadlock(f func() error) {
	d.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err != nil {
			d.Fatal(err)
		}
	case <-time.After(patience):
		d.Fatal("the store waits for itself")
	}
}

// callbackSaves is a resend during which the application goes on sending.
func callbackSaves(d *desk) {
	s := d.create(Session)
	const n = 20
	var want [][]byte
	for i := 1; i <= n; i++ {
		s.saveNext(text(i, 0))
		want = append(want, text(i, 0))
	}
	var got [][]byte
	d.withoutDeadlock(func() error {
		return s.IterateMessages(1, n, func(m []byte) error {
			got = append(got, bytes.Clone(m))
			next := s.NextSenderMsgSeqNum()
			if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(next, text(next, 0)); err != nil {
				return err
			}
			if err := s.IncrNextTargetMsgSeqNum(); err != nil {
				return err
			}
			read, err := s.GetMessages(next, next)
			if err == nil && (len(read) != 1 || !bytes.Equal(read[0], text(next, 0))) {
				err = fmt.Errorf("number %d is %s, want what the callback has just saved", next, shown(read, 0))
			}
			return err
		})
	})
	if at := difference(got, want); at >= 0 {
		d.Errorf("%d messages, want %d; the first that differs is the %dth", len(got), n, at)
	}
	s.wantNumbers(2*n+1, n+1)
	for i := n + 1; i <= 2*n; i++ {
		want = append(want, text(i, 0))
	}
	s.want(1, 2*n, want...)
	s = d.reopen(s, true)
	s.wantNumbers(2*n+1, n+1)
	s.want(1, 2*n, want...)
}

func callbackFails(d *desk) {
	s := filled(d)
	for stopAt := 1; stopAt <= 4; stopAt++ {
		calls := 0
		err := s.IterateMessages(1, 100, func([]byte) error {
			if calls++; calls == stopAt {
				return fmt.Errorf("call %d: %w", calls, errStop)
			}
			return nil
		})
		if !errors.Is(err, errStop) || calls != stopAt {
			d.Errorf("%d calls and %v, want %d calls and the callback's own error", calls, err, stopAt)
		}
	}
	s.want(1, 100, text(2, 0), text(3, 0), text(5, 0), text(9, 0))
	s.save(10, text(10, 0))
	s.want(9, 10, text(9, 0), text(10, 0))
}

func nested(d *desk) {
	s := filled(d)
	pairs := 0
	d.withoutDeadlock(func() error {
		return s.IterateMessages(1, 100, func(outer []byte) error {
			kept := bytes.Clone(outer)
			return s.IterateMessages(3, 100, func([]byte) error {
				if pairs++; !bytes.Equal(kept, outer) {
					return fmt.Errorf("the outer message became %q, was %q", outer, kept)
				}
				return nil
			})
		})
	})
	if pairs != 4*3 {
		d.Errorf("%d pairs, want 12", pairs)
	}
}

// atOnce has an application that sends, a session that counts what it receives, and two that read all that was saved so
// far: they must find each message whose save has returned.
func atOnce(d *desk) {
	const messages = 200
	s := d.create(Session)
	body := func(n int) []byte { return append(text(n, 0), filler(n*131%3000)...) }
	var (
		saved   atomic.Int64
		working sync.WaitGroup
		errs    = make(chan error, 4)
	)
	work := func(f func() error) {
		working.Go(func() {
			if err := f(); err != nil {
				errs <- err
				saved.Store(messages)
			}
		})
	}
	work(func() error {
		for n := 1; n <= messages; n++ {
			if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, body(n)); err != nil {
				return err
			}
			saved.Store(int64(n))
		}
		return nil
	})
	work(func() error {
		for range messages {
			if err := s.IncrNextTargetMsgSeqNum(); err != nil {
				return err
			}
		}
		return nil
	})
	for _, length := range []int{50, messages} {
		work(func() error {
			for saved.Load() < messages {
				if err := readBehind(s, int(saved.Load()), length, body); err != nil {
					return err
				}
			}
			return nil
		})
	}
	working.Wait()
	close(errs)
	for err := range errs {
		d.Error(err)
	}
	s.wantNumbers(messages+1, messages+1)
	s = d.reopen(s, true)
	s.wantNumbers(messages+1, messages+1)
	if err := readBehind(s, messages, messages, body); err != nil {
		d.Error(err)
	}
}

// readBehind reads the last of the messages that were saved, and asks for some that may be yet.
func readBehind(s *store, saved, length int, body func(int) []byte) error {
	n := max(saved-length+1, 1)
	if at := s.NextSenderMsgSeqNum(); at <= saved {
		return fmt.Errorf("the next number is %d behind %d that were saved", at, saved)
	}
	err := s.IterateMessages(n, saved+length, func(m []byte) error {
		if want := body(n); !bytes.Equal(m, want) {
			return fmt.Errorf("number %d is %d bytes %.40q, want %d bytes %.40q", n, len(m), m, len(want), want)
		}
		n++
		return nil
	})
	if err == nil && n <= saved {
		err = fmt.Errorf("%d were saved, and the iteration ended behind %d", saved, n-1)
	}
	return err
}
