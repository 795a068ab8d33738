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
