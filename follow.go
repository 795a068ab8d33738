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
	return follow(ctx, q, r)
}

// follow follows several archives. What comes within followEvery is in the order of its time.
func follow(ctx context.Context, q Query, readers ...*Reader) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		all := make([]*follower, len(readers))
		for i, r := range readers {
			all[i] = newFollower(r, q)
		}
		if !begin(all, q.Limit, yield) {
			return
		}
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			rounds := make([]iter.Seq2[Message, error], len(all))
			for i, f := range all {
				rounds[i] = f.round()
			}
			for m, err := range across(rounds, false) {
				if ctx.Err() != nil || !yield(m, err) {
					return
				}
			}
		}
	}
}

// begin opens what there is of all archives and yields the last n records of it.
func begin(all []*follower, n int, yield func(Message, error) bool) bool {
	lasts := make([]iter.Seq2[Message, error], len(all))
	found := 0
	for i, f := range all {
		last, damage, err := f.begin(n)
		if err != nil {
			yield(Message{}, err)
			return false
		}
		found += len(last)
		lasts[i] = func(yield func(Message, error) bool) {
			if damage != nil && !f.fail(damage, yield) {
				return
			}
			for _, m := range last {
				if !yield(m, nil) {
					return
				}
			}
		}
	}
	for m, err := range across(lasts, false) {
		if err == nil {
			if found--; found >= n {
				continue
			}
		}
		if !yield(m, err) {
			return false
		}
	}
	return true
}

// follower is where a Follow of one archive stands.
type follower struct {
	reader *Reader
	q      Query

	logs map[record.LogID]*followed
	over record.Generation // whose overlay the logs were opened with
	last bound             // of the last round
	told map[string]bool   // damage: it lies there in every round
}

func newFollower(r *Reader, q Query) *follower {
	q.Reverse = false
	return &follower{reader: r, q: q, logs: map[record.LogID]*followed{}, told: map[string]bool{}}
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

// begin opens what there is and returns the last n records of it. What comes between the two looks at a log comes later,
// and so does what may yet be preceded.
func (f *follower) begin(n int) (last []Message, damage, err error) {
	upTo, _, err := f.bound()
	if err != nil {
		return nil, nil, err
	}
	logs, bad, err := f.reader.opened(&f.q)
	if f.q.exact && errors.As(err, new(*NoSessionError)) {
		return nil, nil, nil // it may come
	}
	if err != nil {
		return nil, nil, err
	}
	if f.q.Session != "" && len(logs) == 1 {
		f.q.Session = logs[0].name
	}
	for i := range logs {
		logs[i].filter.upTo = upTo
		f.logs[logs[i].id] = &followed{openLog: logs[i], done: logs[i].end(upTo)}
	}
	last, err = lastOf(logs, n)
	return last, errors.Join(bad, err), nil
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

// round looks at every log for what has come.
func (f *follower) round() iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		upTo, news, err := f.bound()
		if err != nil {
			f.fail(err, yield)
			return
		}
		if !news {
			return
		}
		if err := f.refresh(); err != nil && !f.fail(err, yield) {
			return
		}
		runs := make([]*run, 0, len(f.logs))
		for _, l := range f.logs {
			runs = append(runs, &run{more: func() iter.Seq2[Message, error] { return f.since(l, upTo) }, again: l.again})
		}
		for m, err := range merged(runs, earlier, mergeBytesMax) {
			if err != nil && !f.fail(err, yield) || err == nil && !yield(m, nil) {
				return
			}
		}
	}
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
	filter := newFilter(&f.q).forLog(f.reader.path, at)
	if filter.never() {
		return nil
	}
	open, err := f.reader.open(at)
	open.filter = filter
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

// since returns what is asked for of a log's records behind those it has looked through, and moves on over them.
func (f *follower) since(l *followed, upTo bound) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		l.filter.upTo = upTo
		for rec, err := range l.store.Records(store.Query{SequenceFrom: l.done + 1}) { // all: what is passed over counts
			if err == nil && !upTo.holds(&rec) {
				return // not looked through yet, whether it is asked for or not
			}
			if err == nil {
				l.done = rec.Last()
			}
			m, err := l.message(&rec, err)
			if (err != nil || m.Kind != 0) && !yield(m, err) {
				return
			}
		}
	}
}
