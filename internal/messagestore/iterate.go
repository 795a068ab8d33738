package messagestore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// A window is so many numbers at a time. Its messages are held in memory while the callback is at work, so it is smaller
// where they are large.
const (
	windowFirst = 64
	windowMost  = 1024
	windowBytes = 4 << 20
)

// versionsMost is how many messages under one number are looked at: the last one counts, or the one before it if that
// was taken back at once.
const versionsMost = 8

// GetMessages returns the messages in a range of numbers, both ends included.
func (s *Store) GetMessages(beginSeqNum, endSeqNum int) (all [][]byte, err error) {
	err = s.IterateMessages(beginSeqNum, endSeqNum, func(msg []byte) error {
		all = append(all, msg)
		return nil
	})
	return all, err
}

// IterateMessages calls cb with the messages in a range of numbers, both ends included, by number: of each the last that
// was saved since the last reset. cb may keep what it is given, and may use the store.
//
// Where a number has no message that can be read, and the log's files are damaged, that is an error: nobody can tell whether
// it had one.
func (s *Store) IterateMessages(beginSeqNum, endSeqNum int, cb func([]byte) error) error {
	s.mu.Lock()
	life, closed := s.life, s.closed
	s.mu.Unlock()
	if closed {
		return s.failed(ErrClosed)
	}
	from, to, damage, err := s.bounds(life, max(beginSeqNum, 1), endSeqNum)
	if err != nil {
		return s.failed(err)
	}
	for width := record.MsgSeqNum(windowFirst); from <= to; {
		w := window{behind: life, from: from, to: min(to, from+width-1), damage: damage}
		if err := s.read(&w); err != nil {
			return s.failed(err)
		}
		if w.over && width > 1 {
			width /= 2
			continue
		}
		if err := w.each(cb); err != nil {
			return err
		}
		from = w.to + 1
		switch {
		case w.bytes == 0: // no engine leaves out many numbers, but a garbled message may have any
			width *= 2
		case w.bytes < windowBytes/4:
			width = min(2*width, windowMost)
		}
	}
	return nil
}

// bounds makes a range no larger than what there is, or leaves it where records are missing: nobody can tell then.
func (s *Store) bounds(life record.Sequence, begin, end int) (from, to record.MsgSeqNum, damage, err error) {
	if end < begin {
		return 1, 0, nil, nil
	}
	from, to = record.MsgSeqNum(begin), record.MsgSeqNum(end)
	var there store.Range
	there.Min, there.Max = s.recorder.RecentNumbers(life, from, to)
	written, read := s.recorder.Written(), false
	err = s.withFiles(func(r *store.Reader) error {
		read = true
		var corrupt *store.CorruptError
		if err := r.Whole(life+1, written); errors.As(err, &corrupt) {
			damage = err
		} else if err != nil {
			return err
		}
		q := store.Query{Kinds: store.KindsOf(record.Outbound), SequenceFrom: life + 1, MsgSeqNumFrom: from, MsgSeqNumTo: to}
		stored, err := r.Numbers(q)
		if stored.Max != 0 && (there.Max == 0 || stored.Min < there.Min) {
			there.Min = stored.Min
		}
		there.Max = max(there.Max, stored.Max)
		return err
	})
	if !read && err == nil && written > life {
		damage = errors.New("the log's files are gone")
	}
	switch {
	case err != nil || damage != nil:
		return from, to, damage, err
	case there.Max == 0:
		return 1, 0, nil, nil
	}
	return max(from, there.Min), min(to, there.Max), nil, nil
}

// window is a range of numbers and what was saved under them.
type window struct {
	behind   record.Sequence
	from, to record.MsgSeqNum

	of     map[record.MsgSeqNum][]version // by sequence
	bytes  int
	over   bool // there is more than is to be held at once
	damage error
}

type version struct {
	sequence record.Sequence
	raw      []byte
	void     bool
}

// read fills the window. What was saved a moment ago comes first: it is let go of only when the files have it.
func (s *Store) read(w *window) error {
	w.of = map[record.MsgSeqNum][]version{}
	recent := s.recorder.Recent(w.behind, w.from, w.to)
	if err := s.withFiles(w.readFiles); err != nil {
		return err
	}
	for _, m := range recent {
		w.add(m.MsgSeqNum, version{m.Sequence, m.Raw, m.Void})
	}
	return nil
}

