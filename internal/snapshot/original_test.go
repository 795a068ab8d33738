package snapshot

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

const from, to = "/from", "/to"

// original is an archive and its writer, which does one step at a time.
type original struct {
	t       testing.TB
	fs      *crashfs.FS
	set     *store.Set
	journal *journal.Journal
	logs    []*store.Log
	bodies  [][]string // by log: what its records hold
	at      record.Nanos
}

var archiveID = [16]byte{0xfa, 7}

func logID(i int) record.LogID {
	return record.LogID{
		Session: record.Identity{BeginString: "FIX.4.4", SenderCompID: fmt.Sprint("GATEWAY", i), TargetCompID: "VENUE"},
		Source:  record.Hook,
	}
}

func newOriginal(t testing.TB) *original {
	o := &original{t: t, fs: crashfs.New()}
	must(t, o.fs.MkdirAll(from))
	o.set = store.NewSet(o.fs, from+"/logs", store.Options{
		Archive: archiveID, Generation: 1, SegmentBytes: 4 << 10, DirName: session.DirName, Report: func(err error) { t.Error(err) },
	})
	var err error
	o.journal, err = journal.Open(o.fs, from+"/journal", journal.Options{
		Archive: archiveID, Generation: 1, FileBytes: 16 << 10, FilesMax: 64,
	}, journal.Mark{})
	meta := journal.Meta{Archive: archiveID, Generation: 1, Open: true, Ring: "/dev/shm/none.ring"}
	must(t, err, journal.WriteMeta(o.fs, from+"/meta", &meta))
	return o
}

// write puts n records in a log and in the journal. Only Flush brings them to its files.
func (o *original) write(i, n int) {
	for len(o.logs) <= i {
		id := logID(len(o.logs))
		log, err := o.set.Open(id, nil)
		must(o.t, err)
		o.journal.Register(record.Handle(len(o.logs)), id)
		o.logs, o.bodies = append(o.logs, log), append(o.bodies, nil)
	}
	log := o.logs[i]
	for range n {
		body := fmt.Sprintf("%d of %d %s", len(o.bodies[i]), i, bytes.Repeat([]byte("x"), len(o.bodies[i])*37%400))
		o.at++
		must(o.t, log.Add(&record.Record{Sequence: log.State().Next, Kind: record.Event, Time: o.at, Body: []byte(body)}))
		o.bodies[i] = append(o.bodies[i], body)
	}
	log.Commit(func(e store.Extent) { o.journal.Add(record.Handle(i), e.Segment, e.Offset, e.Bytes) })
	must(o.t, o.journal.Write(record.Position(o.at)))
}

func (o *original) flush(i int) { must(o.t, o.logs[i].Flush()) }

func (o *original) checkpoint() {
	mark := o.journal.End()
	var all []record.Snapshot
	for i, log := range o.logs {
		o.flush(i)
		all = append(all, log.Snapshot())
	}
	must(o.t, store.Together(o.set.Sync(o.set.TakeDirty())))
	must(o.t, journal.WriteCheckpoint(o.fs, from+"/checkpoint", &journal.Checkpoint{
		Archive: archiveID, Generation: 1, Journal: mark, At: o.at, Logs: all,
	}))
	o.journal.Free(mark)
}

// check fails unless the copy is an archive that holds at least the records of the original up to least, by log, and
// at most those it has now. It reports false for what is no archive.
func (o *original) check(fsys disk.FS, least []int) bool {
	o.t.Helper()
	meta, err := journal.ReadMeta(fsys, to+"/meta")
	if err != nil {
		return false
	}
	if meta.Archive != archiveID || meta.Open || meta.Ring != "" || meta.Generation != 1 {
		o.t.Fatalf("%+v", meta)
	}
	point, err := journal.ReadCheckpoint(fsys, to+"/checkpoint")
	must(o.t, err)
	for _, s := range point.Logs {
		i := slices.IndexFunc(o.logs, func(l *store.Log) bool { return l.ID() == s.Log })
		o.checkLog(fsys, i, s, least[i])
	}
	if len(point.Logs) != len(o.logs) {
		o.t.Fatalf("the checkpoint of the copy has %d logs, want %d", len(point.Logs), len(o.logs))
	}
	return true
}

func (o *original) checkLog(fsys disk.FS, i int, s record.Snapshot, least int) {
	o.t.Helper()
	dir := to + "/logs/" + session.DirName(s.Log)
	found, err := store.Verify(fsys, dir, nil, nil)
	if err != nil || len(found.Damage) > 0 || found.Tail > 0 {
		o.t.Fatalf("log %d: %+v, %v", i, found, err)
	}
	n := int(s.State.Next - 1)
	if n < least || n > len(o.bodies[i]) || found.Records != uint64(n) {
		o.t.Fatalf("log %d ends with record %d and has %d, want %d to %d", i, n, found.Records, least, len(o.bodies[i]))
	}
	in, err := store.OpenReader(fsys, dir)
	must(o.t, err)
	k := 0
	for r, err := range in.Records(store.Query{}) {
		must(o.t, err)
		if string(r.Body) != o.bodies[i][k] {
			o.t.Fatalf("log %d, record %d: %q", i, k, r.Body)
		}
		k++
	}
	grown, err := store.NewSet(fsys, to+"/logs", store.Options{Archive: archiveID, Generation: 1, DirName: session.DirName}).Grown(s)
	if err != nil || grown || k != n {
		o.t.Fatalf("log %d has %d records of %d; more than the checkpoint says: %v, %v", i, k, n, grown, err)
	}
}

func (o *original) lengths() (all []int) {
	for i := range o.bodies {
		all = append(all, len(o.bodies[i]))
	}
	return all
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
