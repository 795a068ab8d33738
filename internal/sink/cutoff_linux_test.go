//go:build !race

package sink

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestWhoWaitsForALostRingIsTold: a watermark passes what a ring took along that was cut off, and yet nobody is told
// that it is safe.
func TestWhoWaitsForALostRingIsTold(t *testing.T) {
	r := newRig(t)
	r.mapped = true
	r.open()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	before := record.Position(r.ring.Tail())
	r.must(os.Truncate(r.ringPath(), 0))
	r.sink.Start()
	if err := r.sink.Flush(context.Background(), before); !errors.Is(err, errCutOff) {
		t.Errorf("waiting for what is lost: %v", err)
	}
	for r.memory.Mapped() {
		runtime.Gosched() // until the sink has made another
	}
	r.recorder(0).Record(record.Inbound, 0, message(0, 1))
	r.flush()
	if !r.sink.Lost(before) || r.sink.Lost(record.Position(r.ring.Tail())) {
		t.Error("what was lost was not, later; or what came later was")
	}
	r.closeCutOff(1, message(0, 1))
}

// TestARingIsCutOffAndTheArchiveCloses before the sink has seen it.
func TestARingIsCutOffAndTheArchiveCloses(t *testing.T) {
	r := newRig(t)
	r.mapped = true
	r.open()
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	r.must(os.Truncate(r.ringPath(), 0))
	r.recorder(0).Record(record.Inbound, 0, message(0, 1))
	r.registry.Close()
	r.sink.Start()
	r.closeCutOff(2)
}

// closeCutOff closes an archive that has lost so many records with its ring, and wants only these behind them.
func (r *rig) closeCutOff(lost uint64, bodies ...[]byte) {
	r.t.Helper()
	r.registry.Close()
	r.must(r.sink.Close(context.Background()))
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
	if !strings.Contains(r.told(), "cut off") {
		r.t.Errorf("told of %q", r.told())
	}
	all := r.read(0)
	if len(all) != 1+len(bodies) {
		r.t.Fatalf("%d records, want a gap and %d", len(all), len(bodies))
	}
	gap, err := record.ParseLost(all[0].Body)
	if err != nil || all[0].Kind != record.Gap || gap.Count != lost || gap.Reason != record.RingDamaged {
		r.t.Errorf("%+v (%v), want a gap of %d", gap, err, lost)
	}
	for i, body := range bodies {
		if !bytes.Equal(all[1+i].Body, body) {
			r.t.Errorf("%q, want %q", all[1+i].Body, body)
		}
	}
}
