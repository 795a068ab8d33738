package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Reason says why records were lost. The numbers are on disk.
type Reason uint8

const (
	RingFull     Reason = 1 // the archive had fallen behind
	TooLarge     Reason = 2 // a message over BodyBytesMax; Lost.Extra holds its SHA-256 and first bytes
	Closed       Reason = 3 // captured after the archive was closed
	WriterDied   Reason = 4 // a process died while it was putting the record in the ring
	PowerCut     Reason = 5 // the machine stopped before the records were durable; how many is not known
	Unregistered Reason = 6 // the log could not be announced in the ring
	DiskFailed   Reason = 7 // the disk took nothing for longer than the ring and the journal could hold
	OverQuota    Reason = 8 // a log that anybody can write to had taken its share
	RingDamaged  Reason = 9 // the ring that held them was damaged before it was read; how many is not known
)

var reasonNames = [...]string{"", "ring full", "too large", "archive closed", "writer died", "power cut", "unregistered", "disk failed", "over quota", "ring damaged"}

func (r Reason) String() string {
	if r > 0 && int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Lost is the body of a gap record. The record's own sequence is the first one lost.
type Lost struct {
	Last        Sequence // the last one lost
	Count       uint64   // how many records; 0 when it is not known
	Bytes       uint64   // how many bytes of messages they held
	First, Till Nanos    // when the first and the last of them were lost
	Reason      Reason
	Extra       []byte // what is known of the content
}

const lostSize = 48

var errBody = errors.New("not the body of this kind")

// AppendLost adds the body of a gap record to dst.
func AppendLost(dst []byte, l *Lost) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(l.Last))
	dst = binary.LittleEndian.AppendUint64(dst, l.Count)
	dst = binary.LittleEndian.AppendUint64(dst, l.Bytes)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(l.First))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(l.Till))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(l.Reason))
	return append(dst, l.Extra...)
}

// ParseLost reads the body of a gap record.
func ParseLost(b []byte) (Lost, error) {
	if len(b) < lostSize {
		return Lost{}, fmt.Errorf("%w: a gap of %d bytes, want at least %d", errBody, len(b), lostSize)
	}
	return Lost{
		Last:   Sequence(binary.LittleEndian.Uint64(b)),
		Count:  binary.LittleEndian.Uint64(b[8:]),
		Bytes:  binary.LittleEndian.Uint64(b[16:]),
		First:  Nanos(binary.LittleEndian.Uint64(b[24:])),
		Till:   Nanos(binary.LittleEndian.Uint64(b[32:])),
		Reason: Reason(b[40]),
		Extra:  b[lostSize:],
	}, nil
}

// Op says what a StateChange changes. The numbers are on disk.
type Op uint8

const (
	Created    Op = 1 // the engine created the session; Value is unused
	LoggedOn   Op = 2
	LoggedOut  Op = 3
	Reset      Op = 4 // the message store was reset: both numbers are 1 again; Value is the new creation time in Nanos
	SetSender  Op = 5 // the next outbound MsgSeqNum is Value
	SetTarget  Op = 6 // the next inbound MsgSeqNum is Value
	Opened     Op = 7 // the archive was opened for writing; Value is the generation
	ClockMoved Op = 8 // the wall clock was stepped; Value is the change in nanoseconds
	SetCreated Op = 9 // the message store's creation time is Value, in Nanos
	opEnd      Op = 10
)

var opNames = [opEnd]string{"", "created", "logon", "logout", "reset", "set sender", "set target", "opened", "clock moved", "set creation time"}

func (o Op) String() string {
	if o > 0 && o < opEnd {
		return opNames[o]
	}
	return fmt.Sprintf("op %d", uint8(o))
}

// Change is the body of a StateChange record.
type Change struct {
	Op    Op
	Value int64
}

const changeSize = 16

// AppendChange adds the body of a StateChange record to dst.
func AppendChange(dst []byte, c Change) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Op))
	return binary.LittleEndian.AppendUint64(dst, uint64(c.Value))
}

// ParseChange reads the body of a StateChange record.
func ParseChange(b []byte) (Change, error) {
	if len(b) != changeSize {
		return Change{}, fmt.Errorf("%w: a state change of %d bytes, want %d", errBody, len(b), changeSize)
	}
	return Change{Op: Op(b[0]), Value: int64(binary.LittleEndian.Uint64(b[8:]))}, nil
}

// AppendReference adds the body of a Mark to dst: the sequence of the record it speaks of.
func AppendReference(dst []byte, s Sequence) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(s))
}

// ParseReference reads the body of a Mark.
func ParseReference(b []byte) (Sequence, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: a reference of %d bytes, want 8", errBody, len(b))
	}
	return Sequence(binary.LittleEndian.Uint64(b)), nil
}

// Voided is the body of a Void.
type Voided struct {
	Sequence   Sequence  // of the record that is taken back
	NextSender MsgSeqNum // the message store's, as if that had never been
}

const voidedSize = 16

// AppendVoided adds the body of a Void to dst.
func AppendVoided(dst []byte, v Voided) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(v.Sequence))
	return binary.LittleEndian.AppendUint64(dst, uint64(v.NextSender))
}

// ParseVoided reads the body of a Void.
func ParseVoided(b []byte) (Voided, error) {
	if len(b) != voidedSize {
		return Voided{}, fmt.Errorf("%w: a void of %d bytes, want %d", errBody, len(b), voidedSize)
	}
	return Voided{Sequence(binary.LittleEndian.Uint64(b)), MsgSeqNum(binary.LittleEndian.Uint64(b[8:]))}, nil
}
