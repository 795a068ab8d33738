package store

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
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

var theLog = record.LogID{Source: record.Hook, Session: record.Identity{
	BeginString: "FIX.4.4", SenderCompID: "BUYER", TargetCompID: "VENUE", Qualifier: "é",
}}

var theHeader = segmentHeader{
	archive: theArchive, segment: 3, generation: 7, created: 1_763_856_000_000_000_001, log: theLog, length: 168,
	state: record.State{
		Next: 100, Epoch: 4, Fresh: true, SenderUsed: 5, TargetUsed: 6, NextSender: 7, NextTarget: 8, CreatedAt: 9, LastTime: -10, Life: 11,
	},
}

func TestVectorSegment(t *testing.T) {
	got, err := parseSegmentHeader(golden(t, "segment-header", appendSegmentHeader(nil, &theHeader)))
	if err != nil || got != theHeader {
		t.Errorf("read %+v, %v\nwant %+v", got, err, theHeader)
	}
}

var theRecords = []record.Record{
	{Sequence: 100, Kind: record.Inbound, Flags: record.Logon, Time: 50, Position: 4096, MsgSeqNum: 1, Body: []byte("8=FIX.4.4\x019=5\x01")},
	{Sequence: 101, Kind: record.Outbound, Time: 40, Position: 4160, MsgSeqNum: 8, Body: []byte("8 bytes.")},
	{Sequence: 102, Kind: record.Gap, Time: 60, Position: 4224, Body: record.AppendLost(nil, &record.Lost{Last: 109, Count: 8, Reason: record.RingFull, Extra: []byte{}})},
	{Sequence: 110, Kind: record.Event, Time: 61, Position: 4288, Body: []byte("logon")},
	{Sequence: 111, Kind: record.Void, Time: 61, Position: 4352, MsgSeqNum: 8, Body: record.AppendVoided(nil, record.Voided{Sequence: 101, NextSender: 8})},
}

// encodeBlock makes a block of records as a log does.
func encodeBlock(records []record.Record, epoch record.Epoch, seed uint32, offset int64, generation record.Generation) ([]byte, summary) {
	b, s := make([]byte, blockHeader), summary{}
	for i := range records {
		records[i].Epoch, records[i].Generation = epoch, generation
		b = record.Append(b, &records[i])
		s.add(&records[i])
	}
	sealBlock(b, seed, offset, generation, &s)
	return b, s
}

// TestVectorBlock is the block behind the header of the vector of a segment.
func TestVectorBlock(t *testing.T) {
	seed := seedOf(baseOf(theArchive, theLog), theHeader.segment)
	encoded, want := encodeBlock(theRecords, 4, seed, theHeader.length, 7)
	h, payload, err := parseBlock(golden(t, "block", encoded), seed, theHeader.length)
	if err != nil || h.summary != want || h.generation != 7 || want.others() != 1 || want.last != 111 {
		t.Fatalf("read %+v, %v\nwant %+v", h, err, want)
	}
	i := 0
	err = h.each(payload, func(r *record.Record) bool {
		if w := theRecords[i]; !bytes.Equal(r.Body, w.Body) || r.Sequence != w.Sequence || r.Epoch != 4 || r.Generation != 7 {
			t.Errorf("record %d is %+v", i, r)
		}
		i++
		return true
	})
	if err != nil || i != len(theRecords) {
		t.Errorf("%d records, %v", i, err)
	}
}

var theSpan = span{segment: 3, offset: 160, length: 464, summary: summary{
	first: 100, last: 111, epoch: 4, records: 5, inbound: 1, outbound: 1, events: 1, gaps: 1,
	time: times{40, 61}, in: numbers{1, 1}, out: numbers{8, 8},
}}

// TestVectorIndex is the index of a segment of two blocks, and the catalogue that has it.
func TestVectorIndex(t *testing.T) {
	base := baseOf(theArchive, theLog)
	second := span{segment: 3, offset: theSpan.end(), length: 1 << 33, summary: summary{
		first: 112, last: 112, epoch: 5, records: 1, time: times{-5, -5}, outbound: 1, out: numbers{1<<63 + 9, 1<<63 + 9},
	}}
	want := []span{theSpan, second}
	for name, f := range map[string]*spansFile{
		"index":     {magic: indexMagic, archive: theArchive, log: theLog, segment: 3},
		"catalogue": {magic: catalogueMagic, archive: theArchive, log: theLog},
	} {
		seed := base
		if f.segment != 0 {
			seed = seedOf(base, f.segment)
		}
		b := appendSpansHeader(nil, f)
		for i := range want {
			b = appendSpan(b, &want[i], seed)
		}
		got, err := parseSpans(golden(t, name, b), f, base, func(offset int64, reason string) { t.Errorf("%s: %d: %s", name, offset, reason) })
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: read %+v, %v\nwant %+v", name, got, err, want)
		}
	}
}
