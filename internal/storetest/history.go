package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Lengths say how long a history is.
type Lengths struct {
	Operations int
	Life       int // operations between two openings of the place, about
	Epoch      int // operations between two resets, about; a new life of the numbers is shorter to read
	Seed       uint64
}

// History does random things with a store, and with a model of it, and compares what both say. The same seed does the
// same things.
func History(tb testing.TB, s Subject, l Lengths) {
	tb.Helper()
	tb.Logf("seed %d, %d operations", l.Seed, l.Operations)
	d := newDesk(tb, s)
	h := &history{desk: d, lengths: l, lacks: s.Lacks, random: rand.New(rand.NewPCG(l.Seed, 0)), did: map[string]int{}}
	h.store = d.create(Session)
	h.model = newModel(h.store.CreationTime())
	for h.at = range l.Operations {
		h.step()
	}
	h.may("reading all", h.model.read(h.store, math.MinInt, math.MaxInt-1, -1))
	tb.Logf("%v", h.did)
}

type history struct {
	*desk
	lengths Lengths
	lacks   Promise
	random  *rand.Rand
	store   *store
	model   *model
	at      int
	did     map[string]int
}

// may fails the test at an error, with what leads there again.
func (h *history) may(what string, err error) {
	h.Helper()
	h.did[what]++
	if err != nil {
		h.Fatalf("seed %d, operation %d, %s: %v", h.lengths.Seed, h.at, what, err)
	}
}

// moves are what may happen, and how often in a thousand. What is left of the thousand saves the next message.
var moves = []struct {
	in1000 int
	do     func(h *history)
}{
	{150, (*history).count},
	{60, (*history).saveSomewhere},
	{20, (*history).countUnsaved},
	{15, (*history).setSender},
	{15, (*history).setTarget},
	{60, (*history).readSome},
	{10, (*history).readAndStop},
	{10, (*history).readAndSave},
	{5, (*history).refresh},
	{3, (*history).makeAgain},
}

func (h *history) step() {
	switch {
	case h.random.IntN(h.lengths.Life) == 0:
		h.reopen()
	case h.random.IntN(h.lengths.Epoch) == 0:
		h.reset()
	default:
		dice := h.random.IntN(1000)
		do := (*history).saveNext
		for _, m := range moves {
			if dice < m.in1000 {
				do = m.do
				break
			}
			dice -= m.in1000
		}
		do(h)
	}
	h.may("comparing", h.model.compare(h.store))
}

func (h *history) body() body {
	b := body{seed: h.random.Uint32(), size: 40 + h.random.IntN(400)}
	switch h.random.IntN(2000) {
	case 0:
		b.size = h.random.IntN(3 << 20)
	case 1, 2, 3, 4, 5, 6:
		b.size = h.random.IntN(80 << 10)
	}
	b.size = max(b.size, 1)
	return b
}

// free says whether a store that reads in the order of saving may be given n.
func (h *history) free(n int) bool { return h.lacks&LatestWins == 0 || n > h.model.highest }

func (h *history) saveNext() {
	n, b := h.model.sender, h.body()
	if !h.free(n) {
		h.countUnsaved()
		return
	}
	h.may("saving the next", h.store.SaveMessageAndIncrNextSenderMsgSeqNum(n, b.bytes()))
	h.model.save(n, b)
	h.model.sender++
}

func (h *history) saveSomewhere() {
	n, b := max(h.model.sender+h.random.IntN(60)-50, 1), h.body()
	if h.random.IntN(4) == 0 {
		n = 1 + h.random.IntN(h.model.sender)
	}
	if !h.free(n) {
		return
	}
	h.may("saving", h.store.SaveMessage(n, b.bytes()))
	h.model.save(n, b)
}

func (h *history) count() {
	h.may("counting", h.store.IncrNextTargetMsgSeqNum())
	h.model.target++
}

func (h *history) countUnsaved() {
	h.may("counting", h.store.IncrNextSenderMsgSeqNum())
	h.model.sender++
}

func (h *history) setSender() {
	n := max(h.model.sender+h.random.IntN(41)-20, 1)
	h.may("setting", h.store.SetNextSenderMsgSeqNum(n))
	h.model.sender = n
}

func (h *history) setTarget() {
	n := 1 + h.random.IntN(2*h.model.target)
	h.may("setting", h.store.SetNextTargetMsgSeqNum(n))
	h.model.target = n
}

// span is a range: mostly near the end, where resends are, now and then anywhere, and beyond both ends.
func (h *history) span() (begin, end int) {
	begin = h.random.IntN(h.model.highest+2) - 1
	if h.random.IntN(2) == 0 {
		begin = max(h.model.highest-h.random.IntN(60), 0)
	}
	switch h.random.IntN(6) {
	case 0:
		return begin, begin
	case 1:
		return begin, begin + h.random.IntN(1000)
	}
	return begin, begin + h.random.IntN(40)
}

func (h *history) readSome() {
	begin, end := h.span()
	h.may("reading", h.model.read(h.store, begin, end, -1))
}

func (h *history) readAndStop() {
	begin, end := h.span()
	h.may("reading", h.model.read(h.store, begin, end, 1+h.random.IntN(5)))
}

// readAndSave has the callback save behind what it reads.
func (h *history) readAndSave() {
	begin, _ := h.span()
	end := h.model.highest
	if h.random.IntN(3) > 0 {
		end = min(end, begin+3)
	}
	numbers := h.model.between(begin, end)
	at := 0
	h.may("reading", h.store.IterateMessages(begin, end, func(got []byte) error {
		if at >= len(numbers) {
			return fmt.Errorf("%d messages, and another: %d bytes %.60q", at, len(got), got)
		}
		if at++; at <= 4 {
			n, b := h.model.highest+1, h.body()
			h.model.save(n, b)
			return h.store.SaveMessage(n, b.bytes())
		}
		return nil
	}))
	if at != len(numbers) {
		h.may("reading", fmt.Errorf("%d messages, want %d", at, len(numbers)))
	}
}

func (h *history) refresh() { h.may("refreshing", h.store.Refresh()) }

func (h *history) makeAgain() {
	h.may("closing", h.store.Close())
	h.store = h.create(Session)
}

func (h *history) reset() {
	before := time.Now()
	h.may("resetting", h.store.Reset())
	created := h.store.CreationTime()
	if created.Before(before.Add(-slack)) || created.After(time.Now().Add(slack)) {
		h.may("resetting", fmt.Errorf("created %v, want about %v", created, before))
	}
	h.model = newModel(created)
}

func (h *history) reopen() {
	h.did["reopening"]++
	h.store = h.desk.reopen(h.store, h.random.IntN(2) == 0)
}
