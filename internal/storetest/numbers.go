package storetest

import (
	"math"
	"time"
)

// slack is how much a creation time may be off: some stores keep whole microseconds.
const slack = time.Microsecond

func isNew(d *desk) {
	before := time.Now().Add(-time.Minute) // the place may have been made a while before
	s := d.create(Session)
	s.wantNumbers(1, 1)
	s.want(1, 10)
	if c := s.CreationTime(); c.Before(before) || c.After(time.Now().Add(slack)) {
		d.Errorf("created %v, want a time after %v and not later than now", c, before)
	}
}

func counts(d *desk) {
	s := d.create(Session)
	s.set(867, 5309)
	s.wantNumbers(867, 5309)
	for range 3 {
		s.must("counting", s.IncrNextSenderMsgSeqNum())
	}
	s.must("counting", s.IncrNextTargetMsgSeqNum())
	s.wantNumbers(870, 5310)
	s.set(12, 1)
	s.wantNumbers(12, 1)
	s.must("refreshing", s.Refresh())
	s.wantNumbers(12, 1)
	s.set(math.MaxInt32, math.MaxInt32-1) // what FIX engines agree on
	s.must("counting", s.IncrNextTargetMsgSeqNum())
	s = d.reopen(s, true)
	s.wantNumbers(math.MaxInt32, math.MaxInt32)
}

func saveCounts(d *desk) {
	s := d.create(Session)
	s.save(1, text(1, 0))
	s.wantNumbers(1, 1)
	s.saveNext(text(1, 1))
	s.wantNumbers(2, 1)
	s.set(420, 1)
	s.must("saving", s.SaveMessageAndIncrNextSenderMsgSeqNum(500, text(500, 0))) // the number counts, whatever was saved
	s.wantNumbers(421, 1)
	s.save(600, text(600, 0))
	s.wantNumbers(421, 1)
	s.want(500, 600, text(500, 0), text(600, 0))
	s = d.reopen(s, true)
	s.wantNumbers(421, 1)
	s.want(500, 600, text(500, 0), text(600, 0))
}

// filled has messages 2, 3, 5 and 9.
func filled(d *desk) *store {
	s := d.create(Session)
	for _, n := range []int{2, 3, 5, 9} {
		s.save(n, text(n, 0))
	}
	return s
}

func ranges(d *desk) {
	s := filled(d)
	for range 2 {
		for _, c := range []struct {
			begin, end int
			want       []int
		}{
			{1, 1, nil}, {1, 2, []int{2}}, {2, 2, []int{2}}, {2, 3, []int{2, 3}}, {3, 4, []int{3}}, {4, 4, nil},
			{3, 9, []int{3, 5, 9}}, {4, 8, []int{5}}, {6, 9, []int{9}}, {9, 9, []int{9}}, {9, 100, []int{9}},
			{1, 9, []int{2, 3, 5, 9}}, {1, math.MaxInt32, []int{2, 3, 5, 9}},
		} {
			var want [][]byte
			for _, n := range c.want {
				want = append(want, text(n, 0))
			}
			s.want(c.begin, c.end, want...)
		}
		s = d.reopen(s, true)
	}
}

func emptyRanges(d *desk) {
	empty := [][2]int{{10, 10}, {10, 1000}, {4, 4}, {6, 8}, {1, 1}, {9, 2}, {1, 0}, {5, 4}, {math.MaxInt, math.MaxInt}, {-3, 0}}
	s := d.create(Session)
	for _, r := range empty {
		s.want(r[0], r[1])
	}
	s.must("closing", s.Close())
	s = filled(d)
	for _, r := range empty {
		s.want(r[0], r[1])
	}
}

// oddNumbers: an engine that was set to nonsense asks for it.
func oddNumbers(d *desk) {
	s := filled(d)
	s.set(10, 4)
	for _, n := range []int{0, -1, math.MinInt, math.MaxInt} {
		before := s.NextSenderMsgSeqNum()
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, text(n, 0)); err != nil && s.NextSenderMsgSeqNum() != before {
			d.Errorf("saving %d was refused (%v), and used number %d", n, err, before)
		}
		_ = s.SaveMessage(n, text(n, 1))
	}
	// What stands between must be served still, however far the range goes.
	for _, begin := range []int{1, 2} {
		s.want(begin, 8, text(2, 0), text(3, 0), text(5, 0))
	}
}
