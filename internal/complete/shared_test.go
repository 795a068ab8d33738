package complete

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/record"
)

// sharedData is where real FIX data lies beside a checkout of the project.
const sharedData = "../../../shared/data"

// engineLogs are the message logs that engines wrote below a directory.
func engineLogs(t *testing.T, below string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(filepath.Join(sharedData, below), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(d.Name(), ".messages") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	return paths
}

// captured is a log file as an archive would have it: who sends first is the session's own side.
func captured(t *testing.T, path, sender string, log int) (records []Record) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	state := record.Begin()
	for s := range fixwire.Split(raw) {
		if s.Verdict != fixwire.Complete {
			continue
		}
		m := fixwire.Parse(s.Bytes)
		if sender == "" {
			sender = string(m.SenderCompID)
		}
		rec := record.Record{Sequence: state.Next, Kind: record.Inbound, MsgSeqNum: record.MsgSeqNum(m.MsgSeqNum)}
		if string(m.SenderCompID) == sender {
			rec.Kind = record.Outbound
		}
		for flag, is := range map[record.Flags]bool{record.Logon: m.Is("A"), record.ResetSeqNum: m.ResetSeqNumFlag, record.PossDup: m.PossDup} {
			if is {
				rec.Flags |= flag
			}
		}
		state, _ = state.After(&rec)
		sent, err := time.Parse("20060102-15:04:05.999999999", string(m.SendingTime))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		records = append(records, Record{
			Log: log, Kind: Kind(rec.Kind), Sequence: uint64(rec.Sequence), Epoch: uint32(state.Epoch), Time: sent,
			MsgSeqNum: m.MsgSeqNum, MsgType: string(m.MsgType), PossDup: m.PossDup, Reset: m.ResetSeqNumFlag, Raw: bytes.Clone(s.Bytes),
			Garbled: m.Flags&(fixwire.NotFramed|fixwire.BadBodyLength) != 0, // sums are not right where secrets are masked
		})
	}
	return records
}

func account(logs ...[]Record) *history {
	h := &history{a: New(len(logs)), next: make([]uint64, len(logs))}
	for _, log := range logs {
		h.records = append(h.records, log...)
	}
	byTime := slices.Clone(h.records)
	slices.SortStableFunc(byTime, func(a, b Record) int {
		if a.Log == b.Log {
			return int(a.Sequence) - int(b.Sequence)
		}
		return a.Time.Compare(b.Time)
	})
	for i := range byTime {
		h.a.Add(&byTime[i])
	}
	h.compare()
	return h
}

// TestRealLogs compares the account of what engines wrote with a map of every number.
func TestRealLogs(t *testing.T) {
	for _, path := range append(engineLogs(t, "logs"), engineLogs(t, "peers")...) {
		records := captured(t, path, "", 0)
		report := account(records).a.Report()
		for i := range report.Lives {
			epoch := report.Lives[i].Parts[0].From
			for way, got := range []*Way{&report.Lives[i].In, &report.Lives[i].Out} {
				held := map[uint64]bool{}
				for _, r := range records {
					if r.Epoch == epoch && r.way() == way {
						held[r.MsgSeqNum] = true
					}
				}
				var has, lacks uint64
				for n := max(got.First, 1); n <= got.Last; n++ {
					if held[n] {
						has++
					} else {
						lacks++
					}
				}
				if got.Missing+got.Explained != lacks || got.Numbers != has {
					t.Errorf("%s: epoch %d, direction %d: %+v, want %d that are not there", path, epoch, way, got, lacks)
				}
			}
		}
	}
}

// TestBothSidesOfASession joins what the two engines of a session wrote. What one log of the two lacks is there, and what
// both lack is missing, exactly.
func TestBothSidesOfASession(t *testing.T) {
	joined := 0
	for _, path := range engineLogs(t, "peers") {
		dir, name := filepath.Split(path)
		parts := strings.Split(strings.TrimSuffix(name, ".messages.current.log"), "-")
		if len(parts) != 3 || !strings.Contains(dir, "/acc/") {
			continue
		}
		other := filepath.Join(dir, "../../ini/log", parts[0]+"-"+parts[2]+"-"+parts[1]+".messages.current.log")
		if _, err := os.Stat(other); err != nil {
			continue
		}
		joined++
		ours, theirs := captured(t, path, parts[1], 0), captured(t, other, parts[1], 1)
		h := account(ours, theirs)
		if got := h.findings(); len(got) > 0 || len(h.a.lives) != 1 {
			t.Errorf("%s: %d lives, %q", path, len(h.a.lives), got)
		}
		without := func(all []Record, number uint64) []Record {
			return slices.DeleteFunc(slices.Clone(all), func(r Record) bool { return r.MsgSeqNum == number && r.Kind == Outbound })
		}
		if holes, _ := account(without(ours, 3), theirs).a.Report().Unexplained(); holes != 1 { // of the log's own sequence
			t.Errorf("%s: %d holes where one log lacks a number", path, holes)
		}
		_, numbers := account(without(ours, 3), without(theirs, 3)).a.Report().Unexplained()
		if numbers != 3 { // and a sequence in each log
			t.Errorf("%s: %d missing where both logs lack a number", path, numbers)
		}
	}
	if joined == 0 {
		t.Error("no session has logs of both sides")
	}
}
