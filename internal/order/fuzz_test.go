package order

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// dice are choices, made by a fuzzer.
type dice []byte

func (d *dice) roll(n int) int {
	if len(*d) == 0 {
		return 0
	}
	face := int((*d)[0]) % n
	*d = (*d)[1:]
	return face
}

// dealt is a message of the histories below, and its ids as they were chosen; 0 is none.
type dealt struct {
	parties, cl, orig, order, second, exec, ref int
}

func (m dealt) joins(o dealt) bool {
	share := func(a []int, b ...int) bool {
		return slices.ContainsFunc(a, func(v int) bool { return v != 0 && slices.Contains(b, v) })
	}
	return share([]int{m.order, m.second}, o.order, o.second) ||
		m.parties == o.parties && (share([]int{m.cl, m.orig}, o.cl, o.orig) || share([]int{m.exec}, o.ref) || share([]int{m.ref}, o.exec))
}

// deal makes a history of few ids, which meet often.
func deal(d dice) (hand []dealt, records []Record) {
	const ids = 9
	for len(d) > 0 && len(hand) < 40 {
		m := dealt{parties: d.roll(2)}
		text := ""
		for _, f := range []struct {
			tag int
			id  *int
		}{{11, &m.cl}, {41, &m.orig}, {37, &m.order}, {198, &m.second}, {17, &m.exec}, {19, &m.ref}} {
			if *f.id = max(0, d.roll(2*ids)-ids); *f.id != 0 {
				text += fmt.Sprintf("%d=%c|", f.tag, 'a'+*f.id)
			}
		}
		hand = append(hand, m)
		records = append(records, Record{
			Session: []string{"FIX.4.4:A->B", "FIX.4.4:A->C"}[m.parties], MsgType: []string{"D", "8", "G", "9"}[d.roll(4)], Outbound: d.roll(2) == 0,
			Position: uint64(len(hand)), Sequence: uint64(len(hand)), MsgSeqNum: uint64(d.roll(5)), Epoch: 1,
			Time: time.Unix(int64(len(hand)), 0), Raw: []byte(strings.ReplaceAll(text, "|", "\x01")),
		})
	}
	return hand, records
}

// reach is what can be reached from the messages with a client's id, the simple way.
func reach(hand []dealt, parties, cl int) []int {
	in := make([]bool, len(hand))
	for grown := true; grown; {
		grown = false
		for i, m := range hand {
			joins := m.parties == parties && (m.cl == cl || m.orig == cl)
			for o, n := range hand {
				joins = joins || in[o] && m.joins(n)
			}
			grown = grown || joins && !in[i]
			in[i] = in[i] || joins
		}
	}
	var all []int
	for i, is := range in {
		if is {
			all = append(all, i)
		}
	}
	return all
}

func FuzzAStoryIsAllThatIdsReach(f *testing.F) {
	f.Add([]byte("a story of few ids, which meet often, and in every direction"))
	f.Add(bytes.Repeat([]byte{0, 17, 9, 11, 3, 16, 12, 1, 10}, 30))
	f.Fuzz(func(t *testing.T, d []byte) { checkReach(t, d) })
}

// checkReach asks a history for the first message's ClOrdID, and returns how many others came with it.
func checkReach(t *testing.T, d dice) int {
	hand, records := deal(d)
	if len(hand) == 0 || hand[0].cl == 0 {
		return 0
	}
	finder := NewFinder([]Seed{{ID: string(rune('a' + hand[0].cl)), Tag: 11, Session: records[0].Session}})
	stories := search(finder, records)
	if finder.Unended() {
		return 0
	}
	if len(stories) != 1 {
		t.Errorf("%d stories", len(stories))
		return 0
	}
	var got []int
	for _, e := range stories[0].Events {
		got = append(got, int(e.Sequence)-1)
		if e.Leg < 1 || e.Leg > len(stories[0].Legs) || stories[0].Legs[e.Leg-1].Session != e.Session {
			t.Errorf("message %d is of leg %d", e.Sequence, e.Leg)
		}
	}
	if want := reach(hand, hand[0].parties, hand[0].cl); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	return len(got) - 1
}

// Whatever bytes come, each message is told at most once, in order, and in bounds.
func FuzzAnyBytes(f *testing.F) {
	f.Add([]byte("8=FIX\x0111=c\x0138=1e9\x0132=-\x0114=.\x01"), []byte("11=c\x0137=c\x0117=\xff\x0139=1\x0114=1.1.1\x0132=99999999999999999999999999999999999999999\x01"), "c", "8")
	f.Add([]byte("11=c\x0145=x\x01"), []byte("45=0\x0141=c"), "c", "3")
	f.Fuzz(func(t *testing.T, one, two []byte, seed, msgType string) {
		var records []Record
		for i, raw := range [][]byte{one, two, one, two} {
			records = append(records, Record{
				Session: "S" + seed, Outbound: i%2 == 0, MsgType: []string{"D", msgType}[i%2], Raw: raw,
				Position: uint64(i), Sequence: uint64(i + 1), MsgSeqNum: uint64(i / 2), Time: time.Unix(int64(i), 0),
			})
		}
		finder, told := NewFinder([]Seed{{ID: seed}}), 0
		for _, s := range search(finder, records) {
			told += len(s.Events)
			if !slices.IsSortedFunc(s.Events, func(a, b *Event) int { return byCapture(&a.Record, &b.Record) }) {
				t.Error("out of order")
			}
			for _, e := range s.Events {
				if e.Raw != nil || len(e.Text) > textBytesMax || len(e.ClOrdID) > IDBytesMax || e.Step == "" {
					t.Errorf("%+v", e)
				}
			}
		}
		if told > len(records) {
			t.Errorf("%d of %d messages told", told, len(records))
		}
	})
}

func TestQuantitiesAreExact(t *testing.T) {
	for text, want := range map[string]string{"0.1": "0.1", "100": "100", "1.50": "1.5", "-3": "-3", "5.": "5", ".5": "0.5", "007": "7"} {
		if q, ok := quantity(text); !ok || decimal(q) != want {
			t.Errorf("%s: got %v", text, q)
		}
	}
	for _, text := range []string{"", "-", ".", "1e9", "1/3", "0x10", "1_0", " 1", "+1", "1.1.1", strings.Repeat("9", 41), "--1", "NaN"} {
		if q, ok := quantity(text); ok {
			t.Errorf("%q: got %v", text, q)
		}
	}
}

// Fuzzing takes its time to make histories that are long; chance makes them at once.
func TestStoriesAreAllThatIdsReach(t *testing.T) {
	seed := time.Now().UnixNano()
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	joined := 0
	for range 2000 {
		d := make([]byte, 20+random.IntN(300))
		for i := range d {
			d[i] = byte(random.Uint32())
		}
		joined += checkReach(t, d)
		if t.Failed() {
			t.Fatalf("seed %d, dice %q", seed, d)
		}
	}
	if joined == 0 {
		t.Error("nothing was ever joined")
	}
}
