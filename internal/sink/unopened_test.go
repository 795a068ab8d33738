package sink

import (
	"errors"
	"os"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// TestALogThatRecoveryCannotOpenLosesNothing has one log's files refuse to be opened while what its hooks had captured lies
// in the ring alone, as for want of a descriptor. Once they can be opened, it is there.
func TestALogThatRecoveryCannotOpenLosesNothing(t *testing.T) {
	r := newRig(t)
	r.mapped = true
	r.open()
	for i := range 3 {
		for n := range 50 {
			r.recorder(i).Record(record.Inbound, 0, message(i, n))
		}
	}
	r.die()
	inTheWay := r.path("logs", session.DirName(logID(1)))
	r.must(errors.Join(os.MkdirAll(r.path("logs"), 0o700), os.WriteFile(inTheWay, nil, 0o600)))
	set := r.newSet()
	_, err := Recover(RecoverOptions{
		FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
		RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation,
	})
	t.Logf("with a file in the place of a log's directory: %v", err) // an error, or a place that the records wait in
	r.must(errors.Join(set.Close(), os.Remove(inTheWay)))
	if _, err := os.Stat(r.ringPath()); err == nil {
		r.recover()
	}
	r.wantMessages(3, 50)
}
