package fixarchive

import (
	"bytes"
	"errors"
	"iter"
	"runtime"
	"sync"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// run is the records of one log in their order, of which a batch is held. Of ten thousand logs no more than that can lie
// in memory at once: a batch is read, the log's buffers are let go, and the next batch is read when it is needed.
type run struct {
	more  func() iter.Seq2[Message, error] // goes on behind what it yielded last
	again func(*Message) error             // reads a Raw that was too large to be held; nil: all are held

	batch []entry
	at    int    // the next of batch
	raw   []byte // of the batch
	want  int    // entries of the next batch
	ended bool   // there is no batch behind this one
	told  map[string]bool
}

// entry is a record, or an error in its place.
type entry struct {
	message Message
	err     error
	absent  bool // Raw is to be read when it is needed
}

const (
	mergeBytesMax = 96 << 20  // of the batches of all runs together
	batchBytesMax = 256 << 10 // of one run
	entryBytes    = 320       // about what an entry takes beside its Raw
	batchFirst    = 16        // entries of the first batch, since many ask for a few records only
)

// fill reads the next batch, of about as many bytes.
func (r *run) fill(bytesMax int) {
	r.batch, r.at, r.raw, r.ended = r.batch[:0], 0, r.raw[:0], true
	r.want = min(max(4*r.want, batchFirst), 1<<20)
	for m, err := range r.more() {
		if err != nil && r.seen(err) {
			continue
		}
		r.batch = append(r.batch, r.entry(&m, err, bytesMax))
		if n := len(r.batch); n >= r.want || n*entryBytes+len(r.raw) >= bytesMax {
			r.ended = false
			break
		}
	}
}

// seen reports whether an error was told before: who goes on in the middle of a span comes by its damage again.
func (r *run) seen(err error) bool {
	text := err.Error()
	if r.told[text] {
		return true
	}
	if r.told == nil {
		r.told = map[string]bool{}
	}
	r.told[text] = true
	return false
}

func (r *run) entry(m *Message, err error, bytesMax int) entry {
	switch {
	case err != nil:
		return entry{err: err}
	case m.Lost != nil:
		return entry{message: m.Clone()}
	case r.again != nil && len(m.Raw) > bytesMax/4:
		e := entry{message: *m, absent: true}
		e.message.Raw = nil
		return e
	}
	from := len(r.raw)
	r.raw = append(r.raw, m.Raw...)
	m.Raw = r.raw[from:len(r.raw):len(r.raw)]
	return entry{message: *m}
}

// next returns what is to come next, of which it reads a batch if it must; nil at the end.
func (r *run) next(bytesMax int) *entry {
	for r.at == len(r.batch) {
		if r.ended {
			return nil
		}
		r.fill(bytesMax)
	}
	return &r.batch[r.at]
}

// fillAll reads the first batch of each run, some at a time: what is seldom is looked for by all processors.
func fillAll(runs []*run, bytesMax int) {
	work := make(chan *run)
	var workers sync.WaitGroup
	for range min(len(runs), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for r := range work {
				r.fill(bytesMax)
			}
		})
	}
	for _, r := range runs {
		work <- r
	}
	close(work)
	workers.Wait()
}

// run returns the log's records that are asked for.
func (l *openLog) run(reverse bool) *run {
	c := cursor{log: l, reverse: reverse}
	return &run{more: c.more, again: l.again}
}

// cursor goes through a log and can be left and taken up again.
type cursor struct {
	log     *openLog
	reverse bool
	begun   bool
	from    record.Sequence // where to go on, once it has begun; 0: at no record any more
}

func (c *cursor) more() iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if c.begun && c.from == 0 {
			return
		}
		if c.reverse && !c.begun && !c.short(yield) {
			return
		}
		for rec, err := range c.records() {
			if err == nil && c.reverse {
				c.begun, c.from = true, rec.Sequence-1
			} else if err == nil {
				c.begun, c.from = true, rec.Last()+1
			}
			m, err := c.log.message(&rec, err)
			if (err != nil || m.Kind != 0) && !yield(m, err) {
				return
			}
		}
		c.begun, c.from = true, 0
		if !c.reverse {
			c.short(yield)
		}
	}
}

// wanted is what is asked of the log's files: from the first sequence on, which says that damage before it hides nothing.
func (l *openLog) wanted() store.Query {
	in := l.filter.inStore()
	in.SequenceFrom = 1
	return in
}

func (c *cursor) short(yield func(Message, error) bool) bool {
	err := c.log.short()
	return err == nil || yield(Message{}, err)
}

func (c *cursor) records() iter.Seq2[record.Record, error] {
	in := c.log.wanted()
	if c.reverse {
		in.SequenceTo = c.from
		return c.log.store.Backward(in)
	}
	in.SequenceFrom = max(c.from, in.SequenceFrom)
	return c.log.store.Records(in)
}

// again reads what a record of the log holds once more.
func (l *openLog) again(m *Message) error {
	n := record.Sequence(m.Sequence)
	var failed error
	for rec, err := range l.store.Records(store.Query{SequenceFrom: n, SequenceTo: n}) {
		if err == nil && rec.Sequence == n {
			m.Raw = bytes.Clone(rec.Body)
			return nil
		}
		failed = errors.Join(failed, err)
	}
	if failed == nil {
		failed = &CorruptError{Path: l.dir, Reason: "a record is gone that was there before"}
	}
	return failed
}
