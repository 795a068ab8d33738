package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

var theArchive = [16]byte{0x3f, 0x0c, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff}

func session(n int) record.LogID {
	return record.LogID{Source: record.Hook, Session: record.Identity{
		BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("GATEWAY%d", n), TargetCompID: "VENUE",
	}}
}

func dirName(id record.LogID) string { return id.Session.SenderCompID }

// rig is an archive's logs, in memory unless onDisk puts them in a directory.
type rig struct {
	testing.TB
	fs      disk.FS
	memory  *memory
	root    string
	options Options
	reports []error
}

func newRig(t testing.TB, o Options) *rig {
	m := newMemory()
	r := &rig{TB: t, fs: m, memory: m, root: "/archive/logs"}
	o.Archive, o.DirName = theArchive, dirName
	o.Generation = max(o.Generation, 1)
	o.Report = func(err error) { r.reports = append(r.reports, err) }
	r.options = o
	return r
}

func (r *rig) onDisk() *rig {
	r.fs, r.memory, r.root = disk.OS(disk.Modes{}), nil, filepath.Join(r.TempDir(), "logs")
	return r
}

func (r *rig) set() *Set { return NewSet(r.fs, r.root, r.options) }

func (r *rig) dir(id record.LogID) string { return filepath.Join(r.root, dirName(id)) }

func (r *rig) open(s *Set, id record.LogID, known *record.Snapshot) *Log {
	r.Helper()
	l, err := s.Open(id, known)
	if err != nil {
		r.Fatal(err)
	}
	return l
}

// put adds records, numbering them, commits and flushes.
func (r *rig) put(l *Log, records ...record.Record) {
	r.Helper()
	for i := range records {
		r.add(l, &records[i])
	}
	l.Commit(func(Extent) {})
	if err := l.Flush(); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) add(l *Log, rec *record.Record) {
	r.Helper()
	rec.Sequence = l.State().Next
	if err := l.Add(rec); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) read(path string) []byte {
	r.Helper()
	b, err := disk.ReadFile(r.fs, path)
	if err != nil {
		r.Fatal(err)
	}
	return b
}

func (r *rig) write(path string, b []byte) {
	r.Helper()
	f, err := r.fs.OpenFile(path, os.O_CREATE|os.O_TRUNC)
	if err != nil {
		r.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		r.Fatal(err)
	}
}

func message(kind record.Kind, n record.MsgSeqNum, at record.Nanos, body string) record.Record {
	return record.Record{Kind: kind, MsgSeqNum: n, Time: at, Position: record.Position(at) * 8, Body: []byte(body)}
}
