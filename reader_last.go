package fixarchive

import (
	"errors"
	"slices"
)

// Last returns the last n records that q asks for, in the order of their capture; q.Limit and q.Reverse are not looked at. Each has
// a Raw of its own. It reads backwards and no further than it must. Where it meets damage it returns what it can, and
// a *CorruptError.
func (r *Reader) Last(n int, q Query) ([]Message, error) {
	logs, bad, err := r.opened(&q)
	if err != nil {
		return nil, err
	}
	last, err := lastOf(logs, n)
	return last, errors.Join(bad, err)
}

func lastOf(logs []openLog, n int) (last []Message, failed error) {
	if n <= 0 {
		return nil, nil
	}
	for i := range logs {
		found, err := logs[i].last(n)
		failed = errors.Join(failed, err)
		last = append(last, found...)
		if len(logs) > 1 && (len(last) > 2*n || i == len(logs)-1) {
			slices.SortFunc(last, byCapture)
			last = slices.Delete(last, 0, max(0, len(last)-n))
		}
	}
	return last, failed
}

func byCapture(a, b Message) int {
	switch {
	case earlier(&a, &b):
		return -1
	case earlier(&b, &a):
		return 1
	}
	return 0
}

// last returns the log's last n records that are asked for.
func (l *openLog) last(n int) (found []Message, failed error) {
	failed = l.short()
	for rec, err := range l.store.Backward(l.filter.inStore()) {
		m, err := l.message(&rec, err)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if m.Kind == 0 {
			continue
		}
		if found = append(found, m.Clone()); len(found) == n {
			break
		}
	}
	slices.Reverse(found)
	return found, failed
}
