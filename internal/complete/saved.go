package complete

// saved is what a log's message store has put and that was not seen being sent yet.
type saved struct {
	waiting map[uint64]save       // by sequence
	latest  map[lifeNumber]uint64 // their sequences
	order   []uint64              // of their sequences, also of those that wait no more
	sends   bool                  // the log sees messages being sent at all
}

type lifeNumber struct {
	life *life
	n    uint64
}

type save struct {
	lifeNumber
	hash  uint64
	again bool // the number was held before
}

// waitingMax is more saves than a sink looks back for the message that a mark is about.
const waitingMax = 1 << 16

func (s *saved) put(sequence uint64, e save) {
	if s.waiting == nil {
		s.waiting, s.latest = map[uint64]save{}, map[lifeNumber]uint64{}
	}
	s.waiting[sequence], s.latest[e.lifeNumber] = e, sequence
	if s.order = append(s.order, sequence); len(s.order) >= 2*waitingMax {
		s.giveUp(waitingMax)
	}
}

// giveUp lets go of the oldest n saves. Those that still wait were not sent, unless a resend shows otherwise.
func (s *saved) giveUp(n int) {
	for _, sequence := range s.order[:n] {
		if e, ok := s.take(sequence); ok {
			e.life.ways[1].unsent.add(Range{e.n, e.n})
		}
	}
	s.order = append(s.order[:0], s.order[n:]...)
}

// take removes the save of a sequence.
func (s *saved) take(sequence uint64) (save, bool) {
	e, ok := s.waiting[sequence]
	if ok {
		delete(s.waiting, sequence)
		if s.latest[e.lifeNumber] == sequence {
			delete(s.latest, e.lifeNumber)
		}
	}
	return e, ok
}

// sent removes the save of a number, which is seen being sent.
func (s *saved) sent(n lifeNumber) (save, bool) {
	s.sends = true
	sequence, ok := s.latest[n]
	if !ok {
		return save{}, false
	}
	return s.take(sequence)
}
