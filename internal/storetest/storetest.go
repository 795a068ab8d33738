// Package storetest says what a quickfix.MessageStore must do, as tests that run against any factory.
//
//	Run      the contract, a case for each sentence of it
//	History  random operations, compared with a model of two numbers and a map
//
//	Subject.New ─► Place ─► Open ─► factory ─► Create ─► store      one life of a process
//	                   └──► Open …                                  the next one, over what the last has left
//
// Both may be called from any test, with a Subject whose New may be called again and again. What a store does not promise
// is named in Subject.Lacks, and the cases that ask for it are skipped. It needs nothing but quickfix's interfaces, and
// knows nothing of archives: what only an archive promises (old lives that stay, what it says to readers) is tested there.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/quickfixgo/quickfix"
)

// Subject is a kind of store under test.
type Subject struct {
	// New makes an empty place. What it needs at its end it leaves to tb.Cleanup.
	New func(tb testing.TB) Place

	Lacks Promise
}

// Place is where stores keep what must outlive them.
type Place struct {
	// Open begins a life: what a process does before it makes its stores.
	Open func() (quickfix.MessageStoreFactory, error)
	// Close ends it, in good order. Its stores are not used any more, whether or not they were closed.
	Close func() error
}

// Promise is something that not every store can do.
type Promise uint

const (
	// LatestWins: a MsgSeqNum that was saved more than once is read once, with its latest bytes, in its place.
	LatestWins Promise = 1 << iota
	// AtOnce: some goroutines save and count while others iterate.
	AtOnce
	// OneStore: a factory that is asked again for a session whose store is open returns that store.
	OneStore
)

// Session is the session that most cases use.
var Session = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// desk is a place, and the life that goes on there.
type desk struct {
	testing.TB
	place   Place
	factory quickfix.MessageStoreFactory // nil between two lives
}

func newDesk(tb testing.TB, s Subject) *desk {
	tb.Helper()
	d := &desk{TB: tb, place: s.New(tb)}
	d.begin()
	tb.Cleanup(d.end)
	return d
}

func (d *desk) begin() {
	d.Helper()
	factory, err := d.place.Open()
	if err != nil {
		d.Fatalf("opening the place: %v", err)
	}
	d.factory = factory
}

// end ends the life, if one goes on.
func (d *desk) end() {
	d.Helper()
	if d.factory == nil {
		return
	}
	d.factory = nil
	if err := d.place.Close(); err != nil {
		d.Errorf("closing the place: %v", err)
	}
}

func (d *desk) create(id quickfix.SessionID) *store {
	d.Helper()
	s, err := d.factory.Create(id)
	if err != nil {
		d.Fatalf("making the store of %v: %v", id, err)
	}
	return &store{MessageStore: s, TB: d.TB}
}

// reopen ends the life with its stores closed or not, and returns the session's store in the next.
func (d *desk) reopen(s *store, closed bool) *store {
	d.Helper()
	if closed {
		s.must("Close", s.Close())
	}
	d.end()
	d.begin()
	return d.create(Session)
}

// store is a store whose failures fail the test.
type store struct {
	quickfix.MessageStore
	testing.TB
}

func (s *store) must(what string, err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

func (s *store) save(n int, m []byte) {
	s.Helper()
	s.must(fmt.Sprintf("saving %d bytes as %d", len(m), n), s.SaveMessage(n, m))
}

func (s *store) saveNext(m []byte) {
	s.Helper()
	n := s.NextSenderMsgSeqNum()
	s.must(fmt.Sprintf("saving %d bytes as the next, %d", len(m), n), s.SaveMessageAndIncrNextSenderMsgSeqNum(n, m))
}

func (s *store) set(sender, target int) {
	s.Helper()
	s.must("setting the sender's number", s.SetNextSenderMsgSeqNum(sender))
	s.must("setting the target's number", s.SetNextTargetMsgSeqNum(target))
}

func (s *store) wantNumbers(sender, target int) {
	s.Helper()
	if x, y := s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(); x != sender || y != target {
		s.Fatalf("the next numbers are %d and %d, want %d and %d", x, y, sender, target)
	}
}

// read returns what both ways to read a range give, which must be the same.
func (s *store) read(begin, end int) [][]byte {
	s.Helper()
	var got [][]byte
	err := s.IterateMessages(begin, end, func(m []byte) error {
		got = append(got, m)
		return nil
	})
	s.must(fmt.Sprintf("iterating over %d to %d", begin, end), err)
	again, err := s.GetMessages(begin, end)
	s.must(fmt.Sprintf("getting %d to %d", begin, end), err)
	if at := difference(got, again); at >= 0 {
		s.Fatalf("%d to %d: IterateMessages and GetMessages differ at the %dth of %d and %d", begin, end, at, len(got), len(again))
	}
	return got
}

func (s *store) want(begin, end int, want ...[]byte) {
	s.Helper()
	got := s.read(begin, end)
	if at := difference(got, want); at >= 0 {
		s.Fatalf("%d to %d: %d messages, want %d; the first that differs is the %dth: %s, want %s",
			begin, end, len(got), len(want), at, shown(got, at), shown(want, at))
	}
}

// difference is the first place at which a and b are not the same, or -1.
func difference(a, b [][]byte) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !bytes.Equal(a[i], b[i]) {
			return i
		}
	}
	return -1
}

func shown(list [][]byte, at int) string {
	if at >= len(list) {
		return "none"
	}
	m := list[at]
	return fmt.Sprintf("%d bytes %.60q", len(m), m[:min(len(m), 60)])
}

// errStop is what callbacks end an iteration with.
var errStop = errors.New("the callback has seen enough")

// text is a message that no other is like.
func text(n, version int) []byte { return fmt.Appendf(nil, "message %d, version %d", n, version) }
