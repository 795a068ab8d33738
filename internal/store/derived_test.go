package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// derivedHistory is a log that is always written the same: epochs of a few messages, so that indexes have many spans
// and segments several epochs. older keeps every version that a derived file ever had.
type derivedHistory struct {
	*rig
	log   *Log
	id    record.LogID
	n     int
	older map[string][][]byte
	known bool // older is complete
}

func newDerivedHistory(t testing.TB, id record.LogID, archive byte) *derivedHistory {
	h := &derivedHistory{rig: newRig(t, Options{SegmentBytes: 2000}), id: id, older: map[string][][]byte{}}
	h.options.Archive[0] ^= archive
	h.log = h.open(h.set(), id, nil)
	return h
}

// write goes on with so many blocks.
func (h *derivedHistory) write(blocks int) {
	for range blocks {
		h.n++
		m := message(record.Inbound, record.MsgSeqNum(h.n%5+1), record.Nanos(h.n*10), strings.Repeat("x", h.n%90))
		if h.n%5 == 0 {
			m.Flags = record.Logon | record.ResetSeqNum
		}
		h.put(h.log, m, message(record.Outbound, record.MsgSeqNum(h.n%5+1), record.Nanos(h.n*10), "y"))
		if h.known {
			continue
		}
		for path, b := range h.derived() {
			if old := h.older[path]; len(old) == 0 || !bytes.Equal(old[len(old)-1], b) {
				h.older[path] = append(old, b)
			}
		}
	}
}

// derived is the index of each segment, and the catalogue.
func (h *derivedHistory) derived() map[string][]byte {
	files := map[string][]byte{}
	for _, path := range h.memory.below(h.dir(h.id)) {
		if !strings.HasSuffix(path, segmentSuffix) {
			files[path] = h.read(path)
		}
	}
	return files
}

// answers is what readers say, of everything and of what indexes are asked for.
func (h *derivedHistory) answers() string {
	var b strings.Builder
	r, err := OpenReader(h.fs, h.dir(h.id))
	if err != nil {
		h.Fatal(err)
	}
	for _, q := range []Query{
		{}, {MsgSeqNumFrom: 3, MsgSeqNumTo: 3}, {EpochFrom: 4, EpochTo: 5}, {TimeFrom: 90, TimeTo: 150}, {SequenceFrom: 21, SequenceTo: 30},
		{Kinds: KindsOf(record.Outbound), MsgSeqNumFrom: 1, MsgSeqNumTo: 1},
	} {
		for rec, err := range r.Records(q) {
			fmt.Fprintln(&b, rec.Sequence, rec.Epoch, rec.MsgSeqNum, len(rec.Body), err)
		}
		last, err := r.Last(3, q)
		fmt.Fprintln(&b, len(last), err)
	}
	sum, err := r.Summary()
	fmt.Fprintf(&b, "%+v %v\n", sum, err)
	return b.String()
}

// reopened goes on as a writer that opens the log again does.
func (h *derivedHistory) reopened(known record.Snapshot, blocks int) {
	h.reports = nil
	h.log = h.open(h.set(), h.id, &known)
	if len(h.reports) > 0 {
		h.Fatalf("reported %v", h.reports)
	}
	h.write(blocks)
}

// ills are what may have become of a derived file, by name.
func (h *derivedHistory) ills(path string, good []byte, others *derivedHistory, elsewhere *derivedHistory) map[string][]byte {
	ills := map[string][]byte{
		"lost": nil, "empty": {},
		"with a span twice":     slices.Concat(good, good[max(0, len(good)-spanSize):]),
		"with half a span more": slices.Concat(good, []byte{1, 2, 3}),
	}
	step := 5
	switch {
	case os.Getenv("FIXARCHIVE_FULL") != "":
		step = 1
	case testing.Short():
		step = 29
	}
	for n := 0; n < len(good); n += step {
		ills[fmt.Sprint("cut at ", n)] = good[:n]
		bad := slices.Clone(good)
		bad[n] ^= 1 << (n % 8)
		ills[fmt.Sprint("a bit of byte ", n)] = bad
	}
	for i, old := range h.older[path] {
		ills[fmt.Sprint("version ", i)] = old
	}
	name := filepath.Base(path)
	ills["another log's"] = others.read(filepath.Join(others.dir(others.id), name))
	ills["another archive's"] = elsewhere.read(filepath.Join(elsewhere.dir(elsewhere.id), name))
	for other, b := range h.derived() {
		if other != path {
			ills["that of "+filepath.Base(other)] = b
		}
	}
	return ills
}

// TestDerivedFilesDoNotMatter: whatever became of an index or a catalogue, readers return the same; and a writer that
// opens the log and goes on leaves the bytes that it would have left anyway. An index of a segment that was sealed
// before the last checkpoint stays as it is: opening reads nothing of those.
func TestDerivedFilesDoNotMatter(t *testing.T) {
	const before, behind = 37, 40
	h := newDerivedHistory(t, session(1), 0)
	h.write(before)
	others, elsewhere := newDerivedHistory(t, session(2), 0), newDerivedHistory(t, session(1), 1)
	others.write(before)
	elsewhere.write(before)
	known, state := h.log.Snapshot(), h.snapshot()
	answers := h.answers()
	h.known = true
	h.reopened(known, behind)
	after, answersAfter := h.derived(), h.answers()
	h.restore(state)
	if len(state) < 9 {
		t.Fatalf("%d files", len(state))
	}
	tried := 0
	for path, good := range h.derived() {
		sealed := strings.HasSuffix(path, indexSuffix) && path != indexPath(h.dir(h.id), known.Segment)
		for ill, b := range h.ills(path, good, others, elsewhere) {
			tried++
			what := filepath.Base(path) + " " + ill
			if h.spoil(path, b); h.answers() != answers {
				t.Fatalf("%s: readers say something else", what)
			}
			spoiled := maps.Clone(after)
			if sealed || tooNew(path, b) {
				spoiled[path] = b
			}
			h.reopened(known, behind)
			if h.answers() != answersAfter {
				t.Fatalf("%s: readers say something else after an Open", what)
			}
			h.same(what, spoiled)
			h.restore(state)
		}
	}
	t.Logf("%d ills", tried)
}

// tooNew reports whether a catalogue says that a newer program wrote it: then it is left alone.
func tooNew(path string, b []byte) bool {
	return filepath.Base(path) == catalogueName && len(b) >= spansHeader && string(b[:8]) == catalogueMagic &&
		errors.Is(checkVersion(binary.LittleEndian.Uint32(b[8:]), indexVersion), ErrTooNew)
}

// same compares the derived files with what they should be.
func (h *derivedHistory) same(what string, want map[string][]byte) {
	h.Helper()
	for path, b := range want {
		got, there := h.memory.files[path]
		if there != (b != nil) || there && !bytes.Equal(got.b, b) {
			h.Fatalf("%s: %s is not as it would have been", what, filepath.Base(path))
		}
	}
}

func (h *derivedHistory) spoil(path string, b []byte) {
	if b == nil {
		delete(h.memory.files, path)
		return
	}
	h.memory.files[path] = &content{slices.Clone(b)}
}

func (h *derivedHistory) snapshot() map[string][]byte {
	files := map[string][]byte{}
	for path, c := range h.memory.files {
		files[path] = slices.Clone(c.b)
	}
	return files
}

// restore puts everything back.
func (h *derivedHistory) restore(files map[string][]byte) {
	h.n = 37
	clear(h.memory.files)
	for path, b := range files {
		h.memory.files[path] = &content{slices.Clone(b)}
	}
}
