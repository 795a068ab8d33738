package store

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

var seedFlag = flag.Uint64("seed", 0, "of random histories; 0: another one each time")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// history is one log written at random, and beside it what it ought to hold.
type history struct {
	*rig
	*rand.Rand
	id    record.LogID
	set   *Set
	log   *Log
	clock record.Nanos

	want    []record.Record // everything added and committed
	state   record.State
	known   *record.Snapshot // the last checkpoint
	journal []Extent         // since then
}

func newHistory(r *rig, rnd *rand.Rand) *history {
	h := &history{rig: r, Rand: rnd, id: session(1), state: record.Begin(), clock: 1_000_000}
	h.set = r.set()
	h.log = r.open(h.set, h.id, nil)
	return h
}

// batch adds a few records and commits them.
func (h *history) batch() {
	for range 1 + h.IntN(12) {
		h.addOne()
	}
	h.commit()
}

func (h *history) addOne() {
	r := h.record()
	next, low := h.state.After(&r)
	want := r
	want.Epoch, want.Generation = next.Epoch, h.options.Generation
	if low {
		want.Flags |= record.LowSeqNum
	}
	h.add(h.log, &r)
	if !reflect.DeepEqual(r, want) || h.log.State() != next {
		h.Fatalf("added %+v, state %+v\nwant %+v, %+v", r, h.log.State(), want, next)
	}
	h.state, h.want = next, append(h.want, want)
}

func (h *history) record() record.Record {
	h.clock += record.Nanos(h.Int64N(2000) - 200)
	r := record.Record{Sequence: h.state.Next, Time: h.clock, Position: record.Position(h.Uint64()), Body: h.body()}
	switch h.IntN(12) {
	case 0:
		r.Kind, r.Body = record.Gap, record.AppendLost(nil, &record.Lost{Last: r.Sequence + record.Sequence(h.IntN(5)), Reason: record.RingFull})
	case 1:
		r.Kind = record.Event
	case 2:
		r.Kind, r.Body = record.StateChange, record.AppendChange(nil, record.Change{Op: record.Op(1 + h.IntN(8)), Value: h.Int64N(9)})
	case 3:
		r.Kind, r.Body = record.Mark, record.AppendReference(nil, 1)
	case 4, 5, 6, 7:
		r.Kind, r.MsgSeqNum = record.Inbound, record.MsgSeqNum(h.IntN(40))
	default:
		r.Kind, r.MsgSeqNum = record.Outbound, h.state.NextSender
	}
	if r.Kind.IsMessage() && h.IntN(15) == 0 {
		r.Flags |= record.Logon
		if h.IntN(3) == 0 {
			r.Flags |= record.ResetSeqNum
			r.MsgSeqNum = 1
		}
	}
	return r
}

func (h *history) body() []byte {
	n := h.IntN(300)
	switch h.IntN(60) {
	case 0:
		n = 0
	case 1:
		n = h.IntN(3 * BlockBytesMax)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(h.Uint32())
	}
	return b
}

func (h *history) commit() {
	h.log.Commit(func(e Extent) {
		e.Bytes = bytes.Clone(e.Bytes)
		h.journal = append(h.journal, e)
	})
}

func (h *history) flush() {
	if err := h.log.Flush(); err != nil {
		h.Fatal(err)
	}
	if h.log.Buffered() != 0 || h.log.Snapshot().State != h.state {
		h.Fatalf("after a flush %d bytes are buffered, the state is %+v, want %+v", h.log.Buffered(), h.log.Snapshot().State, h.state)
	}
}

func (h *history) checkpoint() {
	h.flush()
	s := h.log.Snapshot()
	h.known, h.journal = &s, nil
}

// reopen closes the log and opens it again, after a clean end or one that left nothing but the journal and part of
// what was flushed.
func (h *history) reopen() {
	crash := h.IntN(2) == 0
	if !crash {
		h.flush()
	}
	if err := h.set.Close(); err != nil {
		h.Fatal(err)
	}
	h.options.Generation++
	h.set = h.rig.set()
	known := h.known
	if h.IntN(3) == 0 && !crash {
		known = nil
	}
	if crash {
		h.spoilTail()
		for range 1 + h.IntN(2) { // a recovery may be cut short and run again
			h.redo()
		}
	}
	h.reports = nil
	h.log = h.open(h.set, h.id, known)
	for _, report := range h.reports {
		if !crash {
			h.Errorf("a clean end was reported as %v", report)
		}
	}
	if h.log.State() != h.state {
		h.Fatalf("opened with %+v\nwant        %+v\nreports %v\nknown %+v, crash %v", h.log.State(), h.state, h.reports, known, crash)
	}
}

// spoilTail leaves noise behind what the checkpoint covers, where the journal will write or beyond that.
func (h *history) spoilTail() {
	if h.known == nil || h.known.Segment == 0 || h.IntN(2) == 0 {
		return
	}
	path := segmentPath(h.dir(h.id), h.known.Segment)
	b := h.read(path)[:h.known.Length]
	noise := make([]byte, h.IntN(3000))
	for i := range noise {
		noise[i] = byte(h.Uint32())
	}
	h.write(path, append(b, noise...))
}

func (h *history) redo() {
	for _, e := range h.journal {
		if err := h.set.Redo(h.id, e); err != nil {
			h.Fatal(err)
		}
	}
}

