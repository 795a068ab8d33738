package sink

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestRingIsDrained dies with records only in the ring.
func TestRingIsDrained(t *testing.T) {
	r := newRig(t)
	r.mapped = true
	r.open()
	for i := range 3 {
		for n := range 50 {
			r.recorder(i).Record(record.Inbound, 0, message(i, n))
		}
	}
	r.die()
	if report := r.recover(); report.RingRecords < 150 || report.RingLost {
		t.Errorf("%+v", report)
	}
	r.wantMessages(3, 50)
	if _, err := os.Stat(r.ringPath()); err == nil {
		t.Error("the ring was not removed")
	}
}

// wantMessages checks that each log has its first n messages, once and in order.
func (r *rig) wantMessages(logs, n int) {
	r.t.Helper()
	for i := range logs {
		all := r.read(i)
		if len(all) != n {
			r.t.Fatalf("log %d has %d records, want %d", i, len(all), n)
		}
		for k, rec := range all {
			if !bytes.Equal(rec.Body, message(i, k)) {
				r.t.Fatalf("log %d, record %d: %q", i, k, rec.Body)
			}
		}
	}
}

// TestEachStepOfABatchMayBeTheLast dies behind every step that moves a batch from the ring to the stores, with some
// of the ring taken earlier. Recovery is run twice: the second time it finds nothing to do.
func TestEachStepOfABatchMayBeTheLast(t *testing.T) {
	steps := []struct {
		name string
		run  func(*Sink)
	}{
		{"filled", func(s *Sink) { s.fill() }},
		{"committed", func(s *Sink) { s.intake.commit() }},
		{"journaled", func(s *Sink) { s.must(s.o.Journal.Write(s.batchEnd)) }},
		{"taken", func(s *Sink) { s.o.Ring.MarkTaken() }},
		{"released", func(s *Sink) { s.o.Ring.Release() }},
		{"settled", func(s *Sink) { s.intake.settle(s.hold) }},
		{"written", func(s *Sink) {
			for _, e := range s.dirty {
				s.write(e)
			}
		}},
	}
	for last := range steps {
		t.Run(steps[last].name, func(t *testing.T) {
			r := newRig(t)
			r.mapped = true
			r.open()
			const logs = 3
			for n := range 100 {
				for i := range logs {
					r.recorder(i).Record(record.Inbound, 0, message(i, n))
				}
				switch n {
				case 40:
					r.sink.batch()
				case 80:
					for _, step := range steps[:last+1] {
						step.run(r.sink)
					}
				}
			}
			r.die()
			for range 2 {
				r.recover()
				r.wantMessages(logs, 100)
				r.mapped = false // the ring is gone, and was not lost: nothing is missing behind a checkpoint
			}
		})
	}
}

func (s *Sink) must(err error) {
	if err != nil {
		panic(err)
	}
}

// TestSlotTellsOfDropsThatNothingFollowed dies with a full ring and drops behind it.
func TestSlotTellsOfDropsThatNothingFollowed(t *testing.T) {
	r := newRig(t)
	r.mapped, r.ringBytes = true, 64<<10
	r.open()
	lost := fill(r.recorder(0))
	r.die()
	r.recover()
	if got := gaps(t, r.read(0)); got != lost {
		t.Errorf("gap records tell of %d lost messages, the hook of %d", got, lost)
	}
}

// TestLostRingLeavesAGap dies with a heap ring: what lay in it is gone, and the log says that it does not know how
// much that was. The sequences go on.
func TestLostRingLeavesAGap(t *testing.T) {
	r := newRig(t)
	r.open()
	rec := r.recorder(0)
	rec.Record(record.Inbound, 0, message(0, 0))
	r.sink.batch()
	rec.Record(record.Inbound, 0, message(0, 1))
	r.die()
	if report := r.recover(); !report.RingLost || report.Gaps != 1 {
		t.Errorf("%+v", report)
	}
	all := r.read(0)
	if len(all) != 2 || all[1].Kind != record.Gap {
		t.Fatalf("%+v", all)
	}
	if l, err := record.ParseLost(all[1].Body); err != nil || l.Count != 0 || l.Reason != record.PowerCut {
		t.Errorf("the gap says %+v, %v", l, err)
	}
	r.open()
	r.sink.Start()
	r.recorder(0).Record(record.Inbound, 0, message(0, 2))
	r.close()
	if all := r.read(0); len(all) != 3 || !bytes.Equal(all[2].Body, message(0, 2)) {
		t.Errorf("after the next generation: %+v", all)
	}
}

// TestRingOfAnotherBootIsNotBelieved has a ring whose file outlived a power cut.
func TestRingOfAnotherBootIsNotBelieved(t *testing.T) {
	r := newRig(t)
	r.mapped = true
	r.open()
	rec := r.recorder(0)
	rec.Record(record.Inbound, 0, message(0, 0))
	r.sink.batch()
	rec.Record(record.Inbound, 0, message(0, 1))
	r.die()
	set := r.newSet()
	report, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
		RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation, Boot: [16]byte{1},
	})
	r.must(errors.Join(err, set.Close()))
	if !report.RingLost || len(report.Notes) != 1 {
		t.Errorf("%+v", report)
	}
	if all := r.read(0); len(all) != 2 || all[1].Kind != record.Gap {
		t.Errorf("%+v", all)
	}
}

// TestWithoutCheckpointNothingIsRecovered: the archive did not close, and nobody can tell what was acknowledged. What
// is there stays as it is.
func TestWithoutCheckpointNothingIsRecovered(t *testing.T) {
	r := newRig(t)
	for range 2 {
		r.open()
		r.recorder(0).Record(record.Inbound, 0, message(0, 0))
		if r.generation == 1 {
			r.sink.Start()
			r.close()
		}
	}
	r.die()
	r.must(os.Remove(r.path("checkpoint")))
	set := r.newSet()
	_, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
		Archive: archiveID, Generation: r.generation,
	})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("recovered: %v", err)
	}
	r.must(set.Close())
	r.wantMessages(1, 1)
}
