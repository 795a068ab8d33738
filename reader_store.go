package fixarchive

import (
	"errors"
	"fmt"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// ErrNoStore says that no engine keeps its messages and numbers in a session's log.
var ErrNoStore = errors.New("no message store")

// SavedStore is what an engine's message store holds, as the archive has it: what was saved since its last reset.
type SavedStore struct {
	Session string
	ID      quickfix.SessionID
	Since   uint64 // the sequence of that reset, behind which the rest lies
	Gaps    int    // gap records behind it: what was lost there may have been a saved message

	r     *Reader
	log   logAt
	state record.State
	voids map[record.Sequence]bool
}

// Store returns the message store of a session, given as Session takes it. The error is ErrNoStore when there is none. Damage
// of the log is an error: nobody can tell whether a message lay there.
func (r *Reader) Store(session string) (*SavedStore, error) {
	all, damage, err := r.logsAndDamage()
	if err = errors.Join(err, damage); err != nil {
		return nil, err
	}
	at, err := r.find(all, session)
	if err != nil {
		return nil, err
	}
	s := &SavedStore{Session: at.name, ID: sessionID(at.id.Session), r: r, log: at, voids: map[record.Sequence]bool{}}
	if err := s.look(); err != nil {
		return nil, err
	}
	return s, nil
}

// look finds where the store stands.
func (s *SavedStore) look() error {
	s.state = record.Begin()
	if s.log.acknowledged != nil {
		s.state = s.log.acknowledged.State
	}
	err := s.each(store.Query{SequenceFrom: s.state.Next}, func(rec *record.Record) error {
		if rec.Sequence >= s.state.Next {
			s.state, _ = s.state.After(rec)
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, store.ErrEmpty):
		return err
	case s.state.Life == 0:
		return fmt.Errorf("%s: %w: no engine keeps its messages in this session's log", s.Session, ErrNoStore)
	}
	s.Since = uint64(s.state.Life)
	return s.each(s.behind(record.Void, record.Gap), s.note)
}

func (s *SavedStore) behind(kinds ...record.Kind) store.Query {
	return store.Query{Kinds: store.KindsOf(kinds...), SequenceFrom: s.state.Life + 1}
}

func (s *SavedStore) note(rec *record.Record) error {
	if rec.Kind == record.Gap {
		s.Gaps++
		return nil
	}
	v, err := record.ParseVoided(rec.Body)
	s.voids[v.Sequence] = true
	return err
}

// each calls f with every record that q asks for, and ends with the first error.
func (s *SavedStore) each(q store.Query, f func(*record.Record) error) error {
	l, err := s.r.open(&s.log)
	if err != nil {
		return err
	}
	for rec, err := range l.store.Records(q) {
		if err == nil {
			err = f(&rec)
		}
		if err != nil {
			return err
		}
	}
	return l.short()
}

// Created is when the store began, or was last reset.
func (s *SavedStore) Created() time.Time { return time.Unix(0, int64(s.state.CreatedAt)).UTC() }

// Next are the numbers of the next message that is sent and of the next that is expected.
func (s *SavedStore) Next() (sender, target int) {
	return int(s.state.NextSender), int(s.state.NextTarget)
}

// Messages calls yield with every message, in the order in which they were saved, and ends with its error. Of several
// under one number the engine has the last; what was taken back it has not, and is left out. msg is valid until yield returns.
func (s *SavedStore) Messages(yield func(seq int, msg []byte) error) error {
	return s.each(s.behind(record.Outbound), func(rec *record.Record) error {
		if rec.Flags&record.Saved == 0 || s.voids[rec.Sequence] {
			return nil
		}
		return yield(int(rec.MsgSeqNum), rec.Body)
	})
}

// Events calls yield with the text of every event of the session since the store began, oldest first, and ends with its error.
// text is valid until yield returns.
func (s *SavedStore) Events(yield func(text []byte) error) error {
	return s.each(s.behind(record.Event), func(rec *record.Record) error { return yield(rec.Body) })
}
