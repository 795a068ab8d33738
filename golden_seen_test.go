package fixarchive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/alarm"
	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// seen is everything that is returned of an archive, and told on the way.
type seen struct {
	answers map[string][]string // by what was asked, in the order of the answer
	told    []error
}

func (s *seen) answer(what, text string) { s.answers[what] = append(s.answers[what], text) }

func (s *seen) tell(err error) {
	if err != nil {
		s.told = append(s.told, err)
	}
}

// read asks the readers everything.
func read(t testing.TB, fsys disk.FS) seen {
	s := seen{answers: map[string][]string{}}
	r := goldenReader(fsys)
	s.records(r, "all", Query{Kinds: AllKinds()})
	s.records(r, "by MsgSeqNum", Query{From: 2, To: 2})
	names, err := r.Names()
	s.tell(err)
	s.answers["names"] = names
	for _, name := range names {
		last, err := r.Last(2, Query{Session: name, Kinds: AllKinds()})
		s.tell(err)
		for i := range last {
			s.answer(name+" last", spelled(&last[i]))
		}
	}
	all, err := r.Sessions()
	s.tell(err)
	for i := range all {
		x := &all[i]
		if x.Last.After(wallTime(goldenTime).AddDate(1, 0, 0)) {
			x.Last = time.Time{} // a recovery's gap
		}
		s.answer("sessions", fmt.Sprint(x.Name, x.Inbound, x.Outbound, x.Events, x.Gaps, x.Bytes, x.First, x.Last, len(x.Epochs)))
	}
	return s
}

func (s *seen) records(r *Reader, what string, q Query) {
	for m, err := range r.Messages(q) {
		if err != nil {
			s.tell(err)
			continue
		}
		s.answer(what, spelled(&m))
	}
}

// added marks records that an Open adds: their sequence says what it found before them.
const added = "(added)"

// spelled is all of a message but the times of a gap that a recovery makes, which are the recovery's.
func spelled(m *Message) string {
	b := append([]byte(m.Session), m.Source...)
	for _, v := range [...]uint64{
		m.Sequence, uint64(m.Kind), uint64(m.Direction), m.MsgSeqNum, uint64(m.Flags), uint64(m.Epoch), uint64(m.Generation), m.Refers,
	} {
		b = binary.AppendUvarint(b, v)
	}
	if m.Lost != nil && m.Lost.Reason == record.PowerCut.String() {
		return string(b) + added
	}
	b = binary.AppendVarint(binary.AppendUvarint(b, m.Position), m.Time.UnixNano())
	return string(append(b, m.Raw...))
}

// prove is what Verify says.
func prove(t testing.TB, fsys disk.FS) seen {
	s := seen{answers: map[string][]string{}}
	report, err := goldenReader(fsys).Verify(t.Context(), VerifyOptions{})
	s.tell(err)
	for _, d := range report.Damage {
		s.tell(d)
	}
	for i := range report.Sessions {
		x := &report.Sessions[i]
		for _, d := range x.Damage {
			s.tell(d)
		}
		s.answer("verified", fmt.Sprint(x.Name, x.Segments, x.Blocks, x.Records, x.Messages, x.Gaps, x.Bytes, x.Tail))
	}
	return s
}

// reopen is what Open makes of an archive: recovery where it was not closed, a record more in every log, and what
// readers find then. It is Open without the lock, the ring and the goroutines.
func reopen(t testing.TB, fsys disk.FS) seen {
	var told []error
	a := &Archive{fs: fsys, closed: make(chan struct{})}
	a.o = Options{Path: goldenPath, SegmentBytes: 900, OpenFiles: 8, Alarm: func(err error) { told = append(told, err) }}
	a.ledger = alarm.New(fsys, goldenPath)
	for _, step := range []func() error{a.findReserve, a.readMeta, a.recover, a.readCheckpoint, a.goOn} {
		if err := step(); err != nil {
			return seen{told: append(told, err)}
		}
	}
	s := read(t, fsys)
	s.told = append(told, s.told...)
	return s
}

// goOn writes one record to every log.
func (a *Archive) goOn() error {
	a.meta.Generation++
	a.meta.Open, a.meta.Ring = true, ""
	if err := journal.WriteMeta(a.fs, a.o.metaPath(), &a.meta); err != nil {
		return err
	}
	set := a.newSet()
	j, err := journal.Open(a.fs, a.o.journalDir(), goldenJournal(&a.meta), a.point.Journal)
	if err != nil {
		return err
	}
	for i := range a.point.Logs {
		known := &a.point.Logs[i]
		l, err := set.Open(known.Log, known)
		if err != nil {
			return err
		}
		r := record.Record{Sequence: l.State().Next, Kind: record.Event, Position: 1 << 20, Body: []byte(added)}
		if err := l.Add(&r); err != nil {
			return err
		}
		j.Register(record.Handle(i), known.Log)
		l.Commit(func(x store.Extent) { j.Add(record.Handle(i), x.Segment, x.Offset, x.Bytes) })
		if err := errors.Join(j.Write(0), l.Flush()); err != nil {
			return err
		}
	}
	return errors.Join(j.Close(), set.Close())
}

// names reports whether something was told of a file. A file of the journal that is cut off before its first batch is
// none: what is missing then is told of the directory.
func (s *seen) names(path string, cut bool) bool {
	if cut && filepath.Ext(path) == ".journal" {
		path = filepath.Dir(path)
	}
	return slices.ContainsFunc(s.told, func(err error) bool { return strings.Contains(err.Error(), path) })
}

// differs says which answer is another one than it was.
func (s *seen) differs(from *seen) string {
	for what, want := range from.answers {
		if !slices.Equal(s.answers[what], want) {
			return what
		}
	}
	return ""
}

// invents says which records are there that were not there before, but for what an Open adds.
func (s *seen) invents(from *seen) string {
	want := from.answers["all"]
	for what, got := range s.answers {
		if what == "sessions" || what == "verified" || what == "names" {
			continue
		}
		at := 0
		for _, one := range got {
			if strings.Contains(one, added) {
				continue
			}
			for at < len(want) && want[at] != one {
				at++
			}
			if at == len(want) {
				return what
			}
		}
	}
	return ""
}
