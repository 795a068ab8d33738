// Package record is one archived thing as bytes and as a value.
//
// It has two shapes. A frame is what a hook puts in the ring; a stored record is what lies in a
// block of a session's log:
//
//	frame   ┌ sequence 8 ┬ handle 4 ┬ kind 1 ┬ 0 1 ┬ flags 2 ┬ time 8 ┬ body … ┐
//	        └────────────┴──────────┴────────┴─────┴─────────┴────────┴────────┘
//	stored  ┌ length 4 ┬ kind 1 ┬ 0 1 ┬ flags 2 ┬ sequence 8 ┬ time 8 ┬ position 8 ┬ MsgSeqNum 8 ┬ body … ┬ 0 to 8 ┐
//	        └──────────┴────────┴─────┴─────────┴────────────┴────────┴────────────┴─────────────┴────────┴────────┘
//
// All integers are little-endian. What all records of a block share, epoch and generation, stands
// in the block's header and is filled in by whoever reads it.
//
// The package is pure: bytes in, value out. It opens no files, reads no clock and keeps nothing;
// every slice it returns points into its argument. All of it may be called from any goroutine.
package record

import "fmt"

// Sequence is the archive's own number of a record within its log: from 1, never reused.
type Sequence uint64

// Position is where a record was put in the ring's endless stream: with the generation, the order over all sessions.
type Position uint64

// Generation numbers the openings of an archive for writing, from 1.
type Generation uint32

// Epoch numbers the lives of a session's MsgSeqNums, from 1.
type Epoch uint32

// MsgSeqNum is tag 34. It is not unique: resends repeat it and resets restart it. 0 means that there was none to read.
type MsgSeqNum uint64

// Nanos is a time as nanoseconds since the Unix epoch, UTC.
type Nanos int64

// Kind says what a record is. The numbers are on disk.
type Kind uint8

const (
	Inbound      Kind = 1 // a message that the session received
	Outbound     Kind = 2 // a message that the session sent, or saved to send
	Event        Kind = 3 // a line of the engine's event log
	StateChange  Kind = 4 // a change of the session's life or numbers: see Change
	Mark         Kind = 5 // an outbound message handed to the socket whose bytes an earlier record holds
	Void         Kind = 6 // takes back an earlier record that its writer was told had failed
	Gap          Kind = 7 // records that were lost: see Lost
	Registration Kind = 8 // ties a handle of the ring to a log; never stored in a log
	kindEnd      Kind = 9
)

var kindNames = [kindEnd]string{"", "in", "out", "event", "state", "mark", "void", "gap", "registration"}

// Valid reports whether this version knows k.
func (k Kind) Valid() bool { return k > 0 && k < kindEnd }

// IsMessage reports whether the body is a FIX message.
func (k Kind) IsMessage() bool { return k == Inbound || k == Outbound }

func (k Kind) String() string {
	if k.Valid() {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Flags say what was noticed about a record. The bits are on disk.
type Flags uint16

const (
	NotFramed     Flags = 1 << 0  // does not begin 8=…|9=…| or does not end 10=xxx|
	BadBodyLength Flags = 1 << 1  // tag 9 does not say where tag 10 is
	BadCheckSum   Flags = 1 << 2  // tag 10 is not the sum of the bytes before it
	PossDup       Flags = 1 << 3  // 43=Y
	ResetSeqNum   Flags = 1 << 4  // 141=Y on a Logon
	LowSeqNum     Flags = 1 << 5  // not above the highest MsgSeqNum of its direction and epoch, and neither a resend nor a reset
	BadField      Flags = 1 << 6  // a field that is not tag=value
	Saved         Flags = 1 << 7  // put by the message store, ahead of being handed to the socket
	Logon         Flags = 1 << 8  // 35=A
	Counted       Flags = 1 << 9  // with Saved: the store's next outbound MsgSeqNum went on by one
	MoreFollows   Flags = 1 << 15 // in the ring only: the body goes on in the session's next frame
)

// Garbled collects the flags of a message that is not well formed.
const Garbled = NotFramed | BadBodyLength | BadCheckSum | BadField

// BodyBytesMax is the largest body of a record. A longer message is archived as a gap record that describes it.
const BodyBytesMax = 16 << 20

// Record is one archived thing. Body points into the bytes that it was read from.
type Record struct {
	Sequence   Sequence
	Kind       Kind
	Flags      Flags
	Time       Nanos // when it was captured
	Generation Generation
	Position   Position
	Epoch      Epoch
	MsgSeqNum  MsgSeqNum
	Body       []byte
}

// Last is the last sequence that r accounts for: its own, or for a gap record the last one lost.
func (r Record) Last() Sequence {
	if r.Kind != Gap {
		return r.Sequence
	}
	if lost, err := ParseLost(r.Body); err == nil && lost.Last >= r.Sequence {
		return lost.Last
	}
	return r.Sequence
}
