package session

import "github.com/fixarchive/fixarchive/internal/record"

// Lost is what was dropped from next on and has nothing behind it in the ring. It reports false when nothing was,
// when a gap frame tells of it, and when a hook is at work: the sink asks again with its next batch.
// What it returns stays in the slot until Forget, and a gap frame that a hook puts meanwhile repeats it.
func (r *Recorder) Lost(next record.Sequence) (record.Lost, bool) {
	if !r.mu.TryLock() {
		return record.Lost{}, false
	}
	defer r.mu.Unlock()
	if r.pending.first == 0 || r.pending.first != next {
		return record.Lost{}, false
	}
	r.told = r.pending.lost
	return r.told, true
}

// Forget says that a gap record of what Lost returned, up to last, is in the journal.
func (r *Recorder) Forget(last record.Sequence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.pending
	switch {
	case p.first == 0 || last < p.first:
	case last >= p.lost.Last:
		r.lossy.clear(r.handle)
		r.ring.Guard(func() { p.end(r.slot) })
	default:
		p.lost.Count -= uint64(last - p.first + 1)
		if r.told.Last == last {
			p.lost.Bytes -= r.told.Bytes
			p.lost.First = r.told.Till
		}
		p.first = last + 1
		r.ring.Guard(func() { p.shrink(r.slot) })
	}
}
