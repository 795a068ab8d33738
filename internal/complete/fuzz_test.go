package complete

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// FuzzAccount feeds records of any order, numbers and kinds. Whatever they are, each number from the first to the last is held or in
// one hole.
func FuzzAccount(f *testing.F) {
	f.Add([]byte{0x10, 1, 0x21, 2, 0x10, 9, 0x63, 4, 0x50, 3, 0x11, 200}, true)
	f.Add([]byte{0x10, 1, 0x10, 5, 0x35, 2, 0x71, 250, 0x10, 255, 0x40, 254, 0x10, 3}, false)
	f.Fuzz(func(t *testing.T, ops []byte, two bool) { feedArbitrary(t, ops, two) })
}

func feedArbitrary(t *testing.T, ops []byte, two bool) {
	h := &history{t: t, a: New(2), next: []uint64{1, 1}}
	epoch := uint32(1)
	for ; len(ops) >= 2; ops = ops[2:] {
		log := 0
		if two {
			log = int(ops[0] & 1)
		}
		r := Record{Log: log, Sequence: h.next[log], Epoch: epoch, Time: time.Unix(int64(ops[1]), 0), Raw: []byte{}}
		n := extreme(ops[1])
		switch ops[0] >> 4 {
		case 0, 1, 2:
			arbitraryMessage(&r, ops[0], n)
		case 3:
			r.Kind, r.MsgSeqNum, r.MsgType = Inbound, extreme(ops[0]<<4|7), "4"
			r.Raw = framed(fmt.Sprintf("35=4|34=%d|123=%c|36=%d|", r.MsgSeqNum, "YN"[ops[0]&1], n))
		case 4:
			r.Kind, r.Lost = Gap, Lost{Last: n, Count: uint64(ops[0] & 3), Reason: "x"}
		case 5:
			r.Kind, r.Refers = Mark, n
		case 6:
			r.Kind, r.Refers = Void, n
		case 7:
			r.Kind, r.Change = StateChange, Change{Op(ops[0] & 3), n}
		case 8:
			epoch++
			continue
		case 9:
			h.a.Damaged(log, "damage")
			continue
		default:
			r.Sequence += n % 1000
			arbitraryMessage(&r, ops[0], uint64(ops[1])+1)
		}
		h.next[log] = max(h.next[log], r.Sequence) + 1
		h.records = append(h.records, r)
		h.a.Add(&r)
	}
	h.compare()
	checkPartition(t, h.a.Report())
}

func arbitraryMessage(r *Record, op byte, n uint64) {
	r.Kind, r.MsgSeqNum, r.MsgType = Kind(1+op>>2&1), n, "D"
	if op>>4 == 2 {
		r.MsgType, r.Reset = "A", op&8 != 0
	}
	r.PossDup, r.Saved = op&8 != 0 && r.MsgType == "D", op>>4 == 1 && r.Kind == Outbound
	r.Garbled = op&15 == 15
	r.Raw = framed(fmt.Sprintf("35=%s|34=%d|", r.MsgType, n))
}

// extreme is small numbers, and those at the ends of what there are.
func extreme(b byte) uint64 {
	if b < 240 {
		return uint64(b % 40)
	}
	return []uint64{numberMax, math.MaxUint64, 1 << 63, 1 << 61}[b%4] - uint64(b/4%4)
}

func checkPartition(t *testing.T, r *Report) {
	t.Helper()
	for i := range r.Lives {
		for _, w := range []*Way{&r.Lives[i].In, &r.Lives[i].Out} {
			if w.First == 0 {
				continue
			}
			if all := w.Last + 1 - w.First; w.Numbers+w.Missing+w.Explained != all {
				t.Fatalf("%d to %d is %d numbers: %d held, %d missing, %d explained: %+v",
					w.First, w.Last, all, w.Numbers, w.Missing, w.Explained, w.Findings)
			}
			var till uint64
			for _, f := range w.Findings {
				if !f.What.IsHole() {
					continue
				}
				if f.From <= till || f.To < f.From || f.From < w.First || f.To > w.Last {
					t.Fatalf("%v does not follow on %d: %+v", f.Range, till, w.Findings)
				}
				till = f.To
			}
		}
	}
}

// TestArbitraryRecords is what fuzzing does, without looking where it leads.
func TestArbitraryRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 3000 {
		ops := make([]byte, r.IntN(100))
		for k := range ops {
			ops[k] = byte(r.Uint32())
		}
		if feedArbitrary(t, ops, i%2 == 0); t.Failed() {
			t.Fatalf("%q", ops)
		}
	}
}
