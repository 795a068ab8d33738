package fixarchive

import (
	"sync"
	"time"
)

const (
	alarmEvery  = 10 * time.Second // the same one is told again after this
	alarmsKnown = 100              // so many different ones are remembered
)

// recent knows what was told lately. A disk that is full fails every session, many times a second.
type recent struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// fresh reports whether text was not told for a while, and takes it for told now.
func (r *recent) fresh(text string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.told[text]; ok && now.Sub(last) < alarmEvery {
		return false
	}
	if len(r.told) >= alarmsKnown || r.told == nil {
		r.told = map[string]time.Time{}
	}
	r.told[text] = now
	return true
}
