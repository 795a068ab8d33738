package sink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// mortal is an archive whose ring is a mapped file and whose disk is in memory. Its process may be killed at any
// moment: the ring's file and the disk are copied as they are then, and recovered apart, while the process lives on.
type mortal struct {
	*rig
	disk   *crashfs.FS
	random *rand.Rand
	sent   [mortals][]accepted // by log, in the order of their sequences
	died   int                 // moments that were tried
}

const mortals = 3

// accepted is what a hook was told of a record.
type accepted struct {
	body []byte
	lost bool
	at   record.Position
}

func newMortal(t *testing.T, ringBytes int, seed uint64) *mortal {
	disk := crashfs.New()
	r := &rig{t: t, dir: t.TempDir(), fs: disk, ringBytes: ringBytes, segmentBytes: 4 << 10, mapped: true}
	r.must(disk.MkdirAll(r.dir))
	m := &mortal{rig: r, disk: disk, random: rand.New(rand.NewPCG(seed, 2))}
	m.open()
	m.sink.swept = time.Now()
	m.sink.checkpointed = m.sink.swept.Add(time.Hour) // not by itself
	t.Cleanup(func() { m.die() })
	return m
}

// send has hooks record messages of n bytes more or less.
func (m *mortal) send(times, n int) {
	for range times {
		i := m.random.IntN(mortals)
		body := message(i, len(m.sent[i]))
		body = append(body, bytes.Repeat([]byte{byte('a' + i)}, m.random.IntN(n+1))...)
		at, ok := m.recorder(i).Record(record.Inbound, 0, body)
		m.sent[i] = append(m.sent[i], accepted{body, !ok, at})
	}
}

// moment is what a kill leaves: the page cache with the disk's files and the ring's.
type moment struct {
	m    *mortal
	what string
	ring []byte
	disk *crashfs.FS
	sent [mortals][]accepted

	// A recovery was killed between its checkpoint and the removal of the ring: the frames there are all stored, and the
	// journal, which had their registrations, begins anew.
	settled bool
}

// now copies all of it.
func (m *mortal) now(what string) moment {
	ring, err := os.ReadFile(m.ringPath())
	m.must(err)
	return moment{m: m, what: what, ring: ring, disk: m.disk.Clone(), sent: m.sent}
}

// kill recovers what is left at this moment.
func (m *mortal) kill(what string) { m.now(what).recoverTwice() }

// watched runs one step of the sink and kills it behind each operation on the disk, and behind the step.
func (m *mortal) watched(what string, step func()) {
	m.disk.Watch(func(op crashfs.Op) {
		if op.Kind&crashfs.Mutating != 0 {
			m.kill(fmt.Sprintf("%s: behind %v", what, op))
		}
	})
	step()
	m.disk.Watch(nil)
	m.kill("behind " + what)
}

// batch is Sink.batch, step by step.
func (m *mortal) batch() {
	s := m.sink
	m.watched("fill", s.fill)
	m.watched("commit", s.intake.commit)
	m.watched("Journal.Write", func() { s.must(s.o.Journal.Write(s.batchEnd)) })
	m.watched("MarkTaken", s.o.Ring.MarkTaken)
	m.halfZeroed()
	m.watched("Release", s.o.Ring.Release)
	m.watched("settle", func() { s.intake.settle(s.hold) })
	m.watched("written", func() { s.syncer.written(s.batchEnd, false) })
}

// halfZeroed kills Release within its zeroing: behind each word where there are few, else behind some.
func (m *mortal) halfZeroed() {
	from, to := m.ring.Head(), m.ring.Taken()
	words := int(to-from) / 8
	left := m.now("")
	for k := 0; k <= words; k += max(1, words/100) {
		at := left
		at.what = fmt.Sprintf("behind %d of %d words that Release zeroes", k, words)
		at.ring = slices.Clone(left.ring)
		for p := range logbuf.Position(k) {
			clear(at.word(from + 8*p))
		}
		at.disk = left.disk.Clone()
		at.recover()
	}
}

