package session

import "github.com/fixarchive/fixarchive/internal/record"

// Suspend keeps all hooks out of a ring that is severed, until Resume. When it returns none is in it; what they bring
// is dropped and counted. It belongs to the sink, and may be called again.
func (g *Registry) Suspend() {
	g.mu.Lock()
	already := g.cut
	g.cut = true
	g.mu.Unlock()
	if already {
		return
	}
	for r := range g.All() { // complete: add looks at cut under mu
		r.keepOut(&r.cut)
	}
}

// Resume lets hooks into the ring again, which has been started anew. ended says with which sequence each log goes on,
// and when its last record was captured; what its Recorder has put in the ring from there on is lost. It reports false
// where that is not known. Resume returns how many records are lost that were taken for accepted.
func (g *Registry) Resume(ended func(*Recorder) (record.Sequence, record.Nanos, bool)) (lost uint64) {
	g.mu.Lock()
	g.cut = false
	g.mu.Unlock()
	for r := range g.All() {
		next, last, known := ended(r)
		lost += r.resume(next, last, known)
	}
	return lost
}

// resume has what lay in the ring count as dropped. What a gap frame there told of was counted so before, and is now
// counted again.
func (r *Recorder) resume(next record.Sequence, last record.Nanos, known bool) (fell uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
	p := &r.pending
	if known {
		fell = r.fell(next)
	}
	if fell > 0 {
		if p.first == 0 {
			p.lost.Till = r.clock.Now()
		}
		p.first, p.lost.Last, p.lost.Count = next, r.next-1, uint64(r.next-next)
		p.lost.First, p.lost.Reason = last, record.RingDamaged
		r.told = record.Lost{}
		r.accepted, r.dropped = r.accepted-min(fell, r.accepted), r.dropped+fell
	}
	if p.first != 0 {
		r.tell(func() { p.begin(r.slot, r.tag) })
		r.lossy.set(r.handle)
	}
	return fell
}

// fell is how many sequences from next on are used and not pending.
func (r *Recorder) fell(next record.Sequence) uint64 {
	end := r.next
	if r.pending.first != 0 {
		end = r.pending.first
	}
	return uint64(max(end, next) - next)
}
