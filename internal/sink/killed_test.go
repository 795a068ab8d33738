package sink

import (
	"errors"
	"os"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// TestARecoveryThatIsKilledLeavesNothingUnproven kills a recovery at each of its steps, recovers, and cuts the power behind
// that: what the first one wrote and never synced is durable like the rest.
func TestARecoveryThatIsKilledLeavesNothingUnproven(t *testing.T) {
	for step := 0; ; step++ {
		r, disk := newMappedRig(t)
		r.open()
		for n := range 5 {
			r.recorder(0).Record(record.Inbound, 0, message(0, n))
		}
		r.die()
		ring, err := os.ReadFile(r.ringPath())
		r.must(err)
		disk.CrashAfter(step)
		set := r.newSet()
		_, err = Recover(RecoverOptions{
			FS: r.fs, Set: set, JournalDir: r.path("journal"), CheckpointPath: r.path("checkpoint"),
			RingPath: r.ringPath(), Archive: archiveID, Generation: r.generation,
		})
		if err == nil {
			return
		}
		_ = set.Close()
		// A copy is locked by nobody, as the ring of a process that was killed is.
		r.must(errors.Join(os.WriteFile(r.path("copy"), ring, 0o600), os.Rename(r.path("copy"), r.ringPath())))
		disk = disk.Kill(1)
		r.fs = disk
		r.recover()
		for seed := range uint64(20) {
			r.fs = disk.Image(seed)
			r.wantMessages(1, 5)
		}
		if t.Failed() {
			t.Fatalf("killed at step %d", step)
		}
	}
}