// word is the word of the ring at a position. The ring is the last of its file.
func (k *moment) word(p logbuf.Position) []byte {
	ring := k.ring[len(k.ring)-k.m.ringBytes:]
	at := int(p) & (k.m.ringBytes - 1)
	return ring[at : at+8]
}

// recoverTwice recovers, and again, which changes nothing; and what a kill within the recovery leaves.
func (k moment) recoverTwice() {
	within := k.recoverKilled(k.m.random.IntN(25))
	once := k.disk.Files()
	k.m.must(k.recoverFrom(filepath.Join(k.m.dir, "gone.ring")))
	twice := k.disk.Files()
	for name, b := range twice {
		if !bytes.Equal(once[name], b) && filepath.Base(name) != "checkpoint" || len(once) != len(twice) {
			k.m.t.Fatalf("%s: %s is another after a second recovery", k.what, name)
		}
	}
	if within != nil {
		within.recover()
	}
}

// recoverKilled recovers, and returns the moment behind one of its operations on the disk.
func (k moment) recoverKilled(behind int) (within *moment) {
	written := false
	k.disk.Watch(func(op crashfs.Op) {
		if op.Kind&crashfs.Mutating == 0 {
			return
		}
		written = written || op.To == k.m.path("checkpoint")
		if behind--; behind == -1 {
			ring, err := os.ReadFile(k.ringPath())
			k.m.must(err)
			within = &moment{m: k.m, ring: ring, disk: k.disk.Clone(), sent: k.sent}
			within.what = fmt.Sprintf("%s, and behind %v of the recovery", k.what, op)
			within.settled = written
		}
	})
	defer k.disk.Watch(nil)
	k.recover()
	return within
}

// recover recovers with the ring in a file of its own.
func (k moment) recover() {
	k.m.t.Helper()
	k.m.must(os.WriteFile(k.ringPath(), k.ring, 0o600))
	k.m.must(k.recoverFrom(k.ringPath()))
}

func (k moment) ringPath() string { return filepath.Join(k.m.dir, "left.ring") }

// recoverFrom recovers and compares what is there with what was accepted.
func (k moment) recoverFrom(ring string) error {
	k.m.t.Helper()
	k.m.died++
	report, err := k.tryRecover(ring)
	if err != nil || len(report.Notes) > 0 && !k.settled {
		return fmt.Errorf("%s: %v, %v", k.what, err, report.Notes)
	}
	if _, err := os.Lstat(ring); err == nil {
		return fmt.Errorf("%s: the ring is there still", k.what)
	}
	return k.compare()
}

func (k moment) tryRecover(ring string) (RecoverReport, error) {
	r := k.rig()
	set := r.newSet()
	report, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
		RingPath: ring, Archive: archiveID, Generation: r.generation,
	})
	return report, errors.Join(err, set.Close())
}

// rig is the archive after the moment.
func (k moment) rig() *rig {
	return &rig{
		t: k.m.t, dir: k.m.dir, fs: k.disk, ringBytes: k.m.ringBytes, segmentBytes: k.m.segmentBytes,
		generation: k.m.generation, mapped: true,
	}
}

// compare says where a log does not hold exactly what was accepted, once, in order, bit for bit, and a gap for exactly
// what was not.
func (k moment) compare() error {
	for i, sent := range k.sent {
		next := 0
		for rec, err := range k.records(i) {
			if err != nil {
				return fmt.Errorf("%s: log %d: %w", k.what, i, err)
			}
			for range rec.Last() - rec.Sequence + 1 {
				if next >= len(sent) {
					return fmt.Errorf("%s: log %d: %v %d is there and was never sent", k.what, i, rec.Kind, rec.Sequence)
				}
				if want := sent[next]; want.lost != (rec.Kind == record.Gap) || !want.lost && !bytes.Equal(want.body, rec.Body) {
					return fmt.Errorf("%s: log %d, sequence %d: %v of %d bytes, want %d bytes, lost: %v",
						k.what, i, next+1, rec.Kind, len(rec.Body), len(want.body), want.lost)
				}
				next++
			}
		}
		if next != len(sent) {
			return fmt.Errorf("%s: log %d: %d sequences are there, %d were given", k.what, i, next, len(sent))
		}
	}
	return nil
}

