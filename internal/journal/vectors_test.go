package journal

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"reflect"
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

var (
	archive = [16]byte{0x3f, 0x0c, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff}
	buyer   = record.LogID{Source: record.Hook, Session: record.Identity{
		BeginString: "FIX.4.4", SenderCompID: "BUYER", TargetCompID: "VENUE", Qualifier: "é",
	}}
	global = record.LogID{Source: record.Global}
)

// TestVectorFileHeader shows the 64 bytes that mean something; zeros follow, to 4,096.
func TestVectorFileHeader(t *testing.T) {
	want := fileHeader{archive: archive, generation: 7, lap: 12, follows: Mark{11, 65536}}
	page := appendFileHeader(nil, &want)
	b := append(golden(t, "journal-header", page[:headerBytes]), make([]byte, headerPage-headerBytes)...)
	got, err := parseFileHeader(b)
	if err != nil || got != want || len(page) != headerPage {
		t.Errorf("got %+v, %v, %d bytes; want %+v", got, err, len(page), want)
	}
}

// TestVectorBatch is a batch of the archive 3f0c…ff at offset 4,096 of lap 12.
func TestVectorBatch(t *testing.T) {
	want := batchHeader{
		at: Mark{12, 4096}, number: 100, synced: Mark{11, 5000}, upTo: 1 << 33, generation: 7, entries: 3,
	}
	var b builder
	b.register(5, buyer)
	b.add(5, 1, 4096, []byte("8=FIX.4.4\x019=5\x01"))
	b.add(1<<31, 1<<31, 1<<40, []byte("8 bytes."))
	b.seal(seedOf(archive), want)
	encoded := golden(t, "journal-batch", b.buf)
	got, entries, _, err := parseBatch(encoded, seedOf(archive), want.at, 7)
	if err != nil {
		t.Fatal(err)
	}
	want.length, want.sum = got.length, got.sum
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for _, want := range []entry{
		{registering, 5, 0, 0, record.AppendLogID(nil, buyer)},
		{extent, 5, 1, 4096, []byte("8=FIX.4.4\x019=5\x01")},
		{extent, 1 << 31, 1 << 31, 1 << 40, []byte("8 bytes.")},
	} {
		got, n, err := parseEntry(entries)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		entries = entries[n:]
	}
}

var aCheckpoint = Checkpoint{
	Archive: archive, Generation: 7, Journal: Mark{12, 8192}, At: 1_763_856_000_000_000_001,
	Logs: []record.Snapshot{
		{Log: buyer, Segment: 3, Length: 1 << 20, State: record.State{Next: 42, Epoch: 2, SenderUsed: 7, NextSender: 8, NextTarget: 1, LastTime: -1}},
		{Log: global, State: record.Begin()},
	},
}

func TestVectorCheckpoint(t *testing.T) {
	got, _, err := parseCheckpoint(golden(t, "checkpoint", appendCheckpoint(nil, &aCheckpoint)))
	if err != nil || !reflect.DeepEqual(*got, aCheckpoint) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, aCheckpoint)
	}
}

var aMeta = Meta{
	Version: metaVersion, Archive: archive, Created: 1_763_856_000_000_000_001, Generation: 7, Open: true,
	Ring: "/dev/shm/a ring\n\"é\xff", Boot: [16]byte{1, 2, 3},
}

func TestVectorMeta(t *testing.T) {
	got, err := parseMeta(golden(t, "meta", appendMeta(nil, &aMeta)))
	if err != nil || *got != aMeta {
		t.Errorf("got %+v, %v\nwant %+v", got, err, aMeta)
	}
}

var aStatus = Status{
	Archive: archive, Generation: 7, PID: 4711, Heartbeat: 1_763_856_000_000_000_001,
	Durable: 1 << 33, Stored: 1<<33 - 8, Accepted: 1_000_000, Dropped: 3, Clean: true, BytesPerDay: 5 << 30, Away: 2,
}

func TestVectorStatus(t *testing.T) {
	b := make([]byte, statusBytes)
	putStatus(b, &aStatus)
	got, err := parseStatus(golden(t, "status", b))
	if err != nil || *got != aStatus {
		t.Errorf("got %+v, %v\nwant %+v", got, err, aStatus)
	}
}
