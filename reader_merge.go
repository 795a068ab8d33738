package fixarchive

import (
	"container/heap"
	"iter"
)

// merged is the records of several logs in the order of their capture. Each log brings its own in that order; of all
// it holds one at a time.
func merged(logs []iter.Seq2[Message, error]) iter.Seq2[Message, error] {
	if len(logs) == 1 {
		return logs[0]
	}
	return func(yield func(Message, error) bool) {
		var heads heads
		defer func() {
			for _, h := range heads {
				h.stop()
			}
		}()
		for _, log := range logs {
			next, stop := iter.Pull2(log)
			h := &head{next: next, stop: stop}
			heads = append(heads, h)
			ok, more := h.advance(yield)
			if !more {
				return
			}
			if !ok {
				heads = heads[:len(heads)-1]
				h.stop()
			}
		}
		heap.Init(&heads)
		heads.drain(yield)
	}
}

// drain yields from the log that is behind until all are at their end.
func (h *heads) drain(yield func(Message, error) bool) {
	for len(*h) > 0 {
		first := (*h)[0]
		if !yield(first.message, nil) {
			return
		}
		ok, more := first.advance(yield)
		if !more {
			return
		}
		if ok {
			heap.Fix(h, 0)
			continue
		}
		heap.Pop(h).(*head).stop()
	}
}

// head is the next record of a log that is being merged.
type head struct {
	message Message
	next    func() (Message, error, bool)
	stop    func()
}

// advance goes to the next record, and yields the errors before it at once: they have no place in the order. ok says
// that there is a record, more that somebody wants it.
func (h *head) advance(yield func(Message, error) bool) (ok, more bool) {
	for {
		var err error
		h.message, err, ok = h.next()
		if !ok || err == nil {
			return ok, true
		}
		if !yield(Message{}, err) {
			return false, false
		}
	}
}

// heads is a heap, of which the first was captured first.
type heads []*head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return earlier(&h[i].message, &h[j].message) }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(*head)) }
func (h *heads) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
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
