package fixarchive

import (
	"fmt"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/sink"
)

// recordRecovery leaves an event in the archive's global log that says what Open did about a process that had not
// closed the archive. Whoever reads years later finds beside the records why some of them were written twice, or are
// missing.
func (a *Archive) recordRecovery() {
	if a.recovery == nil {
		return
	}
	global, err := a.registry.Recorder(record.LogID{Source: record.Global})
	if err != nil {
		a.alarm(err)
		return
	}
	global.Event(recoveryText(a.meta.Generation-1, a.recovery, a.alarms.Load()))
}

func recoveryText(generation record.Generation, r *sink.RecoverReport, alarms uint64) string {
	ring := counted(r.RingRecords, "record", "records") + " from its ring"
	if r.RingLost {
		ring = "its ring is lost, and with it what was captured last"
	}
	text := fmt.Sprintf("fixarchive: generation %d was not closed and has been recovered: %s; %s from its journal (%d bytes); %s for what was lost",
		generation, ring, counted(r.JournalEntries, "extent", "extents"), r.JournalBytes, counted(r.Gaps, "gap", "gaps"))
	if r.Away > 0 {
		text += fmt.Sprintf("; %s not take what was theirs, which the spill keeps", counted(r.Away, "session's files do", "sessions' files do"))
	}
	if alarms > 0 {
		text += fmt.Sprintf("; %s raised", counted(int(alarms), "alarm", "alarms"))
	}
	return text
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
