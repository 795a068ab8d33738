package store

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestANewLogTouchesNoDiskBeforeItsFirstFlush(t *testing.T) {
	r := newRig(t, Options{})
	l := r.open(r.set(), session(1), nil)
	m := message(record.Inbound, 1, 5, "8=FIX")
	r.add(l, &m)
	var extents []Extent
	l.Commit(func(e Extent) { extents = append(extents, e) })
	if _, err := r.fs.Stat(r.root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the disk was touched: %v", err)
	}
	if len(extents) != 2 || extents[0].Offset != 0 || extents[1].Offset != int64(len(extents[0].Bytes)) {
		t.Errorf("a first commit hands out %d extents, want a header and a block", len(extents))
	}
	if s := l.Snapshot(); s.Segment != 0 || s.State != record.Begin() {
		t.Errorf("before the first flush the snapshot is %+v", s)
	}
	if err := l.Flush(); err != nil || l.Buffered() != 0 {
		t.Errorf("flushed with %v, %d bytes are left", err, l.Buffered())
	}
	if s := l.Snapshot(); s.Segment != 1 || s.State != l.State() || s.Length != extents[1].Offset+int64(len(extents[1].Bytes)) {
		t.Errorf("after the first flush the snapshot is %+v", s)
	}
}

func TestOnlyWhatFollowsIsAdded(t *testing.T) {
	r := newRig(t, Options{})
	l := r.open(r.set(), session(1), nil)
	for _, wrong := range []record.Record{
		{Sequence: 2, Kind: record.Inbound},
		{Sequence: 0, Kind: record.Inbound},
	} {
		if err := l.Add(&wrong); !errors.Is(err, ErrSequence) {
			t.Errorf("sequence %d as the first: %v", wrong.Sequence, err)
		}
	}
	for _, wrong := range []record.Record{
		{Sequence: 1, Kind: record.Registration},
		{Sequence: 1, Kind: 0},
		{Sequence: 1, Kind: record.Inbound, Body: make([]byte, record.BodyBytesMax+1)},
		{Sequence: 1, Kind: record.Gap, Body: record.AppendLost(nil, &record.Lost{Last: 1<<64 - 1})},
	} {
		if err := l.Add(&wrong); err == nil {
			t.Errorf("%v of %d bytes was added", wrong.Kind, len(wrong.Body))
		}
	}
	if l.State() != record.Begin() || l.Buffered() != 0 {
		t.Error("a refused record left something behind")
	}
}

func TestAReopenedLogGoesOn(t *testing.T) {
	for _, withSnapshot := range []bool{true, false} {
		r := newRig(t, Options{SegmentBytes: 1 << 12})
		l := r.open(r.set(), session(1), nil)
		var known *record.Snapshot
		for i := range 200 {
			r.put(l, message(record.Outbound, record.MsgSeqNum(i+1), record.Nanos(i), "8=FIX.4.4"))
			if i%17 == 0 {
				if known = nil; withSnapshot {
					s := l.Snapshot()
					known = &s
				}
			}
			if i%29 == 0 {
				again := r.open(r.set(), session(1), known)
				if again.State() != l.State() || again.end != l.end || again.last != l.last || again.run != l.run {
					t.Fatalf("after %d records: reopened at %+v, %+v\nwas %+v, %+v", i+1, again.end, again.run, l.end, l.run)
				}
				l = again
			}
		}
		if len(r.reports) > 0 || l.end.segment < 5 {
			t.Errorf("reports %v, segment %d", r.reports, l.end.segment)
		}
	}
}
