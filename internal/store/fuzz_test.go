package store

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// FuzzBlock: whatever bytes there are, nothing panics, and what is believed is spelled the same again.
func FuzzBlock(f *testing.F) {
	seed := seedOf(baseOf(theArchive, theLog), 3)
	good, _ := encodeBlock(slices.Clone(theRecords), 4, seed, 160, 7)
	f.Add(good, false)
	f.Add(good[:100], true)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		if reseal && len(data) >= blockHeader {
			// A fuzzer does not find checksums; give it them, so that what lies behind them is reached.
			data = bytes.Clone(data)
			binary.LittleEndian.PutUint32(data, blockMagic)
			binary.LittleEndian.PutUint32(data[8:], uint32(len(data)-blockHeader))
			binary.LittleEndian.PutUint32(data[4:], blockSum(data, seed, 160))
		}
		h, payload, err := parseBlock(data, seed, 160)
		if err != nil {
			return
		}
		var records []record.Record
		var s summary
		if err := h.each(payload, func(r *record.Record) bool { records = append(records, *r); s.add(r); return true }); err != nil {
			return
		}
		if s != h.summary {
			return // Verify's business
		}
		again, _ := encodeBlock(records, h.epoch, seed, 160, h.generation)
		if !bytes.Equal(again, data[:len(again)]) {
			t.Errorf("read %x\nwrote %x", data, again)
		}
	})
}

func FuzzSegmentHeader(f *testing.F) {
	f.Add(appendSegmentHeader(nil, &theHeader), true)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		if reseal && len(data) > 16 && len(data)%8 == 0 {
			data = bytes.Clone(data)
			binary.LittleEndian.PutUint32(data[12:], uint32(len(data)))
			binary.LittleEndian.PutUint32(data[len(data)-4:], crc32.Checksum(data[:len(data)-4], castagnoli))
		}
		h, err := parseSegmentHeader(data)
		if err == nil && !bytes.Equal(appendSegmentHeader(nil, &h), data[:h.length]) {
			t.Errorf("read %+v from %x", h, data)
		}
	})
}

func FuzzIndex(f *testing.F) {
	base := baseOf(theArchive, theLog)
	header := &spansFile{magic: indexMagic, archive: theArchive, log: theLog, segment: 3}
	f.Add(appendSpan(nil, &theSpan, seedOf(base, 3)), true)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		b := append(appendSpansHeader(nil, header), data...)
		for at := spansHeader; reseal && at+spanSize <= len(b); at += spanSize {
			binary.LittleEndian.PutUint32(b[at+spanSize-4:], crc32.Update(seedOf(base, 3), castagnoli, b[at:at+spanSize-4]))
		}
		left := 0
		spans, err := parseSpans(b, header, base, func(int64, string) { left++ })
		if err != nil || len(spans)+left != len(data)/spanSize {
			t.Fatalf("%d spans, %d left out of %d bytes, %v", len(spans), left, len(data), err)
		}
		if left > 0 {
			return
		}
		again := appendSpansHeader(nil, header)
		for i := range spans {
			again = appendSpan(again, &spans[i], seedOf(base, 3))
		}
		if !bytes.Equal(again, b[:len(again)]) {
			t.Errorf("read %x\nwrote %x", b, again)
		}
	})
}

// FuzzCatalogue: what is read of a catalogue lies in order, whatever it says.
func FuzzCatalogue(f *testing.F) {
	base := baseOf(theArchive, theLog)
	header := &spansFile{magic: catalogueMagic, archive: theArchive, log: theLog}
	f.Add(appendSpan(nil, &theSpan, base), true)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		b := append(appendSpansHeader(nil, header), data...)
		for at := spansHeader; reseal && at+spanSize <= len(b); at += spanSize {
			binary.LittleEndian.PutUint32(b[at+spanSize-4:], crc32.Update(base, castagnoli, b[at:at+spanSize-4]))
		}
		spans, err := parseSpans(b, header, base, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range spans {
			if !spans[i].plausible() || spans[i].segment == 0 || i > 0 && !spans[i-1].before(&spans[i]) {
				t.Fatalf("span %d of %d: %+v", i, len(spans), spans[i])
			}
		}
	})
}

// FuzzSegmentFile reads any bytes behind a good header, as reader, as verifier and as writer: the same records come
// from all, twice. What it covers differs from run to run, by the order of maps: fuzz it with -fuzzminimizetime 10x,
// or it does nothing but minimize.
func FuzzSegmentFile(f *testing.F) {
	r, id, _ := small(f, false)
	path := segmentPath(r.dir(id), 1)
	good := r.read(path)
	begins := int(headerSize(id))
	f.Add(good[begins:])
	f.Add(good[begins+8:])
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig(t, Options{})
		r.memory.MkdirAll(r.dir(id))
		r.write(path, append(slices.Clone(good[:begins]), data...))
		got, damage := seen(r, id)
		report, err := Verify(r.fs, r.dir(id), nil, nil)
		if err != nil || report.Records < uint64(len(got)) || len(damage) > 0 {
			t.Fatalf("read %d records, %v; verify %+v, %v", len(got), damage, report, err)
		}
		l := r.open(r.set(), id, nil)
		if opened := r.open(r.set(), id, nil); opened.State() != l.State() {
			t.Fatalf("opened with %+v, then with %+v", l.State(), opened.State())
		}
		if after, _ := seen(r, id); len(after) > len(got) {
			t.Fatalf("%d records, and %d after an open", len(got), len(after))
		}
	})
}
