package record

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden vectors instead of comparing with them")

// The vectors are what other implementations may rely on: each is written by the encoder and read by the decoder.
const vectors = "../../spec/format/vectors"

func golden(t *testing.T, name string, encoded []byte) []byte {
	t.Helper()
	path := filepath.Join(vectors, name+".hex")
	if *update {
		if err := os.WriteFile(path, dump(encoded), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if !bytes.Equal(encoded, want) {
		t.Errorf("%s\n got %x\nwant %x", name, encoded, want)
	}
	return want
}

func dump(b []byte) []byte {
	var out bytes.Buffer
	for len(b) > 0 {
		n := min(16, len(b))
		out.WriteString(hex.EncodeToString(b[:n]) + "\n")
		b = b[n:]
	}
	return out.Bytes()
}

const heartbeat = "8=FIX.4.4\x019=49\x0135=0\x0149=A\x0156=B\x0134=7\x0152=20261123-00:00:00.000\x0110=134\x01"

var storedVectors = map[string]Record{
	"record-inbound": {
		Sequence: 41, Kind: Inbound, Time: 1_763_856_000_000_000_001, Position: 4096, MsgSeqNum: 7, Body: []byte(heartbeat),
	},
	"record-outbound-resent-garbled": {
		Sequence: 1<<40 + 3, Kind: Outbound, Flags: PossDup | BadCheckSum | LowSeqNum,
		Time: -1, Position: 1 << 62, MsgSeqNum: 1<<63 + 9, Body: []byte("8=FIX.4.4\x019=5\x01"),
	},
	"record-event-empty": {Sequence: 1, Kind: Event, Time: 5, Position: 8, Body: []byte{}},
	"record-gap": {
		Sequence: 10, Kind: Gap, Time: 99, Position: 64,
		Body: AppendLost(nil, &Lost{Last: 12, Count: 3, Bytes: 768, First: 90, Till: 98, Reason: RingFull, Extra: []byte{}}),
	},
	"record-reset": {Sequence: 13, Kind: StateChange, Time: 100, Position: 72, Body: AppendChange(nil, Change{Op: Reset, Value: 100})},
	"record-void":  {Sequence: 14, Kind: Void, Time: 101, Position: 80, Body: AppendReference(nil, 11)},
}

func TestStoredRecordVectors(t *testing.T) {
	for name, want := range storedVectors {
		got, n, err := Parse(golden(t, name, Append(nil, &want)))
		if err != nil || n != Size(len(want.Body)) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %+v, %d bytes, %v\nwant %+v", name, got, n, err, want)
		}
	}
}

func TestFrameVector(t *testing.T) {
	want := Frame{Sequence: 41, Handle: 7, Kind: Outbound, Flags: MoreFollows | Saved, Time: 1_763_856_000_000_000_001, Body: []byte(heartbeat)}
	b := make([]byte, FrameHeaderSize, 200)
	PutFrameHeader(b, &want)
	got, err := ParseFrame(golden(t, "frame-outbound", append(b, want.Body...)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v\nwant %+v", got, err, want)
	}
}

func TestSnapshotVector(t *testing.T) {
	want := Snapshot{
		Log: LogID{Session: Identity{
			BeginString: "FIX.4.4", SenderCompID: "GATEWAY", SenderSubID: "DESK", SenderLocationID: "LDN",
			TargetCompID: "VENUE", TargetSubID: "ORD", TargetLocationID: "NYC", Qualifier: "Q1",
		}, Source: Hook},
		Segment: 3, Length: 1 << 33,
		State: State{
			Next: 100, Epoch: 4, Fresh: true, SenderUsed: 5, TargetUsed: 6, NextSender: 7, NextTarget: 8, CreatedAt: 9, LastTime: 10, Life: 11,
		},
	}
	encoded := golden(t, "snapshot", AppendSnapshot(nil, &want))
	got, n, err := ParseSnapshot(encoded)
	if err != nil || n != len(encoded) || got != want {
		t.Errorf("read %+v, %d bytes, %v\nwant %+v", got, n, err, want)
	}
}
