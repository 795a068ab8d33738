package logbuf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// FuzzOrders plays an arbitrary order of operations, two bytes each, on a ring and on a model of it that keeps
// records in a list, and compares every answer. After every operation it also takes the memory as a killed process
// would have left it and checks that a recovery finds what the model says.
func FuzzOrders(f *testing.F) {
	f.Add([]byte("\x00\x80\x01\x40\x04\x00\x02\x00\x04\x00\x05\x00\x06\x00"))
	f.Add(bytes.Repeat([]byte("\x00\xff\x04\x00\x05\x00\x06\x00"), 20))
	f.Fuzz(func(t *testing.T, ops []byte) { play(t, ops) })
}

func TestRandomOrdersAgainstModel(t *testing.T) {
	for range 60 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %#x", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			ops := make([]byte, 1200)
			for i := range ops {
				ops[i] = byte(rng.Uint32())
			}
			play(t, ops)
		})
	}
}

type modelRecord struct {
	start   uint64 // of the skip before it, if it has one
	at, end uint64
	body    []byte
	state   wordKind
	claim   Claim
}

// model is a ring of 4096 bytes, described instead of built.
type model struct {
	records           []modelRecord // from taken on
	read              int           // how many of them Next has passed
	cursor            uint64        // where that is
	head, taken, tail uint64
}

const (
	modelRing = 4096
	modelMax  = modelRing/8 - 8
)

// room says where a record of n bytes would lie, and whether it would fit.
func (m *model) room(n int) (at, end uint64, err error) {
	switch {
	case n == 0:
		return 0, 0, ErrEmpty
	case n > modelMax:
		return 0, 0, ErrTooLarge
	}
	at = m.tail
	need := uint64(8 + (n+7)/8*8)
	if at%modelRing+need > modelRing {
		at = (at/modelRing + 1) * modelRing
	}
	if at+need > m.head+modelRing {
		return 0, 0, ErrFull
	}
	return at, at + need, nil
}

func (m *model) claim(n, seed int, state wordKind) (Position, error) {
	at, end, err := m.room(n)
	if err != nil {
		return 0, err
	}
	body := make([]byte, n)
	pattern(body, seed)
	m.records = append(m.records, modelRecord{start: m.tail, at: at, end: end, body: body, state: state})
	m.tail = end
	return Position(at), nil
}

// next passes skips, and says which record comes out, if one does.
func (m *model) next() *modelRecord {
	for m.read < len(m.records) {
		rec := &m.records[m.read]
		m.cursor = rec.at // whatever it is, a skip before it is passed
		if rec.state == wordClaimed {
			return nil
		}
		m.read++
		m.cursor = rec.end
		if rec.state == wordCommitted {
			return rec
		}
	}
	return nil
}

// pending are the claims that are not settled.
func (m *model) pending() (out []*modelRecord) {
	for i := range m.records {
		if m.records[i].state == wordClaimed {
			out = append(out, &m.records[i])
		}
	}
	return out
}

func play(t *testing.T, ops []byte) {
	mem := heap(t, modelRing, 0)
	r := NewMPSC(mem)
	var m model
	image, err := NewHeap(mem.geometry)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(ops) && i < 4000; i += 2 {
		op, arg := ops[i]%8, int(ops[i+1])
		if err := step(r, &m, op, arg, i); err != nil {
			t.Fatalf("operation %d (%d, %d): %v", i/2, op, arg, err)
		}
		copy(image.all, mem.all)
		if err := sameAfterCrash(image, &m); err != nil {
			t.Fatalf("crash after operation %d (%d, %d): %v", i/2, op, arg, err)
		}
	}
}

func step(r *MPSC, m *model, op byte, arg, seed int) error {
	n := arg * 510 / 255 // 0 to one more than the largest in words, two more in bytes
	switch op {
	case 0, 1:
		want, wantErr := m.claim(n, seed, wordCommitted)
		b := make([]byte, n)
		pattern(b, seed)
		if got, err := r.Put(b); got != want || err != wantErr {
			return fmt.Errorf("put %d bytes: %d %v, want %d %v", n, got, err, want, wantErr)
		}
	case 2:
		want, wantErr := m.claim(n, seed, wordClaimed)
		c, err := r.TryClaim(n)
		if c.Position() != want || err != wantErr {
			return fmt.Errorf("claim %d bytes: %d %v, want %d %v", n, c.Position(), err, want, wantErr)
		}
		if err == nil {
			if !allZero(c.Bytes()) || len(c.Bytes()) != n {
				return fmt.Errorf("claimed %d bytes, not zeros: % x", len(c.Bytes()), c.Bytes())
			}
			pattern(c.Bytes(), seed)
			m.records[len(m.records)-1].claim = c
		}
	case 3:
		if open := m.pending(); len(open) > 0 {
			rec := open[arg%len(open)]
			if arg >= 192 {
				rec.claim.Abort()
				rec.state = wordSkip
			} else {
				rec.claim.Commit()
				rec.state = wordCommitted
			}
		}
	case 4, 5:
		return sameNext(r, m)
	case 6:
		r.MarkTaken()
		m.records, m.read, m.taken = m.records[m.read:], 0, m.cursor
	case 7:
		r.Release()
		m.head = m.taken
	}
	if r.Used() != int(m.tail-m.head) || uint64(r.Tail()) != m.tail || uint64(r.Head()) != m.head || uint64(r.Taken()) != m.taken {
		return fmt.Errorf("used %d tail %d head %d taken %d, want %+v", r.Used(), r.Tail(), r.Head(), r.Taken(), *m)
	}
	return nil
}

func sameNext(r *MPSC, m *model) error {
	want := m.next()
	pos, b, ok := r.Next()
	if ok != (want != nil) {
		return fmt.Errorf("next: %v at %d, want %+v", ok, pos, want)
	}
	if ok && (uint64(pos) != want.at || !bytes.Equal(b, want.body)) {
		return fmt.Errorf("next: %d bytes at %d, want %d at %d", len(b), pos, len(want.body), want.at)
	}
	pos, stalled := r.Stalled()
	if wantStalled := m.cursor < m.tail && want == nil; !ok && (stalled != wantStalled || stalled && uint64(pos) != m.cursor) {
		return fmt.Errorf("stalled %v at %d, want %v at %d", stalled, pos, wantStalled, m.cursor)
	}
	return nil
}

func sameAfterCrash(image *Memory, m *model) error {
	var want [][]byte
	open := 0
	for _, rec := range m.records {
		switch rec.state {
		case wordCommitted:
			want = append(want, rec.body)
		case wordClaimed:
			open++
		}
	}
	n := 0
	report, err := Recover(image, func(_ Position, b []byte) error {
		if n >= len(want) || !bytes.Equal(b, want[n]) {
			return fmt.Errorf("record %d is not the model's", n)
		}
		n++
		return nil
	})
	if err == nil && (n != len(want) || report.Claimed != open || report.Unsaid != 0) {
		return fmt.Errorf("%+v, want %d records, %d claims", report, len(want), open)
	}
	if err == nil && !bytes.Equal(freeBytes(image), make([]byte, len(freeBytes(image)))) {
		return fmt.Errorf("not all zeros outside head to tail")
	}
	return err
}

// freeBytes are the ring's bytes outside head to tail.
func freeBytes(m *Memory) []byte {
	v := newView(m)
	head, tail := v.ctl.head.Load(), v.ctl.tail.Load()
	out := make([]byte, 0, v.size)
	for at := tail; at != head+v.size; at += 8 {
		out = append(out, v.buf[v.offset(at):v.offset(at)+8]...)
	}
	return out
}
