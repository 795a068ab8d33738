package storetest

import (
	"time"

	"github.com/quickfixgo/quickfix"
)

// used is a store with numbers 8 and 13, and messages 1 to 7.
func used(d *desk) *store {
	s := d.create(Session)
	for n := 1; n <= 7; n++ {
		s.saveNext(text(n, 0))
	}
	s.must("setting the target's number", s.SetNextTargetMsgSeqNum(12))
	s.must("counting", s.IncrNextTargetMsgSeqNum())
	return s
}

func (s *store) wantUsed() {
	s.Helper()
	s.wantNumbers(8, 13)
	var want [][]byte
	for n := 1; n <= 7; n++ {
		want = append(want, text(n, 0))
	}
	s.want(1, 100, want...)
}

func (s *store) wantCreated(when time.Time) {
	s.Helper()
	if c := s.CreationTime(); !c.Equal(when) {
		s.Fatalf("created %v, want %v as before", c, when)
	}
}

func resets(d *desk) {
	s := used(d)
	first := s.CreationTime()
	for range 2 { // the second resets a store that is new
		before := time.Now()
		s.must("resetting", s.Reset())
		after := time.Now()
		s.wantNumbers(1, 1)
		s.want(1, 100)
		c := s.CreationTime()
		if c.Before(before.Add(-slack)) || c.After(after.Add(slack)) || c.Before(first) {
			d.Errorf("created %v, want between %v and %v", c, before, after)
		}
		s.must("refreshing", s.Refresh())
		s.wantNumbers(1, 1)
		s.want(1, 100)
		s.wantCreated(c)
	}
	s.saveNext(text(1, 1))
	s.save(5, text(5, 1))
	s.want(1, 100, text(1, 1), text(5, 1)) // nothing of the old life shows through
}

func resetStays(d *desk) {
	for _, closed := range []bool{true, false} {
		s := used(d)
		s.must("resetting", s.Reset())
		created := s.CreationTime()
		s = d.reopen(s, closed)
		s.wantNumbers(1, 1)
		s.want(1, 100)
		s.wantCreated(created)
		s.saveNext(text(1, 1))
		s.must("counting", s.IncrNextTargetMsgSeqNum())
		s = d.reopen(s, closed)
		s.wantNumbers(2, 2)
		s.want(1, 100, text(1, 1))
		s.wantCreated(created)
		s.must("resetting", s.Reset())
		s.must("closing", s.Close())
	}
}

func refreshes(d *desk) {
	s := used(d)
	created := s.CreationTime()
	for range 3 {
		s.must("refreshing", s.Refresh())
		s.wantUsed()
		s.wantCreated(created)
	}
	s.saveNext(text(8, 0))
	s.must("refreshing", s.Refresh())
	s.want(8, 8, text(8, 0))
	s.wantNumbers(9, 13)
}

func reopens(d *desk)         { reopensTimes(d, true) }
func reopensUnclosed(d *desk) { reopensTimes(d, false) }

func reopensTimes(d *desk, closed bool) {
	s := used(d)
	created := s.CreationTime()
	for range 3 {
		s = d.reopen(s, closed)
		s.wantCreated(created)
		s.wantUsed()
	}
	// Only numbers, and then only a message: each alone must be enough to be found again.
	s.set(100, 200)
	s = d.reopen(s, closed)
	s.wantNumbers(100, 200)
	s.save(50, text(50, 0))
	s = d.reopen(s, closed)
	s.wantNumbers(100, 200)
	s.want(8, 100, text(50, 0))
	s.wantCreated(created)
}

func closes(d *desk) {
	s := used(d)
	created := s.CreationTime()
	for range 3 {
		s.must("closing", s.Close())
		s = d.create(Session)
		s.wantUsed()
		s.wantCreated(created)
	}
	s.saveNext(text(8, 0))
	s.must("closing", s.Close())
	s = d.create(Session)
	s.wantNumbers(9, 13)
	s.want(7, 9, text(7, 0), text(8, 0))
}

func closesTwice(d *desk) {
	s := used(d)
	s.must("closing", s.Close())
	s.must("closing again", s.Close())
	s = d.create(Session)
	s.wantUsed()
}

// closedRefuses: an engine that was stopped, and has not noticed, must not use up numbers.
func closedRefuses(d *desk) {
	s := used(d)
	s.must("closing", s.Close())
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(8, text(8, 666)); err == nil {
		d.Error("a closed store took a message")
	}
	if err := s.SaveMessage(3, text(3, 666)); err == nil {
		d.Error("a closed store took a message")
	}
	s = d.create(Session)
	s.wantUsed()
	s.saveNext(text(8, 0))
	s = d.reopen(s, true)
	s.want(8, 100, text(8, 0))
}

func oneStore(d *desk) {
	s := used(d)
	again := d.create(Session)
	again.wantUsed()
	again.saveNext(text(8, 0))
	s.wantNumbers(9, 13)
	s.want(8, 8, text(8, 0))
	s.saveNext(text(9, 0))
	again.want(8, 10, text(8, 0), text(9, 0))
}

func sessionsDoNotMix(d *desk) {
	ids := []quickfix.SessionID{
		Session,
		{BeginString: "FIX.4.2", SenderCompID: "GATEWAY", TargetCompID: "VENUE"},
		{BeginString: "FIX.4.4", SenderCompID: "VENUE", TargetCompID: "GATEWAY"},
		{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE", Qualifier: "2"},
		{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", SenderSubID: "DESK", TargetCompID: "VENUE"},
		{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE", TargetSubID: "DESK"},
		{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", SenderLocationID: "LONDON", TargetCompID: "VENUE", TargetLocationID: "PARIS"},
		{BeginString: "FIX.4.4", SenderCompID: "gateway", TargetCompID: "VENUE"},
	}
	for _, reset := range []int{-1, 0, 3} {
		var stores []*store
		for i, id := range ids {
			s := d.create(id)
			if reset < 0 {
				s.saveNext(text(1, i))
				s.must("setting the target's number", s.SetNextTargetMsgSeqNum(10+i))
			}
			if reset == i {
				s.must("resetting", s.Reset())
				s.saveNext(text(1, i))
				s.must("setting the target's number", s.SetNextTargetMsgSeqNum(10+i))
			}
			stores = append(stores, s)
		}
		for i, s := range stores {
			s.wantNumbers(2, 10+i)
			s.want(1, 2, text(1, i))
			s.must("closing", s.Close())
		}
		d.end()
		d.begin()
	}
}
