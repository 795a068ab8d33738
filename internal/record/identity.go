package record

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Identity is a FIX session as quickfix knows it: all eight parts of its SessionID.
type Identity struct {
	BeginString                                 string // tag 8
	SenderCompID, SenderSubID, SenderLocationID string // tags 49, 50, 142 of what we send
	TargetCompID, TargetSubID, TargetLocationID string // tags 56, 57, 143 of what we send
	Qualifier                                   string // tells sessions apart that agree in all the rest; not on the wire
}

// String spells the session as quickfix does: FIX.4.4:SENDER/SUB/LOC->TARGET/SUB/LOC:QUALIFIER.
func (id Identity) String() string {
	var b strings.Builder
	b.WriteString(id.BeginString)
	b.WriteByte(':')
	b.WriteString(id.SenderCompID)
	optional(&b, "/", id.SenderSubID)
	optional(&b, "/", id.SenderLocationID)
	b.WriteString("->")
	b.WriteString(id.TargetCompID)
	optional(&b, "/", id.TargetSubID)
	optional(&b, "/", id.TargetLocationID)
	optional(&b, ":", id.Qualifier)
	return b.String()
}

func optional(b *strings.Builder, delimiter, part string) {
	if part != "" {
		b.WriteString(delimiter)
		b.WriteString(part)
	}
}

// Source says by which way a log's records came. Each source keeps its own log of a session.
type Source string

const (
	Hook         Source = "hook"         // the engine's own log factory
	Global       Source = "global"       // what the engine says outside of any session
	Unidentified Source = "unidentified" // dynamic sessions that have not logged on yet
)

// LogID names a log: one session as seen by one source. It is comparable.
type LogID struct {
	Session Identity
	Source  Source
}

// String is the session's spelling, with the source where it is not the hook.
func (id LogID) String() string {
	switch {
	case id.Source == Hook:
		return id.Session.String()
	case id.Session == Identity{}:
		return string(id.Source)
	}
	return id.Session.String() + "@" + string(id.Source)
}

// PartBytesMax is the longest part of an identity that is kept, in bytes.
const PartBytesMax = 1024

// parts lists what is encoded, in the order of the format.
func (id *LogID) parts() [9]*string {
	s := &id.Session
	return [9]*string{
		&s.BeginString, &s.SenderCompID, &s.SenderSubID, &s.SenderLocationID,
		&s.TargetCompID, &s.TargetSubID, &s.TargetLocationID, &s.Qualifier, (*string)(&id.Source),
	}
}

// Check says which part of id is too long to be archived.
func (id LogID) Check() error {
	for _, part := range id.parts() {
		if len(*part) > PartBytesMax {
			return fmt.Errorf("a part of the session's identity has %d bytes, at most %d are kept: %.40q…", len(*part), PartBytesMax, *part)
		}
	}
	return nil
}

// AppendLogID adds the nine parts of id to dst, each with its length in two bytes before it.
// It is the body of a Registration frame and stands in each segment's header. id must pass Check.
func AppendLogID(dst []byte, id LogID) []byte {
	for _, part := range id.parts() {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(*part)))
		dst = append(dst, *part...)
	}
	return dst
}

// ParseLogID reads what AppendLogID wrote and says how many bytes it took.
func ParseLogID(b []byte) (id LogID, n int, err error) {
	for i, part := range id.parts() {
		if len(b)-n < 2 {
			return LogID{}, 0, fmt.Errorf("%w: an identity that ends before part %d", errBody, i+1)
		}
		length := int(binary.LittleEndian.Uint16(b[n:]))
		n += 2
		if length > PartBytesMax || len(b)-n < length {
			return LogID{}, 0, fmt.Errorf("%w: part %d of an identity has %d bytes, %d are left", errBody, i+1, length, len(b)-n)
		}
		*part = string(b[n : n+length])
		n += length
	}
	return id, n, nil
}
