package record

import (
	"bytes"
	"testing"
)

// Every cut of a record is refused, and so is every padding bit: nothing in a block goes unread.
func TestDamagedRecordIsRefused(t *testing.T) {
	r := storedVectors["record-inbound"]
	whole := Append(nil, &r)
	for n := range whole {
		if _, _, err := Parse(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were read as a record", n, len(whole))
		}
	}
	for at := HeaderSize + len(r.Body); at < len(whole); at++ {
		bad := bytes.Clone(whole)
		bad[at] = 1
		if _, _, err := Parse(bad); err == nil {
			t.Errorf("padding byte %d was not looked at", at)
		}
	}
}

func TestTruncatedBodiesAreRefused(t *testing.T) {
	s := Snapshot{Log: LogID{Source: Global}, State: Begin()}
	whole := AppendSnapshot(nil, &s)
	for n := range whole {
		if _, _, err := ParseSnapshot(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were read as a snapshot", n, len(whole))
		}
	}
	if _, err := ParseLost(make([]byte, lostSize-1)); err == nil {
		t.Error("a short gap was read")
	}
	if _, err := ParseChange(make([]byte, changeSize+1)); err == nil {
		t.Error("a long state change was read")
	}
	if _, err := ParseFrame(make([]byte, FrameHeaderSize)); err == nil {
		t.Error("a frame of kind 0 was read")
	}
}

func TestLogIDSpelling(t *testing.T) {
	for want, id := range map[string]LogID{
		"FIX.4.4:A->B":           {Session: Identity{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}, Source: Hook},
		"FIX.4.4:A/S/L->B/T/M:Q": {Session: Identity{"FIX.4.4", "A", "S", "L", "B", "T", "M", "Q"}, Source: Hook},
		"FIX.4.2:A->B@relay":     {Session: Identity{BeginString: "FIX.4.2", SenderCompID: "A", TargetCompID: "B"}, Source: "relay"},
		"global":                 {Source: Global},
	} {
		if got := id.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLongPartIsRefused(t *testing.T) {
	id := LogID{Session: Identity{SenderCompID: string(make([]byte, PartBytesMax+1))}}
	if id.Check() == nil {
		t.Error("a part over the limit passed")
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range storedVectors {
		f.Add(Append(nil, &r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n, err := Parse(b)
		if err != nil {
			return
		}
		if again := Append(nil, &r); !bytes.Equal(again, b[:n]) {
			t.Errorf("read %x, wrote %x", b[:n], again)
		}
	})
}

func FuzzParseSnapshot(f *testing.F) {
	s := Snapshot{Log: LogID{Source: Hook}, State: Begin()}
	f.Add(AppendSnapshot(nil, &s))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, n, err := ParseSnapshot(b)
		if err != nil {
			return
		}
		if again := AppendSnapshot(nil, &s); !bytes.Equal(again, b[:n]) {
			t.Errorf("read %x, wrote %x", b[:n], again)
		}
	})
}

// FuzzParseFrame reads what a ring may hold.
func FuzzParseFrame(f *testing.F) {
	f.Add(appendFrame(&Frame{Sequence: 7, Handle: 3, Kind: Inbound, Flags: MoreFollows, Time: 9, Body: []byte("8=FIX.4.4\x01")}))
	f.Add(appendFrame(&Frame{Handle: 3, Kind: Registration, Body: AppendLogID(nil, LogID{Source: Hook})}))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ParseFrame(b)
		if err != nil {
			return
		}
		if again := appendFrame(&frame); !bytes.Equal(again, b) {
			t.Errorf("read %x, wrote %x", b, again)
		}
	})
}

func appendFrame(f *Frame) []byte {
	b := make([]byte, FrameHeaderSize, FrameHeaderSize+len(f.Body))
	PutFrameHeader(b, f)
	return append(b, f.Body...)
}

// FuzzBodies reads any bytes as the body of each kind that has an encoding of its own, as an identity and as a state.
func FuzzBodies(f *testing.F) {
	f.Add(AppendLost(nil, &Lost{Last: 9, Count: 3, Bytes: 100, First: 1, Till: 2, Reason: TooLarge, Extra: []byte("8=FIX")}))
	f.Add(AppendChange(nil, Change{Op: ClockMoved, Value: -5}))
	f.Add(AppendReference(nil, 7))
	f.Add(AppendVoided(nil, Voided{Sequence: 7, NextSender: 3}))
	f.Add(AppendLogID(nil, LogID{Session: Identity{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}, Source: Hook}))
	f.Add(AppendState(nil, Begin()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ParseLost(b); err == nil {
			if again, err := ParseLost(AppendLost(nil, &l)); err != nil || again.Last != l.Last || again.Reason != l.Reason || !bytes.Equal(again.Extra, l.Extra) {
				t.Errorf("a gap of %x", b)
			}
			r := Record{Sequence: 5, Kind: Gap, Body: b}
			if r.Last() < r.Sequence {
				t.Errorf("a gap that ends at %d, before it begins", r.Last())
			}
		}
		if c, err := ParseChange(b); err == nil {
			if again, err := ParseChange(AppendChange(nil, c)); err != nil || again != c {
				t.Errorf("a change of %x", b)
			}
		}
		if s, err := ParseReference(b); err == nil && !bytes.Equal(AppendReference(nil, s), b) {
			t.Errorf("a reference of %x", b)
		}
		if v, err := ParseVoided(b); err == nil && !bytes.Equal(AppendVoided(nil, v), b) {
			t.Errorf("a void of %x", b)
		}
		if n, rest, err := SplitNumber(b); err == nil {
			again := make([]byte, NumberSize)
			if PutNumber(again, n); !bytes.Equal(append(again, rest...), b) {
				t.Errorf("a numbered body of %x", b)
			}
		}
		if id, n, err := ParseLogID(b); err == nil && (id.Check() != nil || !bytes.Equal(AppendLogID(nil, id), b[:n])) {
			t.Errorf("an identity of %x", b)
		}
		if s, err := ParseState(b); err == nil && !bytes.Equal(AppendState(nil, s), b[:StateSize]) {
			t.Errorf("a state of %x", b)
		}
	})
}

// FuzzAfter leads a state through any records: sequences and epochs never go back.
func FuzzAfter(f *testing.F) {
	f.Add(uint8(Inbound), uint16(Logon|ResetSeqNum), uint64(1), int64(5), []byte{})
	f.Add(uint8(StateChange), uint16(0), uint64(0), int64(-5), AppendChange(nil, Change{Op: Reset}))
	f.Add(uint8(Gap), uint16(0), uint64(0), int64(5), AppendLost(nil, &Lost{Last: 1 << 40}))
	f.Fuzz(func(t *testing.T, kind uint8, flags uint16, n uint64, at int64, body []byte) {
		s := Begin()
		for range 3 {
			r := Record{Sequence: s.Next, Kind: Kind(kind), Flags: Flags(flags), MsgSeqNum: MsgSeqNum(n), Time: Nanos(at), Body: body}
			next, _ := s.After(&r)
			if next.Epoch < s.Epoch || next.Epoch > s.Epoch+1 || next.Next != r.Last()+1 {
				t.Fatalf("%+v leads from %+v to %+v", r, s, next)
			}
			if next.Next <= s.Next { // the log refuses it
				return
			}
			s = next
		}
	})
}