// compare reads the log back, whole and through a random query, both ways.
func (h *history) compare(r *Reader, q Query) {
	var want []record.Record
	for _, rec := range h.want {
		if q.wants(&rec) {
			want = append(want, rec)
		}
	}
	got := h.collect(r.Records(q))
	h.equal(fmt.Sprintf("%+v", q), got, want)
	back := h.collect(r.Backward(q))
	slices.Reverse(back)
	h.equal(fmt.Sprintf("backward %+v", q), back, want)
	n := h.IntN(20)
	last, err := r.Last(n, q)
	if err != nil {
		h.Fatal(err)
	}
	h.equal(fmt.Sprintf("last %d of %+v", n, q), last, want[max(0, len(want)-n):])
}

func (h *history) collect(all func(func(record.Record, error) bool)) (got []record.Record) {
	for rec, err := range all {
		if err != nil {
			h.Fatal(err)
		}
		got = append(got, Clone(rec))
	}
	return got
}

func (h *history) equal(what string, got, want []record.Record) {
	h.Helper()
	if len(got) != len(want) {
		h.Fatalf("%s: %d records, want %d", what, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !bytes.Equal(g.Body, w.Body) {
			h.Fatalf("%s: body of %d differs", what, g.Sequence)
		}
		g.Body, w.Body = nil, nil
		if !reflect.DeepEqual(g, w) {
			h.Fatalf("%s: record %d is %+v\nwant %+v", what, i, g, w)
		}
	}
}

func (h *history) query() (q Query) {
	maybe := func() bool { return h.IntN(4) == 0 }
	if len(h.want) == 0 {
		return q
	}
	some := func() *record.Record { return &h.want[h.IntN(len(h.want))] }
	if maybe() {
		q.Kinds = Kinds(h.Uint32()) &^ 1
	}
	if maybe() {
		q.MsgSeqNumFrom = record.MsgSeqNum(h.IntN(40))
		q.MsgSeqNumTo = q.MsgSeqNumFrom + record.MsgSeqNum(h.IntN(3))
	}
	if maybe() {
		q.EpochFrom = some().Epoch
		q.EpochTo = q.EpochFrom
	}
	if maybe() {
		q.TimeFrom = some().Time
	}
	if maybe() {
		q.TimeTo = some().Time
	}
	if maybe() {
		q.SequenceFrom = some().Sequence
	}
	if maybe() {
		q.SequenceTo = some().Sequence
	}
	return q
}

// check looks at all that can be known of the log's files.
func (h *history) check(r *Reader) {
	h.compare(r, Query{})
	for range 5 {
		h.compare(r, h.query())
	}
	h.compareSummary(r)
	report, err := Verify(h.fs, h.dir(h.id), nil, nil)
	if err != nil || len(report.Damage) > 0 || report.Records != uint64(len(h.want)) {
		h.Fatalf("verify: %v, %d records, want %d; %v", err, report.Records, len(h.want), report.Damage)
	}
	if report.Unindexed != 0 || report.Tail != 0 {
		h.Fatalf("%d bytes are not indexed, %d are torn; %q", report.Unindexed, report.Tail, h.memory.below(h.dir(h.id)))
	}
}

func (h *history) compareSummary(r *Reader) {
	sum, err := r.Summary()
	if err != nil {
		h.Fatal(err)
	}
	var want summary
	var epochs []record.Epoch
	for i := range h.want {
		want.add(&h.want[i])
		epochs = append(epochs, h.want[i].Epoch)
	}
	got := summary{
		first: sum.FirstSequence, last: sum.LastSequence, epoch: want.epoch, records: uint32(sum.Records),
		inbound: uint32(sum.Inbound), outbound: uint32(sum.Outbound), events: uint32(sum.Events), gaps: uint32(sum.Gaps),
		time: times{sum.First, sum.Last}, in: want.in, out: want.out,
	}
	if got != want || len(sum.Epochs) != len(slices.Compact(epochs)) {
		h.Fatalf("summed up %+v\nwant      %+v", sum, want)
	}
	bytes := int64(0)
	for n := range sum.Segments {
		bytes += int64(len(h.read(segmentPath(h.dir(h.id), r.segments[n].number))))
	}
	if bytes != sum.Bytes {
		h.Fatalf("%d bytes, the files have %d", sum.Bytes, bytes)
	}
}

// TestRandomHistories writes a log in every way there is, and asks it back in every way there is.
func TestRandomHistories(t *testing.T) {
	rnd := newRand(t)
	for n := range 25 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			h := newHistory(newRig(t, Options{SegmentBytes: 1 << (10 + rnd.IntN(10)), SegmentAge: time.Duration(1 << (14 + rnd.IntN(8)))}), rnd)
			var r *Reader
			for range 60 {
				switch rnd.IntN(8) {
				case 0:
					h.flush()
				case 1:
					h.checkpoint()
				case 2:
					h.reopen()
				default:
					h.batch()
				}
				if rnd.IntN(10) != 0 || len(h.want) == 0 {
					continue
				}
				h.flush()
				if r == nil {
					r = h.reader()
				} else if err := r.Refresh(); err != nil {
					t.Fatal(err)
				}
				h.check(r)
			}
			h.flush()
			if len(h.want) > 0 {
				h.check(h.reader())
			}
		})
	}
}

func (h *history) reader() *Reader {
	r, err := OpenReader(h.fs, h.dir(h.id))
	if err != nil {
		h.Fatal(err)
	}
	return r
}
