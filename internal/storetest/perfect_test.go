package storetest

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

// perfect keeps every promise, in memory that outlives its lives, or breaks the one that its fault names.
type perfect struct {
	fault fault

	mu     sync.Mutex
	stores map[quickfix.SessionID]*kept
	live   map[quickfix.SessionID]*perfectStore
}

// kept is what outlives a life.
type kept struct {
	sender, target int
	created        time.Time
	messages       map[int][]byte
}

func newPerfect(f fault) Subject {
	return Subject{New: func(testing.TB) Place {
		p := &perfect{fault: f, stores: map[quickfix.SessionID]*kept{}}
		return Place{
			Open: func() (quickfix.MessageStoreFactory, error) {
				p.live = map[quickfix.SessionID]*perfectStore{}
				return p, nil
			},
			Close: func() error { return nil },
		}
	}}
}

func (p *perfect) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == mixesSessions {
		id.Qualifier = ""
	}
	if s := p.live[id]; s != nil && !s.closed && p.fault != makesTwo {
		return s, nil
	}
	k := p.stores[id]
	switch {
	case k == nil || p.fault == forgets:
		k = &kept{sender: 1, target: 1, created: time.Now(), messages: map[int][]byte{}}
	case p.fault == isYounger:
		k.created = time.Now()
	case p.fault == forgetsNumbers:
		k.sender, k.target = 1, 1
		for n := range k.messages {
			k.sender = max(k.sender, n+1)
		}
	}
	if p.fault == makesTwo && k != nil {
		k = &kept{sender: k.sender, target: k.target, created: k.created, messages: maps.Clone(k.messages)}
	}
	p.stores[id] = k
	p.live[id] = &perfectStore{of: p, kept: k}
	return p.live[id], nil
}

type perfectStore struct {
	of     *perfect
	kept   *kept
	closed bool
}

var errClosed = errors.New("closed")

func (s *perfectStore) do(f func(k *kept)) error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if s.closed && s.of.fault != savesLate {
		return errClosed
	}
	f(s.kept)
	return nil
}

func (s *perfectStore) NextSenderMsgSeqNum() (n int) { s.do(func(k *kept) { n = k.sender }); return n }
func (s *perfectStore) NextTargetMsgSeqNum() (n int) { s.do(func(k *kept) { n = k.target }); return n }
func (s *perfectStore) IncrNextSenderMsgSeqNum() error {
	return s.do(func(k *kept) { k.sender++ })
}
func (s *perfectStore) IncrNextTargetMsgSeqNum() error {
	return s.do(func(k *kept) { k.target++ })
}
func (s *perfectStore) SetNextSenderMsgSeqNum(n int) error {
	return s.do(func(k *kept) { k.sender = n })
}
func (s *perfectStore) SetNextTargetMsgSeqNum(n int) error {
	return s.do(func(k *kept) { k.target = n })
}
func (s *perfectStore) CreationTime() (t time.Time) {
	s.do(func(k *kept) { t = k.created })
	return t
}
func (s *perfectStore) SetCreationTime(time.Time) {}

func (s *perfectStore) SaveMessage(n int, m []byte) error {
	return s.do(func(k *kept) { s.put(k, n, m) })
}

func (s *perfectStore) put(k *kept, n int, m []byte) {
	if _, again := k.messages[n]; again && s.of.fault == firstWins {
		return
	}
	if s.of.fault == endsAtZero {
		m, _, _ = bytes.Cut(m, []byte{0})
	}
	if s.of.fault != doesNotCopy {
		m = bytes.Clone(m)
	}
	if s.of.fault == cutsAt64K {
		m = m[:min(len(m), 64<<10)]
	}
	k.messages[n] = m
}

func (s *perfectStore) SaveMessageAndIncrNextSenderMsgSeqNum(n int, m []byte) error {
	return s.do(func(k *kept) {
		s.put(k, n, m)
		k.sender++
		if s.of.fault == countsBySaved {
			k.sender = n + 1
		}
	})
}

func (s *perfectStore) IterateMessages(begin, end int, cb func([]byte) error) error {
	var found []int
	s.do(func(k *kept) {
		for n := range k.messages {
			if n >= begin && (n < end || n == end && s.of.fault != excludesEnd) {
				found = append(found, n)
			}
		}
		if slices.Sort(found); s.of.fault == descends {
			slices.Reverse(found)
		}
	})
	for i, n := range found {
		if s.of.fault == stopsAtGaps && n != begin+i {
			break
		}
		var m []byte
		s.do(func(k *kept) { m = bytes.Clone(k.messages[n]) })
		if err := cb(m); err != nil {
			if s.of.fault == losesError {
				return nil
			}
			return err
		}
	}
	return nil
}

func (s *perfectStore) GetMessages(begin, end int) (all [][]byte, err error) {
	err = s.IterateMessages(begin, end, func(m []byte) error { all = append(all, m); return nil })
	return all, err
}

func (s *perfectStore) Refresh() error {
	return s.do(func(k *kept) {
		if s.of.fault == refreshCounts {
			k.target++
		}
	})
}

func (s *perfectStore) Reset() error {
	return s.do(func(k *kept) {
		k.sender, k.target, k.created = 1, 1, time.Now()
		if s.of.fault != resetKeeps {
			k.messages = map[int][]byte{}
		}
	})
}

func (s *perfectStore) Close() error {
	s.do(func(*kept) { s.closed = true })
	return nil
}

// TestPerfectStore keeps the contract from asking what cannot be had.
func TestPerfectStore(t *testing.T) {
	Run(t, newPerfect(none))
	History(t, newPerfect(none), Lengths{Operations: 20_000, Life: 2000, Epoch: 3000, Seed: rand.Uint64()})
}
