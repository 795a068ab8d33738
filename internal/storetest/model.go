package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/quickfixgo/quickfix"
)

// model is what a message store is, when it need not survive anything. It keeps of a message what it can be made from again,
// so that a long history fits in memory.
type model struct {
	sender, target int
	created        time.Time
	numbers        []int // those that were saved, ascending
	bodies         map[int]body
	highest        int
}

// body is a message by the seed that it is made from.
type body struct {
	seed uint32
	size int
}

// bytes begins with what tells bodies apart, and goes on with what does not look like it.
func (b body) bytes() []byte {
	m := fmt.Appendf(make([]byte, 0, b.size+24), "%d.%d ", b.seed, b.size)
	x := b.seed | 1
	for len(m) < b.size {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		m = append(m, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
	return m[:max(b.size, 1)]
}

func newModel(created time.Time) *model {
	return &model{sender: 1, target: 1, created: created, bodies: map[int]body{}}
}

func (m *model) save(n int, b body) {
	if _, again := m.bodies[n]; !again {
		at, _ := slices.BinarySearch(m.numbers, n)
		m.numbers = slices.Insert(m.numbers, at, n)
	}
	m.bodies[n] = b
	m.highest = max(m.highest, n)
}

// between are the numbers from begin to end that were saved.
func (m *model) between(begin, end int) []int {
	from, _ := slices.BinarySearch(m.numbers, begin)
	to, _ := slices.BinarySearch(m.numbers, end+1)
	return m.numbers[from:max(from, to)]
}

// compare says where s is not as m is, but for its messages.
func (m *model) compare(s quickfix.MessageStore) error {
	switch {
	case s.NextSenderMsgSeqNum() != m.sender || s.NextTargetMsgSeqNum() != m.target:
		return fmt.Errorf("the next numbers are %d and %d, want %d and %d", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), m.sender, m.target)
	case !s.CreationTime().Equal(m.created):
		return fmt.Errorf("created %v, want %v", s.CreationTime(), m.created)
	}
	return nil
}

// read iterates over a range, and stops behind limit messages with the callback's error.
func (m *model) read(s quickfix.MessageStore, begin, end, limit int) error {
	want := m.between(begin, end)
	at := 0
	err := s.IterateMessages(begin, end, func(got []byte) error {
		if at >= len(want) {
			return fmt.Errorf("%d messages, and another: %d bytes %.60q", at, len(got), got)
		}
		if b := m.bodies[want[at]]; !bytes.Equal(got, b.bytes()) {
			return fmt.Errorf("number %d is %d bytes %.60q, want %d bytes %.60q", want[at], len(got), got, b.size, b.bytes())
		}
		if at++; at == limit {
			return errStop
		}
		return nil
	})
	switch {
	case at == limit && err == errStop:
		return nil
	case err != nil:
		return err
	case at != len(want):
		return fmt.Errorf("%d messages, want %d: numbers %d … %d", at, len(want), want[0], want[len(want)-1])
	}
	return nil
}