func (w *window) readFiles(r *store.Reader) error {
	q := store.Query{
		Kinds: store.KindsOf(record.Outbound, record.Void), SequenceFrom: w.behind + 1,
		MsgSeqNumFrom: w.from, MsgSeqNumTo: w.to,
	}
	for rec, err := range r.Records(q) {
		var corrupt *store.CorruptError
		switch {
		case errors.As(err, &corrupt):
			w.damage = errors.Join(w.damage, err)
		case err != nil:
			return err
		case rec.Kind == record.Void:
			if err := w.void(&rec); err != nil {
				return err
			}
		case rec.Flags&record.Saved != 0 && rec.Sequence > w.behind:
			w.add(rec.MsgSeqNum, version{rec.Sequence, bytes.Clone(rec.Body), false})
		}
		if w.over {
			return nil
		}
	}
	return nil
}

func (w *window) add(n record.MsgSeqNum, v version) {
	of := w.of[n]
	at, found := slices.BinarySearchFunc(of, v.sequence, func(o version, s record.Sequence) int { return int(int64(o.sequence) - int64(s)) })
	if found {
		of[at].void = of[at].void || v.void
		return
	}
	of = slices.Insert(of, at, v)
	w.bytes += len(v.raw)
	if len(of) > versionsMost {
		w.bytes -= len(of[0].raw)
		of = of[1:]
	}
	w.of[n] = of
	w.over = w.over || w.bytes > windowBytes && len(w.of) > 1
}

func (w *window) void(rec *record.Record) error {
	v, err := record.ParseVoided(rec.Body)
	if err != nil {
		return fmt.Errorf("record %d: %w", rec.Sequence, err)
	}
	for i, of := range w.of[rec.MsgSeqNum] {
		if of.sequence == v.Sequence {
			w.of[rec.MsgSeqNum][i].void = true
		}
	}
	return nil
}

// each calls cb with the last message under each number that was not taken back.
func (w *window) each(cb func([]byte) error) error {
	next := w.from
	for _, n := range slices.Sorted(maps.Keys(w.of)) {
		raw, found := w.last(n)
		if !found {
			continue
		}
		if err := w.missing(next, n); err != nil {
			return err
		}
		if err := cb(raw); err != nil {
			return err
		}
		next = n + 1
	}
	return w.missing(next, w.to+1)
}

// missing says that there is no message from one number up to another, where there may have been one.
func (w *window) missing(from, to record.MsgSeqNum) error {
	if w.damage == nil || from == to {
		return nil
	}
	return fmt.Errorf("the message with MsgSeqNum %d: %w", from, w.damage)
}

func (w *window) last(n record.MsgSeqNum) (raw []byte, found bool) {
	for _, v := range slices.Backward(w.of[n]) {
		if !v.void {
			return v.raw, true
		}
	}
	return nil, false
}

// withFiles calls read with a Reader of the log's files as they are now; not at all when there are none yet.
func (s *Store) withFiles(read func(*store.Reader) error) error {
	id := s.recorder.ID()
	away, err := s.o.Away(id)
	if err != nil {
		return err
	}
	if len(away) > 0 {
		r, err := s.o.ReadAway(id, away)
		if err != nil {
			return err
		}
		return read(r)
	}
	r, err := s.borrow(id)
	if errors.Is(err, store.ErrEmpty) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.giveBack(r)
	return read(r)
}

// readersMost is how many Readers are kept for the next time: more than iterate at once in an engine.
const readersMost = 2

func (s *Store) borrow(id record.LogID) (*store.Reader, error) {
	s.mu.Lock()
	n := len(s.idle)
	if n == 0 {
		s.mu.Unlock()
		return s.o.Read(id)
	}
	r := s.idle[n-1]
	s.idle = s.idle[:n-1]
	s.mu.Unlock()
	return r, r.Refresh()
}

func (s *Store) giveBack(r *store.Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) < readersMost && !s.closed {
		s.idle = append(s.idle, r)
	}
}
