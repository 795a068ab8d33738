package session

import (
	"bytes"

	"github.com/fixarchive/fixarchive/internal/record"
)

// saves are the messages that a message store has put last, for two who would else have to look for them on the disk:
// the hook that sees one go to the socket, and the store itself, asked for one that the sink has not written yet.
//
//	oldest ─► [handed] [handed] [not sent] [handed] │ [saved] [saved] ◄─ newest
//	                                             due┘ the next to be handed to the socket, most likely
//
// One is let go of when readers find it in its log's files and it was handed over, or when there are more than
// keptBytes behind it. It is guarded by its Recorder's lock.
type saves struct {
	stored func() record.Position // readers find everything before it

	list  []saved
	first int // in list: what lies before it is let go of
	due   int // in list: what is not yet handed over begins here
	data  []byte
	head  int // where the oldest lies in data
	used  int // bytes of data from head on that are taken, around the end

	gone record.Sequence // the last that was let go of
}

// saved is one message. Its bytes lie in one piece.
type saved struct {
	number   record.MsgSeqNum
	sequence record.Sequence
	position record.Position
	at, size int // in data
	takes    int // with what was left unused before it
	handed   bool
	void     bool
}

const (
	keptBytes    = 1 << 20
	firstBytes   = 16 << 10
	searchedMost = 64 // messages that may have been dropped from the engine's queue before the one that is sent
)

// add keeps a copy of raw.
func (s *saves) add(m saved, raw []byte) {
	s.letGo()
	m.size = len(raw)
	s.makeRoom(len(raw))
	m.at, m.takes = s.place(len(raw))
	s.used += m.takes
	copy(s.data[m.at:], raw)
	s.list = append(s.list, m)
}

// place is where the next n bytes go, and how many they take.
func (s *saves) place(n int) (at, takes int) {
	at = s.head + s.used
	if at >= len(s.data) {
		at -= len(s.data)
	} else if at+n > len(s.data) {
		return 0, len(s.data) - at + n
	}
	return at, n
}

// makeRoom has place succeed for n bytes.
func (s *saves) makeRoom(n int) {
	if s.first == len(s.list) {
		s.head, s.used = 0, 0
	}
	if _, takes := s.place(n); s.used+takes <= len(s.data) {
		return
	}
	size := max(2*len(s.data), firstBytes)
	for size < s.used+n {
		size *= 2
	}
	data, at := make([]byte, size), 0
	for i := s.first; i < len(s.list); i++ {
		m := &s.list[i]
		copy(data[at:], s.data[m.at:m.at+m.size])
		m.at, m.takes = at, m.size
		at += m.size
	}
	s.data, s.head, s.used = data, 0, at
}

// letGo forgets the oldest, as far as nobody needs them.
func (s *saves) letGo() {
	if s.first == len(s.list) {
		return
	}
	stored := s.stored()
	for s.first < len(s.list) {
		m := &s.list[s.first]
		if m.position >= stored || !m.handed && !m.void && s.used <= keptBytes {
			break
		}
		s.used -= m.takes
		s.head = m.at + m.size
		s.gone = m.sequence
		s.first++
	}
	if s.first > len(s.list)/2 {
		s.list = s.list[:copy(s.list, s.list[s.first:])]
		s.due = max(s.due-s.first, 0)
		s.first = 0
	}
	if len(s.list) == 0 && len(s.data) > keptBytes {
		s.data = nil
	}
}

// hand finds the saved message of which b is, byte for byte, and notes that it is handed over. An engine hands over what it
// has saved in that order, but may leave some out.
func (s *saves) hand(b []byte) (m *saved) {
	s.due = max(s.due, s.first)
	for i := s.due; i < len(s.list) && i < s.due+searchedMost; i++ {
		m := &s.list[i]
		if m.size == len(b) && !m.handed && !m.void && bytes.Equal(s.data[m.at:m.at+m.size], b) {
			m.handed = true
			s.due = i + 1
			return m
		}
	}
	return nil
}

// void takes one back, newest first: it has just been saved.
func (s *saves) void(sequence record.Sequence) {
	for i := len(s.list) - 1; i >= s.first; i-- {
		if s.list[i].sequence == sequence {
			s.list[i].void = true
			return
		}
	}
}

// Recent is a message that a store saved a short while ago.
type Recent struct {
	MsgSeqNum record.MsgSeqNum
	Sequence  record.Sequence
	Raw       []byte
	Void      bool // it was taken back
}

// collect adds copies of what lies behind a sequence in a range of MsgSeqNums to dst, oldest first.
func (s *saves) collect(dst []Recent, behind record.Sequence, from, to record.MsgSeqNum) []Recent {
	for i := s.first; i < len(s.list); i++ {
		m := &s.list[i]
		if m.sequence > behind && m.number >= from && m.number <= to {
			dst = append(dst, Recent{m.number, m.sequence, bytes.Clone(s.data[m.at : m.at+m.size]), m.void})
		}
	}
	return dst
}

// numbers is the range of the MsgSeqNums that collect would find.
func (s *saves) numbers(behind record.Sequence, from, to record.MsgSeqNum) (least, most record.MsgSeqNum) {
	for i := s.first; i < len(s.list); i++ {
		n := s.list[i].number
		if s.list[i].sequence <= behind || n < from || n > to {
			continue
		}
		if least == 0 || n < least {
			least = n
		}
		most = max(most, n)
	}
	return least, most
}
