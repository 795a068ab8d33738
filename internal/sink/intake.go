package sink

import (
	"fmt"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// entry is a log as the sink sees it.
type entry struct {
	handle record.Handle
	log    *store.Log

	partial   []byte          // fragments of a large message, until the last one comes
	partialOf record.Sequence // the sequence that they share

	touched  bool            // has records in the batch at hand
	dirty    bool            // its buffer holds something
	listed   bool            // it is in the sink's list of dirty logs
	away     bool            // its files are not written to: see stray
	failing  error           // its last flush's
	failed   time.Time       // when that began
	buffered int             // how much
	since    record.Position // where the batch began with which the buffer began to fill
	first    time.Time       // when that was
	last     time.Time       // when it last grew
}

// intake turns frames into blocks of their logs: the sink's way in, and recovery's.
//
// Sequences make it idempotent. A frame whose sequence its log already has is the same record once more (after
// a crash the ring and the journal overlap; a drop can be told by a frame and by its slot) and is passed over. A
// sequence that is ahead of its log tells of records that never came; a gap record says so.
type intake struct {
	logs    *Logs
	journal journaler

	bound   func(*entry)               // told of each new entry; may be nil
	unknown func(record.Handle) *entry // finds one that no frame has registered; may be nil

	entries []*entry // by handle
	touched []*entry // of the batch at hand
	lost    []lost   // gap records of the batch that came from slots
	scratch []byte
}

// lost is a gap record taken from a slot, to be forgotten there once it is in the journal.
type lost struct {
	from recorder
	last record.Sequence
}

// journaler is what the intake needs of a journal: both calls add to the batch at hand, and keep nothing of b.
type journaler interface {
	Register(record.Handle, record.LogID)
	Add(h record.Handle, segment uint32, offset int64, b []byte)
}

// recorder is what the intake needs of a session.Recorder.
type recorder interface {
	ID() record.LogID
	Handle() record.Handle
	Lost(next record.Sequence) (record.Lost, bool)
	Forget(last record.Sequence)
}

func newIntake(logs *Logs, j journaler) intake { return intake{logs: logs, journal: j} }

func (in *intake) empty() bool { return len(in.touched) == 0 }

// take adds one frame. An error names a frame that could not be understood or a log that refused it; the ring
// goes on behind it.
func (in *intake) take(position record.Position, frame []byte) error {
	f, err := record.ParseFrame(frame)
	if err != nil {
		return fmt.Errorf("ring position %d: %w", position, err)
	}
	if f.Kind == record.Registration {
		return in.register(f)
	}
	e := in.entry(f.Handle)
	if e == nil {
		return fmt.Errorf("ring position %d: a frame of handle %d, which was never registered", position, f.Handle)
	}
	body, whole := e.join(f)
	if !whole {
		return nil
	}
	r := record.Record{
		Sequence: f.Sequence, Kind: f.Kind, Flags: f.Flags &^ record.MoreFollows,
		Time: f.Time, Position: position, Body: body,
	}
	if err := describe(&r, f.Numbered()); err != nil {
		return fmt.Errorf("ring position %d: %w", position, err)
	}
	return in.add(e, &r)
}

func (in *intake) register(f record.Frame) error {
	if f.Handle >= handlesMax {
		return fmt.Errorf("a registration of handle %d, want less than %d", f.Handle, handlesMax)
	}
	id, _, err := record.ParseLogID(f.Body)
	if err != nil {
		return err
	}
	log, err := in.logs.opened(id)
	if err != nil {
		return err
	}
	in.bind(f.Handle, id, log)
	return nil
}

// bind ties a handle to its log.
func (in *intake) bind(h record.Handle, id record.LogID, log *store.Log) {
	for len(in.entries) <= int(h) {
		in.entries = append(in.entries, nil)
	}
	if e := in.entries[h]; e == nil || e.log != log {
		in.entries[h] = &entry{handle: h, log: log}
		if in.bound != nil {
			in.bound(in.entries[h])
		}
	}
	in.journal.Register(h, id)
}

func (in *intake) entry(h record.Handle) *entry {
	if int(h) < len(in.entries) && in.entries[h] != nil {
		return in.entries[h]
	}
	if in.unknown != nil {
		return in.unknown(h)
	}
	return nil
}

// handlesMax bounds what a frame may name: more logs than any archive has.
const handlesMax = 1 << 20

// owners are the logs by their directories.
func (in *intake) owners() map[string]*entry {
	of := make(map[string]*entry, len(in.entries))
	for _, e := range in.entries {
		if e != nil {
			of[e.log.Dir()] = e
		}
	}
	return of
}

// join puts the fragments of a large message together. One that is not followed by its end was dropped halfway:
// the next frame of its log has another sequence, and begins with the gap record that says so.
func (e *entry) join(f record.Frame) (body []byte, whole bool) {
	if f.Sequence != e.partialOf {
		e.partial, e.partialOf = nil, 0
	}
	more := f.Flags&record.MoreFollows != 0
	switch {
	case more && len(e.partial)+len(f.Body) <= record.BodyBytesMax:
		e.partial, e.partialOf = append(e.partial, f.Body...), f.Sequence
		return nil, false
	case e.partialOf == 0:
		return f.Body, true
	case f.Kind == record.Gap:
		e.partial, e.partialOf = nil, 0
		return f.Body, true
	}
	body = append(e.partial, f.Body...)
	e.partial, e.partialOf = nil, 0
	return body, true
}

// describe reads from the message what readers search by. A message store's number stands before it.
func describe(r *record.Record, numbered bool) (err error) {
	if numbered {
		if r.MsgSeqNum, r.Body, err = record.SplitNumber(r.Body); err != nil {
			return err
		}
	}
	if r.Kind.IsMessage() {
		m := fixwire.Parse(r.Body)
		r.Flags |= flagsOf(&m)
		if !numbered {
			r.MsgSeqNum = record.MsgSeqNum(m.MsgSeqNum)
		}
	}
	return nil
}

func flagsOf(m *fixwire.Message) record.Flags {
	var f record.Flags
	set := func(on bool, flag record.Flags) {
		if on {
			f |= flag
		}
	}
	logon := len(m.MsgType) == 1 && m.MsgType[0] == 'A'
	set(logon, record.Logon)
	set(logon && m.ResetSeqNumFlag, record.ResetSeqNum)
	set(m.PossDup, record.PossDup)
	set(m.Flags&fixwire.NotFramed != 0, record.NotFramed)
	set(m.Flags&fixwire.BadBodyLength != 0, record.BadBodyLength)
	set(m.Flags&fixwire.BadCheckSum != 0, record.BadCheckSum)
	set(m.Flags&fixwire.BadField != 0, record.BadField)
	return f
}

// add brings r into its log, with what is missing before it.
func (in *intake) add(e *entry, r *record.Record) error {
	next := e.log.State().Next
	if r.Last() < next {
		return nil
	}
	if r.Sequence < next { // a gap of which the log has the beginning
		in.cut(r, next)
	}
	if r.Sequence > next {
		missing := in.missing(r, next)
		if err := in.append(e, &missing); err != nil {
			return err
		}
	}
	return in.append(e, r)
}

func (in *intake) append(e *entry, r *record.Record) error {
	if err := e.log.Add(r); err != nil {
		return fmt.Errorf("%v, sequence %d: %w", e.log.ID(), r.Sequence, err)
	}
	if !e.touched {
		e.touched = true
		in.touched = append(in.touched, e)
	}
	return nil
}

// cut makes a gap begin at next.
func (in *intake) cut(r *record.Record, next record.Sequence) {
	l, err := record.ParseLost(r.Body)
	if err != nil {
		return
	}
	gone := uint64(next - r.Sequence)
	if l.Count > 0 { // what is left of the bytes is an estimate: a gap does not say how they were spread
		l.Bytes -= l.Bytes / l.Count * min(l.Count, gone)
	}
	l.Count -= min(l.Count, gone)
	r.Sequence = next
	in.scratch = record.AppendLost(in.scratch[:0], &l)
	r.Body = in.scratch
}

// missing is the gap record for what should have come before r and did not.
func (in *intake) missing(r *record.Record, next record.Sequence) record.Record {
	l := record.Lost{
		Last: r.Sequence - 1, Count: uint64(r.Sequence - next),
		First: r.Time, Till: r.Time, Reason: record.WriterDied,
	}
	return record.Record{
		Sequence: next, Kind: record.Gap, Time: r.Time, Position: r.Position,
		Body: record.AppendLost(nil, &l),
	}
}

// takeLost adds the gap record of drops that nothing follows in the ring, once their turn has come.
func (in *intake) takeLost(from recorder, position record.Position) error {
	e, err := in.of(from)
	if err != nil {
		return err
	}
	next := e.log.State().Next
	l, ok := from.Lost(next)
	if !ok {
		return nil
	}
	in.lost = append(in.lost, lost{from: from, last: l.Last})
	in.scratch = record.AppendLost(in.scratch[:0], &l)
	return in.append(e, &record.Record{
		Sequence: next, Kind: record.Gap, Time: l.Till, Position: position, Body: in.scratch,
	})
}

// of is the entry of a Recorder's log, whether or not its registration got in.
func (in *intake) of(from recorder) (*entry, error) {
	if e := in.entry(from.Handle()); e != nil {
		return e, nil
	}
	log, err := in.logs.opened(from.ID())
	if err != nil {
		return nil, err
	}
	in.bind(from.Handle(), from.ID(), log)
	return in.entries[from.Handle()], nil
}

// commit closes the blocks of the batch and hands them to the journal.
func (in *intake) commit() {
	for _, e := range in.touched {
		e.log.Commit(func(x store.Extent) { in.journal.Add(e.handle, x.Segment, x.Offset, x.Bytes) })
	}
}

// settle ends a batch that the journal has: each touched log is given to hold, and slots forget what the
// archive now knows.
func (in *intake) settle(hold func(*entry)) {
	for _, e := range in.touched {
		e.touched = false
		hold(e)
	}
	in.touched = in.touched[:0]
	for _, l := range in.lost {
		l.from.Forget(l.last)
	}
	in.lost = in.lost[:0]
}
