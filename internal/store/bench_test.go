package store

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"github.com/fixarchive/fixarchive/internal/record"
)

// BenchmarkWrite is Add, Commit and Flush as the sink does it: a batch of one record in each of so many logs, or 1,000
// in one, flushed when a log holds 64 KiB or all hold 32 MiB. Not in it: the journal, describing the message,
// and syncs.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("logs=%d", n), func(b *testing.B) {
			r := newRig(b, Options{}).onDisk()
			s := r.set()
			logs := make([]*Log, n)
			for i := range logs {
				logs[i] = r.open(s, session(i), nil)
				r.put(logs[i], message(record.Outbound, 1, 1, "")) // the files are made
			}
			body := make([]byte, 290)
			each := max(1, 1000/n)
			emit := func(Extent) {}
			buffered := 0
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for done := 0; b.Loop(); done++ {
				l := logs[done/each%n]
				rec := record.Record{Sequence: l.state.Next, Kind: record.Outbound, MsgSeqNum: l.state.NextSender, Time: record.Nanos(done), Body: body}
				if err := l.Add(&rec); err != nil {
					b.Fatal(err)
				}
				if (done+1)%each != 0 {
					continue
				}
				before := l.Buffered()
				l.Commit(emit)
				buffered += l.Buffered() - before
				full := logs[:0]
				if buffered >= 32<<20 {
					full = logs
				} else if l.Buffered() >= SpanBytesMax {
					full = logs[done/each%n:][:1]
				}
				for _, l := range full {
					buffered -= l.Buffered()
					if err := l.Flush(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkAdd is the encoding alone: no block is written anywhere.
func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{64, 256, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := newRig(b, Options{SegmentBytes: 1 << 40})
			l := r.open(r.set(), session(1), nil)
			r.put(l, message(record.Outbound, 1, 1, ""))
			body := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for done := 0; b.Loop(); done++ {
				rec := record.Record{Sequence: l.state.Next, Kind: record.Outbound, MsgSeqNum: l.state.NextSender, Body: body}
				if err := l.Add(&rec); err != nil {
					b.Fatal(err)
				}
				if done%200 == 199 {
					l.Commit(func(Extent) {})
					l.flushed.offset += int64(l.Buffered())
					l.settle(l.Buffered())
				}
			}
		})
	}
}

// BenchmarkLookup finds one MsgSeqNum in a full segment of 64 MiB: with a Reader that has its index, and with one that
// is opened for it.
func BenchmarkLookup(b *testing.B) {
	r := newRig(b, Options{}).onDisk()
	l := r.open(r.set(), session(1), nil)
	n := 0
	for l.end.segment < 2 {
		for range 200 {
			m := message(record.Outbound, l.state.NextSender, record.Nanos(n), "")
			m.Body = make([]byte, 290)
			r.add(l, &m)
			n++
		}
		l.Commit(func(Extent) {})
		if err := l.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	find := func(reader *Reader, seq record.MsgSeqNum) {
		found := 0
		for _, err := range reader.Records(Query{Kinds: KindsOf(record.Outbound), MsgSeqNumFrom: seq, MsgSeqNumTo: seq}) {
			if found++; err != nil {
				b.Fatal(err)
			}
		}
		if found != 1 {
			b.Fatalf("%d found %d times", seq, found)
		}
	}
	open := func() *Reader {
		reader, err := OpenReader(r.fs, r.dir(session(1)))
		if err != nil {
			b.Fatal(err)
		}
		return reader
	}
	b.Run("warm", func(b *testing.B) {
		reader := open()
		for i := 0; b.Loop(); i++ {
			find(reader, record.MsgSeqNum(i*7919%n+1))
		}
	})
	b.Run("opened", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			find(open(), record.MsgSeqNum(i*7919%n+1))
		}
	})
	b.Run("all", func(b *testing.B) {
		b.SetBytes(SegmentBytesDefault)
		for b.Loop() {
			for _, err := range open().Records(Query{}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.SetBytes(SegmentBytesDefault)
		for b.Loop() {
			if report, err := Verify(r.fs, r.dir(session(1)), nil, nil); err != nil || len(report.Damage) > 0 {
				b.Fatal(report.Damage, err)
			}
		}
	})
}

// TestAnIdleLogIsSmall: ten thousand of them hold no buffer and take little of their own.
func TestAnIdleLogIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Log{}); size > 600 {
		t.Errorf("a log has %d bytes", size)
	}
	const n = 2000
	r := newRig(t, Options{})
	s := r.set()
	logs := make([]*Log, n)
	for i := range logs {
		logs[i] = r.open(s, session(i), nil)
		m := message(record.Inbound, 1, 1, "x")
		r.add(logs[i], &m)
		logs[i].Commit(func(Extent) {})
	}
	for _, l := range logs {
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
		if l.buffer != nil {
			t.Fatal("an idle log keeps its buffer")
		}
	}
	runtime.KeepAlive(logs)
}

// TestAddAllocatesNothing in the steady state, through Commit; Flush does so once, for the name of the segment that it asks
// the system about.
func TestAddAllocatesNothing(t *testing.T) {
	r := newRig(t, Options{}).onDisk()
	l := r.open(r.set(), session(1), nil)
	body := make([]byte, 290)
	emit := func(Extent) {}
	allocs := testing.AllocsPerRun(2000, func() {
		rec := record.Record{Sequence: l.state.Next, Kind: record.Outbound, MsgSeqNum: l.state.NextSender, Body: body}
		if err := l.Add(&rec); err != nil {
			t.Fatal(err)
		}
		l.Commit(emit)
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	if allocs >= 2 { // less: an index's path for every 64 KiB
		t.Errorf("%v allocations for a record", allocs)
	}
}
