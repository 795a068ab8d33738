package session

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Two logs are written by whoever can open a connection: what is said before a logon, and what the engine says
// of connections that belong to no session, in which it quotes what they sent. A quota keeps them from filling the
// disk. It is a rate and not a sum, since a sum, once used up by one flood, would leave the archive blind to all that
// come after it: quotaBurst at once (a refused logon takes some 2 KiB, so thousands of them), and quotaRate from then
// on, which is 5.3 GiB in a day of being attacked and 0.6 % of what a disk of 10 MB/s takes. 10,000 sessions that all
// reconnect at once stay below the burst.
const (
	quotaBurst  = 8 << 20
	quotaRate   = 64 << 10 // bytes a second
	quotaRecord = 64       // what a record takes beside its body
)

// quota is guarded by its Recorder's lock.
type quota struct {
	filled time.Duration // when all that was let through would have trickled in at quotaRate
}

// take reports whether n more bytes are within the quota at now, and counts them if so.
func (q *quota) take(now time.Duration, n int) bool {
	const perByte = time.Second / quotaRate
	filled := max(q.filled, now) + time.Duration(n+quotaRecord)*perByte
	if filled-now > quotaBurst*perByte {
		return false
	}
	q.filled = filled
	return true
}

// quotaFor is nil for logs of sessions that the owner has configured or let in.
func quotaFor(s record.Source) *quota {
	if s == record.Global || s == record.Unidentified {
		return new(quota)
	}
	return nil
}
