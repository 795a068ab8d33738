package sink

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// halfway is a moment with records in the journal and others in the ring alone.
func halfway(t *testing.T) (m *mortal, k moment, journaled [mortals]int) {
	m = newMortal(t, 16<<10, 1)
	for i := range mortals {
		m.recorder(i).Record(record.Inbound, 0, message(i, 0))
		m.sent[i] = append(m.sent[i], accepted{body: message(i, 0)})
	}
	m.send(20, 100)
	m.sink.batch()
	for i := range journaled {
		journaled[i] = len(m.sent[i])
	}
	m.send(20, 100)
	return m, m.now(""), journaled
}

// TestARingThatIsNotOursIsLeftAlone: what stands in the ring's place is another's, or cannot be believed. It is left as it
// is and told of, each log says that it does not know what it lacks, and the archive goes on.
func TestARingThatIsNotOursIsLeftAlone(t *testing.T) {
	other := func(g, archive, boot byte) func(*moment) {
		return func(k *moment) {
			path := k.m.path("other.ring")
			mem, err := logbuf.CreateFile(path, logbuf.Geometry{RingBytes: k.m.ringBytes, Slots: 1000},
				logbuf.Owner{Archive: [16]byte{archive}, Generation: uint64(g), Boot: [16]byte{boot}})
			k.m.must(err)
			b, err := os.ReadFile(path)
			k.m.must(errors.Join(err, mem.Remove(), mem.Close()))
			copy(k.ring[:512], b) // the identity; what it holds would be good
		}
	}
	cut := func(n int) func(*moment) { return func(k *moment) { k.ring = k.ring[:n] } }
	for name, spoil := range map[string]func(*moment){
		"empty":               cut(0),
		"cut in its identity": cut(50),
		"cut in its slots":    cut(5000),
		"cut in its ring":     cut(4096 + 65536),
		"short of a byte":     func(k *moment) { k.ring = k.ring[:len(k.ring)-1] },
		"too long":            func(k *moment) { k.ring = append(k.ring, 0) },
		"garbage":             func(k *moment) { copy(k.ring, bytes.Repeat([]byte("garbage!"), 100)) },
		"zeros":               func(k *moment) { clear(k.ring[:4096]) },
		"a flipped bit":       func(k *moment) { k.ring[20] ^= 1 },
		"another version":     func(k *moment) { k.ring[8] = 2 },
		"another archive's":   other(1, 0xfb, 0),
		"another generation's": func(k *moment) {
			other(7, archiveID[0], 0)(k)
		},
		"of another boot": other(1, archiveID[0], 9),
	} {
		t.Run(name, func(t *testing.T) {
			_, k, journaled := halfway(t)
			spoil(&k)
			k.m.must(os.WriteFile(k.ringPath(), k.ring, 0o600))
			k.isLeftAlone(journaled)
			if b, err := os.ReadFile(k.ringPath()); err != nil || !bytes.Equal(b, k.ring) {
				t.Errorf("the file was changed: %d bytes of %d, %v", len(b), len(k.ring), err)
			}
		})
	}
}

// TestWhatIsNoFileIsNoRing: a directory, a pipe, or a link in the ring's place.
func TestWhatIsNoFileIsNoRing(t *testing.T) {
	for name, put := range map[string]func(m *mortal, path string) error{
		"a directory": func(_ *mortal, path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":      func(_ *mortal, path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link": func(m *mortal, path string) error {
			return errors.Join(os.WriteFile(m.path("elsewhere"), nil, 0o600), os.Symlink(m.path("elsewhere"), path))
		},
		"nothing": func(*mortal, string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			m, k, journaled := halfway(t)
			m.must(put(m, k.ringPath()))
			before, missing := os.Lstat(k.ringPath())
			k.isLeftAlone(journaled)
			if after, err := os.Lstat(k.ringPath()); (err == nil) != (missing == nil) || err == nil && after.Mode() != before.Mode() {
				t.Errorf("it is %v now, %v", after, err)
			}
		})
	}
}

// isLeftAlone recovers, and goes on in the next generation.
func (k moment) isLeftAlone(journaled [mortals]int) {
	k.m.t.Helper()
	report, err := k.tryRecover(k.ringPath())
	_, missing := os.Lstat(k.ringPath())
	told := slices.ContainsFunc(report.Notes, func(err error) bool { return strings.Contains(err.Error(), k.ringPath()) })
	if err != nil || !report.RingLost || told != (missing == nil) {
		k.m.t.Fatalf("%v, %+v", err, report)
	}
	next := k.rig()
	next.dir, next.mapped = k.m.dir, false
	next.open()
	for i := range mortals {
		next.recorder(i).Record(record.Inbound, 0, message(i, 9999))
	}
	next.sink.Start()
	next.close()
	for i, n := range journaled {
		all := slices.Collect(func(yield func(record.Record) bool) {
			for rec, err := range k.records(i) {
				if err != nil {
					k.m.t.Fatal(err)
				}
				rec.Body = bytes.Clone(rec.Body)
				if !yield(rec) {
					return
				}
			}
		})
		if len(all) != n+2 || all[n].Kind != record.Gap || !bytes.Equal(all[n+1].Body, message(i, 9999)) {
			k.m.t.Fatalf("log %d has %d records, want %d, a gap and one more", i, len(all), n)
		}
		for at, rec := range all[:n] {
			if !bytes.Equal(rec.Body, k.sent[i][at].body) {
				k.m.t.Fatalf("log %d, record %d: %q", i, at, rec.Body)
			}
		}
		if given := record.Sequence(len(k.sent[i])); all[n+1].Sequence <= given {
			k.m.t.Fatalf("log %d: sequence %d again, %d were given", i, all[n+1].Sequence, given)
		}
	}
}

// TestRingBytesMayChange between the generations, both ways: the leftover ring has its own geometry in its header.
func TestRingBytesMayChange(t *testing.T) {
	for _, ringBytes := range []int{4 << 10, 1 << 20} {
		m, k, _ := halfway(t)
		k.recover()
		next := k.rig()
		next.ringBytes = ringBytes
		next.open()
		for i := range mortals {
			next.recorder(i).Record(record.Inbound, 0, message(i, 9999))
			k.sent[i] = append(slices.Clone(k.sent[i]), accepted{body: message(i, 9999)})
		}
		left, err := os.ReadFile(next.ringPath())
		m.must(err)
		later := moment{m: &mortal{rig: next, disk: k.disk, random: m.random}, what: "the next generation", ring: left, disk: k.disk.Clone(), sent: k.sent}
		later.recoverTwice()
		next.die()
	}
}
