package record

import (
	"encoding/binary"
	"fmt"
)

// State is what a log's next record depends on. It stands in segment headers and checkpoints, so that opening
// a log reads the last of them and what follows it.
type State struct {
	Next       Sequence // the next record's sequence
	Epoch      Epoch
	Fresh      bool      // the epoch holds nothing yet but logons, state changes, events and marks
	SenderUsed MsgSeqNum // the highest outbound MsgSeqNum of the epoch, 0 before the first
	TargetUsed MsgSeqNum // the highest inbound MsgSeqNum of the epoch
	NextSender MsgSeqNum // the message store's; where there is none, as one would count
	NextTarget MsgSeqNum
	CreatedAt  Nanos    // the message store's creation time; where there is none, the epoch's
	LastTime   Nanos    // of the last record
	Life       Sequence // of the message store's last Reset, behind which its messages lie; 0: no store keeps this log
}

// Begin is the state of a log that holds nothing.
func Begin() State {
	return State{Next: 1, Epoch: 1, Fresh: true, NextSender: 1, NextTarget: 1}
}

// After returns the state after r and the epoch that r belongs to. It is the only place where epochs begin:
//
//   - at a reset of the message store;
//   - at a Logon with ResetSeqNumFlag (141=Y), from either side;
//   - at a Logon without PossDup whose MsgSeqNum is 1 when its direction has used 1 already.
//
// While the epoch is fresh such a signal is the same reset told again (one ResetOnLogon tells it four times),
// and the Logon that begins an epoch belongs to it. No other low number begins one: low reports it.
//
// A message store has the last word on its own numbers, its creation time and its messages: a Logon with 141=Y begins an
// epoch when it comes, and the engine may refuse it and go on with the numbers it had.
func (s State) After(r *Record) (next State, low bool) {
	if s.begins(r) && !s.Fresh {
		s.Epoch++
		s.Fresh = true
		s.SenderUsed, s.TargetUsed = 0, 0
		if s.Life == 0 {
			s.NextSender, s.NextTarget, s.CreatedAt = 1, 1, r.Time
		}
	}
	s.Next = r.Last() + 1
	s.LastTime = r.Time
	switch r.Kind {
	case Inbound:
		low = s.message(r, &s.TargetUsed, &s.NextTarget)
	case Outbound:
		low = s.message(r, &s.SenderUsed, &s.NextSender)
		if s.Life != 0 && r.Flags&Counted != 0 {
			s.NextSender++
		}
	case StateChange:
		s.change(r)
	case Void:
		if v, err := ParseVoided(r.Body); err == nil && s.Life != 0 {
			s.NextSender = v.NextSender
		}
	case Gap:
		s.Fresh = false
	}
	return s, low
}

func (s *State) begins(r *Record) bool {
	switch r.Kind {
	case StateChange:
		c, err := ParseChange(r.Body)
		return err == nil && c.Op == Reset
	case Inbound:
		return r.Flags&Logon != 0 && (r.Flags&ResetSeqNum != 0 || restarts(r, s.TargetUsed))
	case Outbound:
		return r.Flags&Logon != 0 && (r.Flags&ResetSeqNum != 0 || restarts(r, s.SenderUsed))
	}
	return false
}

// restarts reports whether a Logon begins its direction again at 1.
func restarts(r *Record, used MsgSeqNum) bool {
	return r.MsgSeqNum == 1 && r.Flags&PossDup == 0 && used >= 1
}

// message advances one direction's numbers and reports a number that is low without a reason to be.
func (s *State) message(r *Record, used, next *MsgSeqNum) (low bool) {
	if r.Flags&Logon == 0 {
		s.Fresh = false
	}
	if r.MsgSeqNum == 0 || r.Flags&PossDup != 0 {
		return false
	}
	// A second Logon of a fresh epoch restates its reset.
	low = r.MsgSeqNum <= *used && !s.Fresh
	if r.MsgSeqNum > *used {
		*used = r.MsgSeqNum
		if s.Life == 0 {
			*next = r.MsgSeqNum + 1
		}
	}
	return low
}

func (s *State) change(r *Record) {
	c, err := ParseChange(r.Body)
	if err != nil {
		return
	}
	switch c.Op {
	case Reset:
		s.NextSender, s.NextTarget, s.CreatedAt, s.Life = 1, 1, Nanos(c.Value), r.Sequence
	case SetSender:
		s.NextSender = MsgSeqNum(c.Value)
	case SetTarget:
		s.NextTarget = MsgSeqNum(c.Value)
	case SetCreated:
		s.CreatedAt = Nanos(c.Value)
	}
}

// StateSize is the length of an encoded State in bytes.
const StateSize = 72

// AppendState adds s to dst.
func AppendState(dst []byte, s State) []byte {
	var fresh uint32
	if s.Fresh {
		fresh = 1
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Next))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(s.Epoch))
	dst = binary.LittleEndian.AppendUint32(dst, fresh)
	for _, v := range [...]uint64{
		uint64(s.SenderUsed), uint64(s.TargetUsed), uint64(s.NextSender), uint64(s.NextTarget),
		uint64(s.CreatedAt), uint64(s.LastTime), uint64(s.Life),
	} {
		dst = binary.LittleEndian.AppendUint64(dst, v)
	}
	return dst
}

// ParseState reads what AppendState wrote.
func ParseState(b []byte) (State, error) {
	if len(b) < StateSize {
		return State{}, fmt.Errorf("%w: a state of %d bytes, want %d", errBody, len(b), StateSize)
	}
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	s := State{
		Next:       Sequence(u64(0)),
		Epoch:      Epoch(binary.LittleEndian.Uint32(b[8:])),
		Fresh:      binary.LittleEndian.Uint32(b[12:]) == 1,
		SenderUsed: MsgSeqNum(u64(16)), TargetUsed: MsgSeqNum(u64(24)),
		NextSender: MsgSeqNum(u64(32)), NextTarget: MsgSeqNum(u64(40)),
		CreatedAt: Nanos(u64(48)), LastTime: Nanos(u64(56)), Life: Sequence(u64(64)),
	}
	if s.Next == 0 || s.Epoch == 0 || binary.LittleEndian.Uint32(b[12:]) > 1 {
		return State{}, fmt.Errorf("%w: a state with next sequence %d, epoch %d", errBody, s.Next, s.Epoch)
	}
	return s, nil
}
