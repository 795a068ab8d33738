package fixarchive

import (
	"context"
	"errors"
	"iter"
	"math"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// followEvery is how often an archive that is followed is looked at. The writer brings what it captures to the stores
// after 50 ms at the earliest.
const followEvery = 100 * time.Millisecond

// Follow returns the last q.Limit records that q asks for and are there already, then those that come, until ctx
// ends. Sessions that begin meanwhile are followed too, and a writer that ends and comes again.
//
// The records of one session come as soon as they are stored. Those of all sessions keep the order of their capture
// while the writer lives: a record waits until none that was captured before it can come any more, which the
// writer says once a second.
//
// The end of ctx ends the iteration without an error.
func (r *Reader) Follow(ctx context.Context, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		f := follower{reader: r, q: q, filter: newFilter(&q), told: map[string]bool{}}
		if !f.begin(yield) {
			return
		}
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if !f.round(ctx, yield) {
					return
				}
			}
		}
	}
}

// follower is where a Follow stands.
type follower struct {
	reader *Reader
	q      Query
	filter filter

	logs map[record.LogID]*followed
	over record.Generation // whose overlay the logs were opened with
	last bound             // of the last round
	told map[string]bool   // damage: it lies there in every round
}

// followed is a log, and up to which sequence it was looked through.
type followed struct {
	openLog
	done record.Sequence
}

// bound is how far the order over all sessions is known.
type bound struct {
	generation record.Generation
	position   record.Position
}

var noBound = bound{math.MaxUint32, math.MaxUint64}

func (b bound) holds(r *record.Record) bool {
	return r.Generation < b.generation || r.Generation == b.generation && r.Position < b.position
}

// begin opens what there is and yields the last of it. What comes between the two looks at a log comes later, and so
// does what may yet be preceded.
func (f *follower) begin(yield func(Message, error) bool) bool {
	upTo, _, err := f.bound()
	if err != nil {
		yield(Message{}, err)
		return false
	}
	f.filter.upTo = upTo
	logs, bad, err := f.reader.opened(&f.q)
	if err != nil {
		yield(Message{}, err)
		return false
	}
	if f.q.Session != "" && len(logs) == 1 {
		f.q.Session = logs[0].name
	}
	f.logs = map[record.LogID]*followed{}
	for i := range logs {
		f.logs[logs[i].id] = &followed{openLog: logs[i], done: logs[i].end(upTo)}
	}
	last, err := lastOf(logs, f.q.Limit, &f.filter)
	if err := errors.Join(bad, err); err != nil && !f.fail(err, yield) {
		return false
	}
	for _, m := range last {
		if !yield(m, nil) {
			return false
		}
	}
	return true
}

// end is the last sequence of a log up to a bound. Damage is told by whoever reads it.
func (l *openLog) end(upTo bound) record.Sequence {
	for rec, err := range l.store.Backward(store.Query{}) {
		if err == nil && upTo.holds(&rec) {
			return rec.Last()
		}
	}
	return 0
}

// fail tells an error once.
func (f *follower) fail(err error, yield func(Message, error) bool) bool {
	if f.told[err.Error()] {
		return true
	}
	f.told[err.Error()] = true
	return yield(Message{}, err)
}

// round looks at every log and yields what has come; false when nobody wants more.
func (f *follower) round(ctx context.Context, yield func(Message, error) bool) bool {
	upTo, news, err := f.bound()
	if err != nil {
		return f.fail(err, yield)
	}
	if !news {
		return true
	}
	if err := f.refresh(); err != nil && !f.fail(err, yield) {
		return false
	}
	each := make([]iter.Seq2[Message, error], 0, len(f.logs))
	for _, l := range f.logs {
		each = append(each, f.since(l, upTo))
	}
	for m, err := range merged(each) {
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil && !f.fail(err, yield), err == nil && !yield(m, nil):
			return false
		}
	}
	return true
}

// bound says up to where records may be yielded, and whether there can be any new ones.
func (f *follower) bound() (b bound, news bool, err error) {
	if f.q.Session != "" {
		return noBound, true, nil
	}
	life, err := f.reader.life()
	if err != nil || !life.writer.Live || life.said == nil {
		return noBound, true, err
	}
	b = bound{life.said.Generation, life.said.Stored}
	news = b != f.last
	f.last = b
	return b, news, nil
}

// refresh takes notice of what was appended, and of sessions that have begun. When a writer has died its overlay
// changes what can be read.
func (f *follower) refresh() (failed error) {
	over, err := f.reader.overlaid()
	if err != nil {
		return err
	}
	all, err := f.reader.logs()
	if err != nil {
		return err
	}
	failed = over.damaged()
	for i := range all {
		if f.q.Session != "" && all[i].name != f.q.Session {
			continue
		}
		failed = errors.Join(failed, f.refreshLog(&all[i], over.generation != f.over))
	}
	f.over = over.generation
	return failed
}

func (f *follower) refreshLog(at *logAt, anew bool) error {
	l, known := f.logs[at.id]
	if known && !anew {
		return l.store.Refresh()
	}
	open, err := f.reader.open(at)
	switch {
	case errors.Is(err, store.ErrEmpty):
		return nil
	case err != nil:
		return err
	case known:
		l.openLog = open
	default:
		f.logs[at.id] = &followed{openLog: open}
	}
	return nil
}

// since returns what f asks for of a log's records behind those it has looked through, and moves on over them.
func (f *follower) since(l *followed, upTo bound) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		f.filter.upTo = upTo
		for rec, err := range l.store.Records(store.Query{SequenceFrom: l.done + 1}) {
			if err == nil && !upTo.holds(&rec) {
				return // not looked through yet, whether it is asked for or not
			}
			m, err := l.message(&f.filter, &rec, err)
			if (err != nil || m.Kind != 0) && !yield(m, err) {
				return
			}
			if err == nil {
				l.done = rec.Last()
			}
		}
	}
}
