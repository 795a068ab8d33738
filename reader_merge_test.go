package fixarchive

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
)

// listed yields messages, and an error in place of each that has no session. It goes on where it was left.
func listed(messages ...Message) *run {
	at := 0
	return &run{more: func() iter.Seq2[Message, error] {
		return func(yield func(Message, error) bool) {
			for at < len(messages) {
				m := messages[at]
				at++
				var err error
				if m.Session == "" {
					err = fmt.Errorf("damage at %d", at)
				}
				if !yield(m, err) {
					return
				}
			}
		}
	}}
}

func TestMergeKeepsTheOrderOfCapture(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	var logs []*run
	var want []Message
	for l := range 7 {
		var log []Message
		m := Message{Session: fmt.Sprint(l), Generation: 1}
		for range random.IntN(500) {
			m.Sequence++
			if m.Position += uint64(random.IntN(4)); random.IntN(20) == 0 {
				m.Generation, m.Position = m.Generation+1, 0
			}
			log = append(log, m)
		}
		want = append(want, log...)
		logs = append(logs, listed(log...))
	}
	slices.SortFunc(want, func(a, b Message) int {
		if earlier(&a, &b) {
			return -1
		}
		return 1
	})
	var got []Message
	for m, err := range merged(logs, earlier, 7*20*entryBytes) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	if !slices.EqualFunc(got, want, func(a, b Message) bool { return a.Session == b.Session && a.Sequence == b.Sequence }) {
		t.Errorf("seed %d: got %d in another order, want %d", seed, len(got), len(want))
	}
}

func TestMergeGoesOnBehindDamage(t *testing.T) {
	a := listed(Message{Session: "a", Position: 1}, Message{}, Message{Session: "a", Position: 4})
	b := listed(Message{Session: "b", Position: 2}, Message{Session: "b", Position: 5})
	var got []uint64
	failed := 0
	for m, err := range merged([]*run{a, b, listed(Message{}), listed()}, earlier, 1<<20) {
		if err != nil {
			failed++
			continue
		}
		got = append(got, m.Position)
	}
	if !slices.Equal(got, []uint64{1, 2, 4, 5}) || failed != 2 {
		t.Errorf("got %v and %d errors", got, failed)
	}
}

// Whoever leaves in the middle, also of an error, leaves no coroutine behind.
func TestMergeMayBeLeft(t *testing.T) {
	a := func() *run {
		return listed(Message{Session: "a", Position: 1}, Message{}, Message{Session: "a", Position: 3})
	}
	for leave := range 4 {
		n := 0
		for range merged([]*run{a(), listed(Message{}), a()}, earlier, 1<<20) {
			if n++; n > leave {
				break
			}
		}
	}
}
