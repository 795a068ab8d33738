package fixarchive

import (
	"container/heap"
	"iter"
)

// merged is the records of several runs, each of which is in an order already, in that order. Together they hold
// about as many bytes, and each one record at least. A single run is not held at all.
func merged(runs []*run, before func(a, b *Message) bool, bytesMax int) iter.Seq2[Message, error] {
	if len(runs) == 1 {
		return runs[0].more()
	}
	return func(yield func(Message, error) bool) {
		h := heads{before: before, bytesMax: min(bytesMax/max(len(runs), 1), batchBytesMax)}
		fillAll(runs, h.bytesMax)
		for _, r := range runs {
			ok, wanted := h.settle(r, yield)
			if !wanted {
				return
			}
			if ok {
				h.runs = append(h.runs, r)
			}
		}
		heap.Init(&h)
		h.drain(yield)
	}
}

// heads is a heap of runs: the first record of the first run comes first.
type heads struct {
	runs     []*run
	before   func(a, b *Message) bool
	bytesMax int // of each batch
}

// settle goes on to the run's next record, and yields the errors before it at once: they have no place in the order. ok
// says that there is a record, wanted that somebody wants it.
func (h *heads) settle(r *run, yield func(Message, error) bool) (ok, wanted bool) {
	for {
		e := r.next(h.bytesMax)
		if e == nil || e.err == nil {
			return e != nil, true
		}
		r.at++
		if !yield(Message{}, e.err) {
			return false, false
		}
	}
}

// drain yields from the run that is behind until all are at their end.
func (h *heads) drain(yield func(Message, error) bool) {
	for len(h.runs) > 0 {
		first := h.runs[0]
		e := first.next(h.bytesMax)
		if e.absent {
			if err := first.again(&e.message); err != nil {
				e.message = Message{}
				e.err = err
			}
		}
		if !yield(e.message, e.err) {
			return
		}
		e.message.Raw = nil // one that was read again is large
		first.at++
		ok, wanted := h.settle(first, yield)
		switch {
		case !wanted:
			return
		case ok:
			heap.Fix(h, 0)
		default:
			heap.Pop(h)
		}
	}
}

func (h *heads) Len() int      { return len(h.runs) }
func (h *heads) Swap(i, j int) { h.runs[i], h.runs[j] = h.runs[j], h.runs[i] }
func (h *heads) Push(x any)    { h.runs = append(h.runs, x.(*run)) }

func (h *heads) Less(i, j int) bool {
	a, b := h.runs[i], h.runs[j]
	return h.before(&a.batch[a.at].message, &b.batch[b.at].message)
}

func (h *heads) Pop() any {
	last := h.runs[len(h.runs)-1]
	h.runs = h.runs[:len(h.runs)-1]
	return last
}

// inOrder is the order in which a query wants the records of an archive.
func (q *Query) inOrder() func(a, b *Message) bool {
	if q.Reverse {
		return func(a, b *Message) bool { return earlier(b, a) }
	}
	return earlier
}

// earlier is the order over all sessions. What recovery adds shares the position of what it speaks of; the sequence
// tells them apart within a log.
func earlier(a, b *Message) bool {
	switch {
	case a.Generation != b.Generation:
		return a.Generation < b.Generation
	case a.Position != b.Position:
		return a.Position < b.Position
	case a.Session != b.Session:
		return a.Session < b.Session
	}
	return a.Sequence < b.Sequence
}
