package logbuf

import "fmt"

// RecoverReport is what a recovery found between taken and tail.
type RecoverReport struct {
	Records int   // committed, and visited
	Bytes   int64 // of their payloads
	Aborted int   // skips: aborted claims and ends of the ring
	Claimed int   // claims that were never committed; nobody was told that their records were accepted
	Unsaid  int   // runs of zero words: claims whose producers died before they wrote a header
	Unread  int64 // ring bytes behind a damage, that were not looked at
}

// Recover visits every committed record of a ring whose process is gone, in order. It finishes the consumer's
// last release first, and changes nothing else, so that it may be run again, with the same outcome, until the
// owner has what it needs and removes the file. The bytes given to visit are the memory's.
//
// An error of visit stops it and is returned. A DamageError stops it too; what was visited before it is good.
func Recover(m *Memory, visit func(Position, []byte) error) (RecoverReport, error) {
	s := scan{view: newView(m), path: m.path}
	if err := s.finishRelease(); err != nil {
		return s.report, err
	}
	for s.pos < s.tail {
		if err := s.step(visit); err != nil {
			return s.report, err
		}
	}
	return s.report, nil
}

// scan walks from taken to tail. It believes no word it reads: every step ends beyond where it began and at
// or before tail.
type scan struct {
	view
	path      string
	pos, tail uint64
	report    RecoverReport
}

// finishRelease does what the consumer may have begun: zero head to taken, then move head.
func (s *scan) finishRelease() error {
	head, taken, tail := s.ctl.head.Load(), s.ctl.taken.Load(), s.ctl.tail.Load()
	if err := checkPositions(head, taken, tail, s.size); err != nil {
		return &DamageError{Path: s.path, Position: Position(taken), Reason: err.Error()}
	}
	s.zero(head, taken)
	s.ctl.head.Store(taken)
	s.pos, s.tail = taken, tail
	return nil
}

// checkPositions says why a ring cannot have these.
func checkPositions(head, taken, tail, size uint64) error {
	if (head|taken|tail)%8 != 0 || taken-head > size || tail-head > size || taken-head > tail-head {
		return fmt.Errorf("head %d, taken %d, tail %d in a ring of %d", head, taken, tail, size)
	}
	return nil
}

func (s *scan) step(visit func(Position, []byte) error) error {
	w := s.word(s.pos).Load()
	kind, n := parseWord(w, s.max)
	if kind == wordFree {
		s.passZeros()
		return nil
	}
	need := recordBytes(n)
	if kind == wordBad || need > s.tail-s.pos || s.offset(s.pos)+need > s.size {
		s.report.Unread = int64(s.tail - s.pos)
		return &DamageError{Path: s.path, Position: Position(s.pos), Reason: fmt.Sprintf("header word %#x", uint64(w))}
	}
	at := s.pos
	s.pos += need
	switch kind {
	case wordSkip:
		s.report.Aborted++
	case wordClaimed:
		s.report.Claimed++
	case wordCommitted:
		if err := visit(Position(at), s.payload(at, n)); err != nil {
			return err
		}
		s.report.Records++
		s.report.Bytes += int64(n)
	}
	return nil
}

// passZeros goes to the next word that is not zero. That is a header: a producer that died before it wrote its
// own left its whole stretch as the consumer left it, zero.
func (s *scan) passZeros() {
	s.report.Unsaid++
	for s.pos < s.tail && s.word(s.pos).Load() == 0 {
		s.pos += headerBytes
	}
}
