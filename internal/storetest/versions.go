package storetest

// latestWins saves numbers again, near and far from each other, in the middle of what others were saved around.
func latestWins(d *desk) {
	s := d.create(Session)
	version := make([]int, 301)
	for n := 1; n <= 300; n++ {
		s.save(n, text(n, 0))
	}
	again := func(v int, numbers ...int) {
		for _, n := range numbers {
			s.save(n, text(n, v))
			version[n] = v
		}
	}
	again(1, 300, 1, 150, 151, 149, 150)
	again(2, 150, 7, 299)
	again(3, 1)
	check := func() {
		d.Helper()
		for _, r := range [][2]int{{1, 300}, {1, 1}, {150, 150}, {148, 152}, {299, 400}, {2, 6}} {
			var want [][]byte
			for n := r[0]; n <= min(r[1], 300); n++ {
				want = append(want, text(n, version[n]))
			}
			s.want(r[0], r[1], want...)
		}
	}
	check()
	s = d.reopen(s, true)
	check()
	again(4, 150, 2) // a life later
	check()
	s = d.reopen(s, false)
	check()
}

// setBack is what an operator does whose counterparty has lost messages: number 3 is next again.
func setBack(d *desk) {
	s := d.create(Session)
	for n := 1; n <= 5; n++ {
		s.saveNext(text(n, 0))
	}
	s.must("setting back", s.SetNextSenderMsgSeqNum(3))
	s.want(1, 10, text(1, 0), text(2, 0), text(3, 0), text(4, 0), text(5, 0))
	s = d.reopen(s, true)
	s.wantNumbers(3, 1)
	s.saveNext(text(3, 1))
	s.want(1, 10, text(1, 0), text(2, 0), text(3, 1), text(4, 0), text(5, 0))
	s.saveNext(text(4, 1))
	s.want(4, 5, text(4, 1), text(5, 0))
	s.must("setting forward", s.SetNextSenderMsgSeqNum(8))
	s.saveNext(text(8, 1))
	s = d.reopen(s, true)
	s.wantNumbers(9, 1)
	s.want(1, 10, text(1, 0), text(2, 0), text(3, 1), text(4, 1), text(5, 0), text(8, 1))
}