// records is what a log holds; nothing where there is none yet.
func (k moment) records(i int) iter.Seq2[record.Record, error] {
	reader, err := store.OpenReader(k.disk, k.m.path("logs", session.DirName(logID(i))))
	switch {
	case errors.Is(err, store.ErrEmpty):
		return func(func(record.Record, error) bool) {}
	case err != nil:
		return func(yield func(record.Record, error) bool) { yield(record.Record{}, err) }
	}
	return reader.Records(store.Query{})
}

// TestKilledAtEveryStepOfTheSink kills the process at every step of the sink, within each, within the zeroing of the
// ring, and within the recovery that follows, over laps of the ring, segments and the journal. Whatever a hook was told
// is accepted is there once, in order, bit for bit, and what it was told is lost stands in a gap.
func TestKilledAtEveryStepOfTheSink(t *testing.T) {
	rounds := 2
	if testing.Short() {
		rounds = 1
	}
	if os.Getenv("FIXARCHIVE_FULL") != "" {
		rounds = 40
	}
	died := 0
	for seed := range uint64(rounds) {
		m := newMortal(t, 16<<10, seed)
		m.send(3, 10) // few words: each is tried
		m.batch()
		for turn := range 6 {
			m.send(6+m.random.IntN(12), 700)
			switch turn {
			case 2:
				m.send(4, 3000) // in fragments
			case 4:
				m.send(60, 700) // more than there is room for
			}
			m.kill("sent")
			m.batch()
			m.sometimes()
		}
		m.send(5, 100)
		m.kill("at the end")
		died += m.died
	}
	t.Logf("killed %d times", died)
}

// sometimes is what the sink and the syncer do beside batches.
func (m *mortal) sometimes() {
	s := m.sink
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"sync", s.syncer.sync},
		{"flush", func() {
			for _, e := range s.dirty {
				if e.dirty {
					s.write(e)
				}
			}
		}},
		{"sweep", func() { s.sweep(s.swept.Add(flushAge)) }},
		{"checkpoint", func() {
			s.point = s.snapshot(time.Now())
			s.complete(s.point)
			s.must(s.point.err)
			s.conclude()
		}},
	} {
		if m.random.IntN(2) == 0 {
			m.watched(step.name, step.run)
		}
	}
}

// TestProducersMayDieInTheirClaims: a claim that was never committed, one whose producer died before it wrote its length,
// and a session's own last record, which nobody was told is accepted. All others are there.
func TestProducersMayDieInTheirClaims(t *testing.T) {
	for _, n := range []int{1, 8, 100, 1000} {
		m := newMortal(t, 16<<10, uint64(n))
		m.send(10, 100)
		claim, err := m.ring.TryClaim(n)
		m.must(err)
		m.send(10, 100)
		last, err := m.ring.TryClaim(n)
		m.must(err)
		left := m.now(fmt.Sprintf("claims of %d bytes", n))
		for bits := range 4 { // which of them wrote a length
			at := left
			at.ring, at.disk = slices.Clone(left.ring), left.disk.Clone()
			for b, p := range []logbuf.Position{claim.Position(), last.Position()} {
				if bits>>b&1 == 0 {
					clear(at.word(p))
				}
			}
			at.recoverTwice()
		}
		for i := range m.sent {
			left.withoutLast(i).recoverTwice()
		}
		claim.Commit()
		last.Commit()
	}
}

// withoutLast is the moment before the last record of a log was committed: its word is negative still.
func (k moment) withoutLast(i int) moment {
	k.ring, k.disk = slices.Clone(k.ring), k.disk.Clone()
	n := len(k.sent[i]) - 1
	w := k.word(logbuf.Position(k.sent[i][n].at))
	binary.NativeEndian.PutUint64(w, -binary.NativeEndian.Uint64(w))
	k.sent[i] = k.sent[i][:n]
	return k
}
