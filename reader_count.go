package fixarchive

import (
	"errors"
	"runtime"
	"sync"

	"github.com/fixarchive/fixarchive/internal/record"
)

// CountBy says by what records are counted.
type CountBy uint8

const (
	ByNothing   CountBy = iota // one count, under the empty key
	ByType                     // MsgType; what is no message is counted by its kind, in brackets
	BySession                  // the session's name
	ByDirection                // in, out, or the kind of what is no message, in brackets
	ByArchive                  // Reader.Name
)

// Count returns how many records q asks for, by a key; q.Limit and q.Reverse are not looked at. Their order does not matter
// here, so all processors count. Where it meets damage it counts what it can, and the error joins what it met.
func (r *Reader) Count(q Query, by CountBy) (map[string]uint64, error) {
	logs, failed, err := r.opened(&q)
	if err != nil {
		return nil, err
	}
	var counting sync.WaitGroup
	var mu sync.Mutex
	total := map[string]uint64{}
	work := make(chan *openLog)
	for range min(len(logs), runtime.GOMAXPROCS(0)) {
		counting.Go(func() {
			t := tally{by: by, counts: map[string]*uint64{}}
			for l := range work {
				t.count(l)
			}
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, t.failed)
			for key, n := range t.counts {
				total[key] += *n
			}
		})
	}
	for i := range logs {
		work <- &logs[i]
	}
	close(work)
	counting.Wait()
	return total, failed
}

// tally counts one log after the other.
type tally struct {
	by     CountBy
	counts map[string]*uint64
	failed error
}

func (t *tally) count(l *openLog) {
	one := t.of(t.logKey(l))
	for rec, err := range l.store.Records(l.wanted()) {
		switch {
		case err != nil:
			t.failed = errors.Join(t.failed, err)
		case !l.filter.wants(&rec):
		case t.by == ByType || t.by == ByDirection:
			*t.of(t.recordKey(&rec))++
		default:
			*one++
		}
	}
	if err := l.short(); err != nil {
		t.failed = errors.Join(t.failed, err)
	}
	if *one == 0 {
		delete(t.counts, t.logKey(l))
	}
}

func (t *tally) of(key string) *uint64 {
	n := t.counts[key]
	if n == nil {
		n = new(uint64)
		t.counts[key] = n
	}
	return n
}

// logKey is the key of all records of a log, where they have the same.
func (t *tally) logKey(l *openLog) string {
	switch t.by {
	case BySession:
		return l.name
	case ByArchive:
		return l.reader.path
	}
	return ""
}

func (t *tally) recordKey(r *record.Record) string {
	switch {
	case !r.Kind.IsMessage():
		return "(" + r.Kind.String() + ")"
	case t.by == ByDirection:
		return r.Kind.String()
	}
	return msgType(r.Body)
}
