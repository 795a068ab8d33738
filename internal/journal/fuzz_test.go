package journal

import (
	"bytes"
	"testing"
)

// FuzzBatch: whatever bytes there are, nothing panics, and what is believed is spelled the same again.
func FuzzBatch(f *testing.F) {
	seed, at := seedOf(archive), Mark{12, 4096}
	var b builder
	b.register(5, buyer)
	b.add(5, 1, 4096, []byte("8=FIX.4.4\x019=5\x01"))
	b.add(5, 2, 0, nil)
	b.seal(seed, batchHeader{at: at, number: 1, upTo: 9, generation: 7})
	f.Add(b.buf, true)
	f.Add(b.buf[:100], false)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		if reseal && len(data) >= batchBytes {
			// A fuzzer does not find checksums; give it them, so that what lies behind them is reached.
			r := builder{buf: bytes.Clone(data[:batchBytes+(len(data)-batchBytes)&^7]), entries: uint32(data[60])}
			r.seal(seed, batchHeader{at: at, number: 1, upTo: 9, generation: 7})
			data = r.buf
		}
		h, entries, _, err := parseBatch(data, seed, at, 7)
		if err != nil {
			return
		}
		var again builder
		for len(entries) > 0 {
			e, n, err := parseEntry(entries)
			if err != nil {
				t.Fatalf("believed, then: %v", err)
			}
			copy(again.room(e.kind, e.handle, e.segment, e.offset, len(e.bytes)), e.bytes)
			entries = entries[n:]
		}
		if again.buf == nil {
			again.buf = make([]byte, batchBytes)
		}
		again.seal(seed, h)
		if !bytes.Equal(again.buf, data[:len(again.buf)]) {
			t.Errorf("read %x\nwrote %x", data, again.buf)
		}
	})
}

// FuzzFile reads any bytes behind a good header as a journal.
func FuzzFile(f *testing.F) {
	h := &history{}
	m := newMemory()
	j, err := Open(m, "j", Options{Archive: archive, Generation: 1}, Mark{})
	if err != nil {
		f.Fatal(err)
	}
	j.Register(1, buyer)
	h.want.add(j, 1, buyer, 1, 0, []byte("extent"))
	if err := j.Write(1); err != nil {
		f.Fatal(err)
	}
	good := m.files[path(1)]
	f.Add(good[headerPage:], int64(0))
	f.Fuzz(func(t *testing.T, data []byte, from int64) {
		m := newMemory()
		m.files[path(1)] = append(bytes.Clone(good[:headerPage]), data...)
		read := func() (n int, r Report) {
			r, err := Read(m, "j", archive, Mark{1, max(from, 0)}, func(Entry) error { n++; return nil })
			if err != nil {
				t.Fatal(err)
			}
			return n, r
		}
		n, r := read()
		if again, r2 := read(); n != again || r.End != r2.End || len(r.Damage) != len(r2.Damage) {
			t.Errorf("%d entries, then %d; %+v, then %+v", n, again, r, r2)
		}
	})
}

func FuzzFileHeader(f *testing.F) {
	f.Add(appendFileHeader(nil, &fileHeader{archive: archive, generation: 7, lap: 12, follows: Mark{11, 65536}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseFileHeader(data)
		if err == nil && !bytes.Equal(appendFileHeader(nil, &h), data[:headerPage]) {
			t.Errorf("read %+v from %x", h, data)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(appendCheckpoint(nil, &aCheckpoint), true)
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		if reseal && len(data) > 4 {
			data = sealed(data[:len(data)-4])
		}
		c, _, err := parseCheckpoint(data)
		if err == nil && !bytes.Equal(appendCheckpoint(nil, c), data) {
			t.Errorf("read %+v from %x", c, data)
		}
	})
}

func FuzzMeta(f *testing.F) {
	f.Add(appendMeta(nil, &aMeta))
	f.Add([]byte("fixarchive 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMeta(data)
		if err == nil && !bytes.Equal(appendMeta(nil, m), data) {
			t.Errorf("read %+v from %q", m, data)
		}
	})
}

func FuzzStatus(f *testing.F) {
	b := make([]byte, statusBytes)
	putStatus(b, &aStatus)
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseStatus(data)
		if err != nil {
			return
		}
		again := make([]byte, statusBytes)
		putStatus(again, s)
		if !bytes.Equal(again, data[:statusBytes]) {
			t.Errorf("read %+v from %x", s, data)
		}
	})
}
