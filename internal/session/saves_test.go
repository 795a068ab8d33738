package session

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestAMarkIsOfTheSameBytes: what goes to the socket with other bytes than were saved is no mark, be it as long.
func TestAMarkIsOfTheSameBytes(t *testing.T) {
	s := saves{stored: func() record.Position { return 0 }}
	s.add(saved{number: 1, sequence: 1}, []byte("message 1"))
	s.add(saved{number: 2, sequence: 2}, []byte("message 2"))
	if m := s.hand([]byte("message X")); m != nil {
		t.Errorf("it is taken for %+v", *m)
	}
	if m := s.hand([]byte("message 2")); m == nil || m.sequence != 2 {
		t.Errorf("message 2 is not found: %+v", m)
	}
	if m := s.hand([]byte("message 2")); m != nil {
		t.Errorf("message 2 is handed over twice: %+v", *m)
	}
}

// TestSavesAreKeptUntilTheyAreStored, whatever else happens to them: a resend finds them nowhere else.
func TestSavesAreKeptUntilTheyAreStored(t *testing.T) {
	stored, rnd := record.Position(0), rand.New(rand.NewPCG(1, 2))
	s := saves{stored: func() record.Position { return stored }}
	body := func(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%d ", n), 1+n*7%300) }
	for n := 1; n <= 5_000; n++ {
		s.add(saved{number: record.MsgSeqNum(n), sequence: record.Sequence(n), position: record.Position(n)}, body(n))
		switch what := rnd.IntN(4); {
		case what == 0:
			s.void(record.Sequence(n))
		case what == 1 || n < 2_500: // else what nobody handed over keeps the rest as well
			s.hand(body(n))
		}
		if rnd.IntN(50) == 0 {
			stored = max(stored, record.Position(n-rnd.IntN(min(n, 30))))
		}
		if n%100 != 0 {
			continue
		}
		kept := map[record.Sequence][]byte{}
		for _, m := range s.collect(nil, 0, 1, 1<<60) {
			kept[m.Sequence] = m.Raw
		}
		for k := max(int(stored), 1); k <= n; k++ {
			if !bytes.Equal(kept[record.Sequence(k)], body(k)) {
				t.Fatalf("message %d of %d, stored up to %d, is kept as %.40q", k, n, stored, kept[record.Sequence(k)])
			}
		}
	}
	if s.used > keptBytes+10_000 || len(s.data) > 4*keptBytes {
		t.Errorf("%d bytes are kept in %d", s.used, len(s.data))
	}
}
