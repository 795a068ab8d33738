package fixarchive

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// golden is a small archive, written by the archive's own parts in the order in which the sink uses them, without
// clocks, goroutines or chance, on a disk in memory. It is the same archive each time.
//
//	generation 1   two logs, each in several segments; then closed
//	generation 2   a checkpoint halfway; behind it batches that are in the stores too, batches that are in the journal
//	               alone, in two laps, and one that was never synced; then the process is gone
type golden struct {
	t    testing.TB
	fs   *crashfs.FS
	meta journal.Meta

	set     *store.Set
	journal *journal.Journal
	logs    []*store.Log

	clock    record.Nanos
	position record.Position
	ends     []journal.Mark // of the batches
}

const (
	goldenPath              = "/archive"
	goldenTime record.Nanos = 1_700_000_000_000_000_000
)

// goldenLogs are an ordinary session, and one whose name does not fit in its directory's.
var goldenLogs = []record.LogID{
	{Session: record.Identity{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}, Source: record.Hook},
	{Session: record.Identity{BeginString: "FIX.4.2", SenderCompID: strings.Repeat("LONG", 45), TargetCompID: "VENUE"}, Source: record.Hook},
}

var goldenArchive = [16]byte{0xfa, 1}

// goldenArchives are the archive as it was after its first generation, closed, and as the second left it, unclean.
func goldenArchives(t testing.TB) (closed, unclean *golden) {
	g := &golden{t: t, fs: crashfs.New(), clock: goldenTime}
	g.meta = journal.Meta{Archive: goldenArchive, Created: g.clock}
	g.write("lock", []byte("pid 4711 on gateway since 2026-11-23T08:00:00Z\n"))
	g.open()
	g.batch(3, true)
	g.batch(2, true)
	g.journal.Free(g.checkpoint())
	g.batch(3, true)
	g.close()
	left := *g
	closed = &left
	closed.fs, closed.logs = g.fs.Clone(), nil
	g.open()
	g.batch(2, true)
	g.sync()
	g.batch(1, false)
	g.flush()
	g.journal.Free(g.checkpoint())
	g.batch(2, true)
	g.sync()
	g.batch(2, false)
	g.sync()
	g.batch(1, false)
	g.sync()
	g.batch(1, false)
	g.done()
	closed.fs.SyncAll()
	g.fs.SyncAll()
	return closed, g
}

func (g *golden) at(name string) string { return filepath.Join(goldenPath, filepath.FromSlash(name)) }

// open begins the next generation.
func (g *golden) open() {
	g.meta.Generation++
	g.meta.Open = true
	g.check(journal.WriteMeta(g.fs, g.at("meta"), &g.meta))
	point, err := journal.ReadCheckpoint(g.fs, g.at("checkpoint"))
	if g.meta.Generation == 1 {
		point, err = &journal.Checkpoint{}, nil
	}
	g.check(err)
	g.set = store.NewSet(g.fs, g.at("logs"), goldenStores(&g.meta))
	g.journal, err = journal.Open(g.fs, g.at("journal"), goldenJournal(&g.meta), point.Journal)
	g.check(err)
	known := map[record.LogID]*record.Snapshot{}
	for i := range point.Logs {
		known[point.Logs[i].Log] = &point.Logs[i]
	}
	g.logs = g.logs[:0]
	for h, id := range goldenLogs {
		l, err := g.set.Open(id, known[id])
		g.check(err)
		g.logs = append(g.logs, l)
		g.journal.Register(record.Handle(h), id)
	}
	g.status(false)
}

func goldenStores(m *journal.Meta) store.Options {
	return store.Options{
		Archive: m.Archive, Generation: m.Generation, SegmentBytes: 900, SyncsAtOnce: 1,
		DirName: session.DirName, Quarantine: filepath.Join(goldenPath, "quarantine"),
	}
}

func goldenJournal(m *journal.Meta) journal.Options {
	return journal.Options{Archive: m.Archive, Generation: m.Generation, FileBytes: 8 << 10, FilesMax: 3}
}

