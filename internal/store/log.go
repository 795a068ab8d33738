package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Log is a log that is appended to. All of it belongs to one goroutine, but touched, which the Set's mutex guards.
type Log struct {
	set     *Set
	id      record.LogID
	dir     string
	base    uint32 // of the seeds
	touched bool   // written since TakeDirty
	sealed  bool   // the active segment takes no more: the next record begins another
	class   uint8  // the size of buffer that was needed last time

	away      error // why it was opened without its files
	disturbed error // the active segment is not what was written: Flush says so until Return

	// The end as it will be when everything is written.
	state   record.State // after the last Add
	end     place        // of the last finished block
	seed    uint32       // of end.segment
	created record.Nanos // of end.segment
	begins  int64        // where the first block of end.segment begins

	buffer  *buffer // nil: nothing is buffered
	flushed place   // the end as of the last Flush
	last    uint32  // the greatest segment number that is taken

	segmentFile, indexFile slot
	run                    span   // of flushed blocks, not complete
	ready                  []span // complete, not in the index yet
	indexed                int64  // length of the index; 0: it has no header yet
}

// Extent is encoded bytes and their place: a block, or a segment's header at offset 0. Writing it again is harmless.
type Extent struct {
	Segment uint32
	Offset  int64
	Bytes   []byte
}

// ID is the log's identity.
func (l *Log) ID() record.LogID { return l.id }

// Dir is where the log's files lie.
func (l *Log) Dir() string { return l.dir }

// State is what the next record depends on, after the last Add.
func (l *Log) State() record.State { return l.state }

// Add puts r behind the log's last record. It fills in Epoch, Generation and LowSeqNum, and copies the body. A
// sequence other than State().Next is ErrSequence; after an error the log is as it was.
func (l *Log) Add(r *record.Record) error {
	if r.Sequence != l.state.Next {
		return fmt.Errorf("%w: %d, want %d", ErrSequence, r.Sequence, l.state.Next)
	}
	if !r.Kind.Valid() || r.Kind == record.Registration || len(r.Body) > record.BodyBytesMax {
		return fmt.Errorf("no log takes %v of %d bytes", r.Kind, len(r.Body))
	}
	next, low := l.state.After(r)
	if next.Next <= r.Sequence {
		return fmt.Errorf("%w: %d leaves no number for the next", ErrSequence, r.Sequence)
	}
	l.mark(r, &next, low)
	size := record.Size(len(r.Body))
	b := l.room(r, size)
	b.data = record.Append(b.data, r)
	b.block.add(r)
	l.state = next
	return nil
}

// mark fills in what the log knows of r.
func (l *Log) mark(r *record.Record, next *record.State, low bool) {
	r.Epoch, r.Generation = next.Epoch, l.set.o.Generation
	r.Flags &^= record.LowSeqNum
	if low {
		r.Flags |= record.LowSeqNum
	}
}

// room returns the buffer with an open block that takes r and has the bytes for it.
func (l *Log) room(r *record.Record, size int) *buffer {
	b := l.buffer
	if b == nil {
		b = l.set.buffers.get(l.class)
		b.next, b.flushed, b.committed = l.flushed, l.state, l.state
		l.buffer = b
	}
	if b.open >= 0 && (len(b.data)-b.open+size > BlockBytesMax || b.block.epoch != r.Epoch) {
		l.finish()
	}
	if l.full(r, size) {
		if b.open >= 0 {
			l.finish()
		}
		l.begin(r.Time)
		b = l.buffer
	}
	if b.open < 0 {
		b = l.ensure(blockHeader + size)
		b.open = len(b.data)
		b.data = b.data[:len(b.data)+blockHeader]
		b.block = summary{}
		return b
	}
	return l.ensure(size)
}

// ensure makes room for n bytes.
func (l *Log) ensure(n int) *buffer {
	if cap(l.buffer.data)-len(l.buffer.data) < n {
		l.buffer = l.set.buffers.grow(l.buffer, n)
	}
	return l.buffer
}

// full reports whether r belongs in a new segment. Age is told by records, so that an idle log rotates nothing.
func (l *Log) full(r *record.Record, size int) bool {
	if l.end.segment == 0 || l.sealed {
		return true
	}
	end := l.end.offset
	if l.buffer.open >= 0 {
		end += int64(len(l.buffer.data) - l.buffer.open)
	}
	if end == l.begins {
		return false // a segment takes at least one record
	}
	if l.buffer.open < 0 {
		end += blockHeader
	}
	return end+int64(size) > l.set.o.SegmentBytes || time.Duration(r.Time-l.created) >= l.set.o.SegmentAge
}

// begin puts the header of a new segment into the buffer.
func (l *Log) begin(created record.Nanos) {
	l.last++
	h := segmentHeader{
		archive: l.set.o.Archive, segment: l.last, generation: l.set.o.Generation,
		created: created, state: l.state, log: l.id,
	}
	b := l.ensure(int(headerSize(l.id)))
	b.cuts = append(b.cuts, cut{len(b.data), l.last})
	at := len(b.data)
	b.data = appendSegmentHeader(b.data, &h)
	l.sealed, l.created, l.seed = false, created, seedOf(l.base, l.last)
	l.begins = int64(len(b.data) - at)
	l.end = place{l.last, l.begins}
}

// finish seals the open block.
func (l *Log) finish() {
	b := l.buffer
	whole := b.data[b.open:]
	sealBlock(whole, l.seed, l.end.offset, l.set.o.Generation, &b.block)
	l.end.offset += int64(len(whole))
	b.open = -1
}

// Commit ends the open block and hands out, in order, every extent that was completed since the last Commit. Their
// bytes stay as they are until the next Add or Flush.
func (l *Log) Commit(emit func(Extent)) {
	b := l.buffer
	if b == nil {
		return
	}
	if b.open >= 0 {
		l.finish()
	}
	for b.handed < len(b.data) {
		n := b.extent(b.handed)
		if segment, begins := b.beginsAt(b.handed); begins {
			b.next = place{segment, 0}
		}
		emit(Extent{Segment: b.next.segment, Offset: b.next.offset, Bytes: b.data[b.handed : b.handed+n : b.handed+n]})
		b.handed += n
		b.next.offset += int64(n)
	}
	b.committed = l.state
}

// extent is the length of the extent at a place in the buffer. Headers and blocks both say it themselves.
func (b *buffer) extent(at int) int {
	if binary.LittleEndian.Uint32(b.data[at:]) == blockMagic {
		return blockHeader + int(binary.LittleEndian.Uint32(b.data[at+8:]))
	}
	return int(binary.LittleEndian.Uint32(b.data[at+12:]))
}

func (b *buffer) beginsAt(at int) (segment uint32, ok bool) {
	for _, c := range b.cuts {
		if c.at == at {
			return c.segment, true
		}
	}
	return 0, false
}

// Buffered is how many bytes were committed and are not written.
func (l *Log) Buffered() int {
	if l.buffer == nil {
		return 0
	}
	return l.buffer.handed
}

// Snapshot is the log as of the last Flush.
func (l *Log) Snapshot() record.Snapshot {
	s := record.Snapshot{Log: l.id, Segment: l.flushed.segment, Length: l.flushed.offset, State: l.state}
	if l.buffer != nil {
		s.State = l.buffer.flushed
	}
	return s
}
