package fixarchive

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Message is one archived thing: mostly a FIX message, or what else Kind says.
type Message struct {
	Session string // in quickfix's spelling; Source is told by Session.Source
	Source  string // by which way it came: "hook" for the engine's own log factory
	Archive string // of a Message that Readers return: which archive it came from, as Reader.Name has it

	Kind      Kind
	Direction Direction // of a message; Both for every other kind
	MsgSeqNum uint64    // tag 34; 0: there was none to read
	MsgType   string    // tag 35
	Flags     Flags     // what was noticed about the message
	Time      time.Time // when it was captured, in UTC

	Sequence   uint64 // the archive's own number within the session's log: from 1, without holes
	Epoch      uint32 // which life of the session's MsgSeqNums, from 1
	Generation uint32 // which opening of the archive for writing, from 1
	Position   uint64 // with Generation, the order over all sessions

	// Raw is the message byte for byte as it was captured, or the text of an event; of other kinds it is the body
	// in the archive's own encoding. It is valid until the iteration goes on: Clone keeps it.
	Raw []byte

	Lost     *Lost     // of a Gap
	Change   *Change   // of a StateChange
	Handover *Handover // of a saved message, where Query.Handovers asks for it

	Refers uint64 // of a Mark or a Void: the sequence of the record that it speaks of
}

// Clone returns a copy of m whose Raw stays.
func (m Message) Clone() Message {
	m.Raw = bytes.Clone(m.Raw)
	if m.Lost != nil {
		lost := *m.Lost
		lost.Extra = bytes.Clone(lost.Extra)
		m.Lost = &lost
	}
	return m
}

// Lost says what a gap record knows of the records that are missing.
type Lost struct {
	First, Last uint64 // sequences
	Count       uint64 // of records; 0: not known
	Bytes       uint64 // of messages
	Since, Till time.Time
	Reason      string
	Extra       []byte // what is known of the content: of a message that is too large, its SHA-256 and first bytes
}

// Change says how a session's life or numbers changed.
type Change struct {
	What  string // "logon", "reset", "set sender", …
	Value int64
}

// Kind says what a record is.
type Kind uint8

const (
	Inbound     = Kind(record.Inbound)
	Outbound    = Kind(record.Outbound)
	Event       = Kind(record.Event)       // a line of the engine's event log
	StateChange = Kind(record.StateChange) // see Change
	Mark        = Kind(record.Mark)        // a message handed to the socket that an earlier record holds
	Void        = Kind(record.Void)        // takes back an earlier record
	Gap         = Kind(record.Gap)         // records that are missing: see Lost
)

// AllKinds lists every kind that a log holds.
func AllKinds() []Kind { return []Kind{Inbound, Outbound, Event, StateChange, Mark, Void, Gap} }

func (k Kind) String() string { return record.Kind(k).String() }

// Flags say what was noticed about a message.
type Flags uint16

const (
	NotFramed     = Flags(record.NotFramed)     // does not begin 8=…|9=…| or does not end 10=xxx|
	BadBodyLength = Flags(record.BadBodyLength) // tag 9 does not say where tag 10 is
	BadCheckSum   = Flags(record.BadCheckSum)   // tag 10 is not the sum of the bytes before it
	BadField      = Flags(record.BadField)      // a field that is not tag=value
	PossDup       = Flags(record.PossDup)       // 43=Y
	ResetSeqNum   = Flags(record.ResetSeqNum)   // 141=Y on a Logon
	LowSeqNum     = Flags(record.LowSeqNum)     // low, and neither a resend nor a reset
	Saved         = Flags(record.Saved)         // put by the message store
)

var flagNames = []struct {
	flag Flags
	name string
}{
	{NotFramed, "not-framed"}, {BadBodyLength, "bad-body-length"}, {BadCheckSum, "bad-checksum"}, {BadField, "bad-field"},
	{PossDup, "poss-dup"}, {ResetSeqNum, "reset-seq-num"}, {LowSeqNum, "low-seq-num"}, {Saved, "saved"},
}

// Names lists the flags that are set.
func (f Flags) Names() []string {
	var names []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

func (f Flags) String() string { return strings.Join(f.Names(), ",") }

// public makes a record public. Raw stays where the body lies.
func public(name, source string, r *record.Record) (Message, error) {
	m := Message{
		Session: name, Source: source,
		Kind: Kind(r.Kind), Flags: Flags(r.Flags &^ (record.Logon | record.MoreFollows)),
		MsgSeqNum: uint64(r.MsgSeqNum), Time: wallTime(r.Time),
		Sequence: uint64(r.Sequence), Epoch: uint32(r.Epoch), Generation: uint32(r.Generation), Position: uint64(r.Position),
		Raw: r.Body,
	}
	return m, m.readBody(r)
}

// readBody fills in what stands in the body alone.
func (m *Message) readBody(r *record.Record) (err error) {
	switch r.Kind {
	case record.Inbound, record.Outbound:
		m.Direction = In
		if r.Kind == record.Outbound {
			m.Direction = Out
		}
		m.MsgType = msgType(r.Body)
	case record.StateChange:
		var c record.Change
		if c, err = record.ParseChange(r.Body); err == nil {
			m.Change = &Change{What: c.Op.String(), Value: c.Value}
		}
	case record.Mark:
		var s record.Sequence
		if s, err = record.ParseReference(r.Body); err == nil {
			m.Refers = uint64(s)
		}
	case record.Void:
		var v record.Voided
		if v, err = record.ParseVoided(r.Body); err == nil {
			m.Refers = uint64(v.Sequence)
		}
	case record.Gap:
		m.Lost, err = lost(r)
	}
	if err != nil {
		return fmt.Errorf("%s: record %d: %w", m.Session, m.Sequence, err)
	}
	return nil
}

// msgType is the first tag 35 of raw: parsing the whole header would read what records have told already.
func msgType(raw []byte) string {
	for c := fixwire.NewCursor(raw); c.Next(); {
		if c.Tag == 35 {
			return string(c.Value)
		}
	}
	return ""
}

func lost(r *record.Record) (*Lost, error) {
	l, err := record.ParseLost(r.Body)
	if err != nil {
		return nil, err
	}
	return &Lost{
		First: uint64(r.Sequence), Last: uint64(l.Last), Count: l.Count, Bytes: l.Bytes,
		Since: wallTime(l.First), Till: wallTime(l.Till), Reason: l.Reason.String(), Extra: l.Extra,
	}, nil
}

func wallTime(n record.Nanos) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

// nanos is t as records have it, as near as they can.
func nanos(t time.Time) record.Nanos {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return record.Nanos(t.UnixNano())
}