// batch brings a few records of every log to the journal, and with stored to the stores.
func (g *golden) batch(each int, stored bool) {
	for h, l := range g.logs {
		for range each {
			g.check(l.Add(g.next(l.State())))
		}
		l.Commit(func(x store.Extent) { g.journal.Add(record.Handle(h), x.Segment, x.Offset, x.Bytes) })
	}
	g.check(g.journal.Write(g.position))
	g.ends = append(g.ends, g.journal.End())
	if stored {
		g.flush()
	}
}

// next is the next record of a log, of a kind that its sequence decides.
func (g *golden) next(s record.State) *record.Record {
	g.clock += 1_000_000
	g.position += 128
	r := &record.Record{Sequence: s.Next, Time: g.clock, Position: g.position, Kind: record.Inbound, MsgSeqNum: s.TargetUsed + 1}
	switch s.Next % 8 {
	case 3:
		r.Kind, r.MsgSeqNum, r.Body = record.Event, 0, []byte("Created session")
		return r
	case 4:
		r.Kind, r.MsgSeqNum = record.Gap, 0
		r.Body = record.AppendLost(nil, &record.Lost{Last: s.Next + 1, Count: 2, Bytes: 99, First: g.clock, Till: g.clock, Reason: record.RingFull})
		return r
	case 6:
		r.Flags, r.MsgSeqNum = record.Logon|record.ResetSeqNum, 1
	case 7, 0:
		r.Kind, r.MsgSeqNum = record.Outbound, s.SenderUsed+1
	}
	r.Body = fmt.Appendf(nil, "8=FIX.4.4\x0135=D\x0134=%d\x0158=%s\x0110=000\x01", r.MsgSeqNum, bytes.Repeat([]byte{'x'}, int(s.Next%5)))
	return r
}

func (g *golden) flush() {
	for _, l := range g.logs {
		g.check(l.Flush())
	}
}

func (g *golden) sync() {
	_, err := g.journal.Sync()
	g.check(err)
}

func (g *golden) checkpoint() journal.Mark {
	point := journal.Checkpoint{Archive: g.meta.Archive, Generation: g.meta.Generation, Journal: g.journal.End(), At: g.clock}
	for _, l := range g.logs {
		point.Logs = append(point.Logs, l.Snapshot())
	}
	g.check(store.Together(g.set.Sync(g.set.TakeDirty())))
	g.check(journal.WriteCheckpoint(g.fs, g.at("checkpoint"), &point))
	return point.Journal
}

func (g *golden) close() {
	g.checkpoint()
	g.meta.Open = false
	g.check(journal.WriteMeta(g.fs, g.at("meta"), &g.meta))
	g.status(true)
	g.done()
}

func (g *golden) done() {
	g.check(g.journal.Close())
	g.check(g.set.Close())
}

func (g *golden) status(clean bool) {
	f, err := journal.CreateStatus(g.fs, g.at("status"))
	g.check(err)
	g.check(f.Write(&journal.Status{
		Archive: g.meta.Archive, Generation: g.meta.Generation, PID: 4711, Heartbeat: g.clock,
		Durable: g.position, Stored: g.position, Accepted: 10, Clean: clean,
	}))
	g.check(f.Close())
}

func (g *golden) check(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// write puts a file in place of what is there.
func (g *golden) write(name string, b []byte) { putFile(g.t, g.fs, g.at(name), b) }

func putFile(t testing.TB, fsys disk.FS, path string, b []byte) {
	t.Helper()
	if err := fsys.MkdirAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.OpenFile(path, os.O_CREATE|os.O_TRUNC)
	if err == nil {
		_, err = f.WriteAt(b, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// goldenReader reads the golden archive of a file system.
func goldenReader(fsys disk.FS) *Reader {
	return &Reader{path: goldenPath, fs: fsys, archive: goldenArchive, ids: map[string]record.LogID{}}
}
