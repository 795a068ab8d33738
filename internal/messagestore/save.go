package messagestore

import (
	"fmt"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// SaveMessage keeps a message under a number.
func (s *Store) SaveMessage(seqNum int, msg []byte) error { return s.save(seqNum, msg, false) }

// SaveMessageAndIncrNextSenderMsgSeqNum keeps a message under a number and goes on to the next one, both or neither.
func (s *Store) SaveMessageAndIncrNextSenderMsgSeqNum(seqNum int, msg []byte) error {
	return s.save(seqNum, msg, true)
}

func (s *Store) save(seqNum int, msg []byte, counted bool) error {
	number, err := numberOf(seqNum)
	if err != nil {
		return s.failed(err)
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	if err := s.usable(); err != nil {
		return s.failed(err)
	}
	sequence, at, err := s.recorder.Save(number, counted, msg, s.o.SaveTimeout)
	if err != nil {
		return s.failed(fmt.Errorf("message %d is not saved: %w", seqNum, err))
	}
	if s.o.Durable {
		if err := s.o.Await(at, s.o.SaveTimeout); err != nil {
			return s.failed(s.takeBack(sequence, number, err))
		}
	}
	if counted {
		s.mu.Lock()
		s.sender++
		s.mu.Unlock()
	}
	return nil
}

// takeBack voids a message that is in the archive, but not as it was promised.
func (s *Store) takeBack(sequence record.Sequence, number record.MsgSeqNum, why error) error {
	s.mu.Lock()
	sender := s.sender
	s.mu.Unlock()
	err := s.recorder.Void(sequence, number, sender, min(s.o.SaveTimeout, time.Second))
	if err == nil {
		return fmt.Errorf("message %d is saved and taken back: %w", number, why)
	}
	err = fmt.Errorf("message %d could not be saved (%w), nor that be recorded (%w): nothing is saved until the archive is opened again", number, why, err)
	s.mu.Lock()
	s.refused = err
	s.mu.Unlock()
	return err
}

// IncrNextSenderMsgSeqNum goes on to the next outbound number.
func (s *Store) IncrNextSenderMsgSeqNum() error { return s.setSender(0, 1) }

// SetNextSenderMsgSeqNum says what the next outbound number is.
func (s *Store) SetNextSenderMsgSeqNum(next int) error {
	number, err := numberOf(next)
	if err != nil {
		return s.failed(err)
	}
	return s.setSender(number, 0)
}

// IncrNextTargetMsgSeqNum goes on to the next inbound number.
func (s *Store) IncrNextTargetMsgSeqNum() error { return s.setTarget(0, 1) }

// SetNextTargetMsgSeqNum says what the next inbound number is.
func (s *Store) SetNextTargetMsgSeqNum(next int) error {
	number, err := numberOf(next)
	if err != nil {
		return s.failed(err)
	}
	return s.setTarget(number, 0)
}

// setSender sets the outbound number to one, or, where that is 0, further by some.
func (s *Store) setSender(to, by record.MsgSeqNum) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	_, err := s.set(record.SetSender, &s.sender, to, by)
	return err
}

// setTarget is setSender for the inbound number. Nobody but SyncInbound waits for the disk here: should a power cut take
// the change, the counterparty's next message is too high, and the engine asks for what the application has seen already.
func (s *Store) setTarget(to, by record.MsgSeqNum) error {
	s.counting.Lock()
	at, err := s.set(record.SetTarget, &s.target, to, by)
	s.counting.Unlock()
	if err == nil && s.o.SyncInbound {
		err = s.failed(s.o.Await(at, s.o.SaveTimeout))
	}
	return err
}

// set records the change of a number, and then does it. The caller sees to it that nobody else changes the same one.
func (s *Store) set(op record.Op, number *record.MsgSeqNum, to, by record.MsgSeqNum) (record.Position, error) {
	if err := s.usable(); err != nil {
		return 0, s.failed(err)
	}
	if to == 0 {
		s.mu.Lock()
		to = *number + by
		s.mu.Unlock()
	}
	_, at, err := s.recorder.Set(record.Change{Op: op, Value: int64(to)}, s.o.SaveTimeout)
	if err != nil {
		return 0, s.failed(fmt.Errorf("%v %d: %w", op, to, err))
	}
	s.mu.Lock()
	*number = to
	s.mu.Unlock()
	return at, nil
}

// Reset begins a new life: both numbers are 1, and there are no messages. What there was stays in the archive.
func (s *Store) Reset() error { return s.ResetAt(time.Now()) }

// ResetAt is Reset with a creation time. When it cannot be made durable in time that is an error, but done it is.
func (s *Store) ResetAt(created time.Time) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.counting.Lock()
	defer s.counting.Unlock()
	if err := s.usable(); err != nil {
		return s.failed(err)
	}
	sequence, at, err := s.recorder.Set(record.Change{Op: record.Reset, Value: created.UnixNano()}, s.o.SaveTimeout)
	if err != nil {
		return s.failed(fmt.Errorf("reset: %w", err))
	}
	s.mu.Lock()
	s.sender, s.target, s.created, s.life = 1, 1, record.Nanos(created.UnixNano()), sequence
	s.mu.Unlock()
	if s.o.Durable {
		return s.failed(s.o.Await(at, s.o.SaveTimeout))
	}
	return nil
}

// failed is err with whose store it is about.
func (s *Store) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("message store of %v: %w", s.recorder.ID().Session, err)
}

func numberOf(n int) (record.MsgSeqNum, error) {
	if n < 1 {
		return 0, fmt.Errorf("MsgSeqNum %d, want 1 or more", n)
	}
	return record.MsgSeqNum(n), nil
}
