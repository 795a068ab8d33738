package complete

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Kind says what a record is, with the numbers that logs have for it.
type Kind uint8

const (
	Inbound     = Kind(record.Inbound)
	Outbound    = Kind(record.Outbound)
	StateChange = Kind(record.StateChange)
	Mark        = Kind(record.Mark)
	Void        = Kind(record.Void)
	Gap         = Kind(record.Gap)
)

// Record is what an Account is told of a record. Raw is not kept.
type Record struct {
	Log      int // which log it is of, from 0
	Kind     Kind
	Sequence uint64
	Epoch    uint32
	Time     time.Time

	// Of a message.
	MsgSeqNum uint64 // 0: there was none to read
	MsgType   string
	PossDup   bool // 43=Y
	Reset     bool // 141=Y on a Logon
	Garbled   bool // its frame does not hold: an engine would pass it over
	Saved     bool // put by the message store, ahead of being sent
	Raw       []byte

	Refers uint64 // of a Mark or a Void: a sequence
	Lost   Lost   // of a Gap
	Change Change // of a StateChange
}

// Lost is what a gap record says.
type Lost struct {
	Last   uint64 // sequence
	Count  uint64 // 0: not known
	Reason string
}

// Change is what a StateChange says, where it is about numbers.
type Change struct {
	What  Op
	Value uint64
}

// Op is what changed.
type Op uint8

const (
	OtherChange Op = iota
	StoreReset     // both numbers begin again at 1
	SenderSet      // the next outbound number is Value
	TargetSet      // the next inbound number is Value
)

// last is the last sequence that r accounts for.
func (r *Record) last() uint64 {
	if r.Kind == Gap {
		return max(r.Sequence, r.Lost.Last)
	}
	return r.Sequence
}

func (r *Record) isMessage() bool { return r.Kind == Inbound || r.Kind == Outbound }
func (r *Record) isLogon() bool   { return r.MsgType == "A" }

// numbered reports whether there is a number that can be counted with.
func (r *Record) numbered() bool { return r.MsgSeqNum > 0 && r.MsgSeqNum <= numberMax }

// way is the index of the direction: 0 for in, 1 for out.
func (r *Record) way() int {
	if r.Kind == Outbound {
		return 1
	}
	return 0
}

// Place is where a record lies.
type Place struct {
	Log      int
	Sequence uint64
	Time     time.Time
}

func (r *Record) place() Place { return Place{r.Log, r.Sequence, r.Time} }
