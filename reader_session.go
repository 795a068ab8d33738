package fixarchive

import (
	"errors"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Session is one log of the archive: a FIX session as one source saw it, or what was captured outside of any.
type Session struct {
	Name   string             // quickfix's spelling, with @source where that is not the engine's own log factory
	ID     quickfix.SessionID // zero outside of any session
	Source string             // "hook": the engine's own log factory; "global", "unidentified", …
	Dir    string             // where its files lie

	Archive string // of a Session that Readers return: which archive has it, as Reader.Name has it

	Inbound, Outbound uint64 // messages
	Events            uint64
	Gaps              uint64 // gap records, of one or more records each
	Bytes             uint64 // on disk
	First, Last       time.Time
	Epochs            []Epoch // in their order
}

// Epoch is one life of a session's MsgSeqNums.
type Epoch struct {
	Number      uint32
	First, Last time.Time // of its records
}

// Sessions lists the archive's sessions by name. A session that cannot be read whole is listed with what is known of
// it, and the error says what is wrong with it.
func (r *Reader) Sessions() ([]Session, error) {
	all, failed, err := r.logsAndDamage()
	if err != nil {
		return nil, err
	}
	var sessions []Session
	for i := range all {
		s, err := r.session(&all[i])
		if errors.Is(err, store.ErrEmpty) {
			continue
		}
		failed = errors.Join(failed, err)
		sessions = append(sessions, s)
	}
	return sessions, failed
}

// Names lists the names of the sessions, which takes less than Sessions.
func (r *Reader) Names() ([]string, error) {
	all, err := r.logs()
	return namesOf(all), err
}

// Session returns the session of a name: the one that is spelled so; else the only one that has it in its name; else
// the only one that has it so whatever the case. The errors are *NoSessionError and *AmbiguousError; with a *CorruptError
// comes what can be said of the session.
func (r *Reader) Session(name string) (Session, error) {
	all, damage, err := r.logsAndDamage()
	if err != nil {
		return Session{}, err
	}
	at, err := r.find(all, name)
	if err != nil {
		return Session{}, err
	}
	s, err := r.session(&at)
	if errors.Is(err, store.ErrEmpty) {
		err = nil
	}
	return s, errors.Join(damage, err)
}

// session sums up a log.
func (r *Reader) session(at *logAt) (Session, error) {
	s := Session{Archive: r.name, Name: at.name, ID: sessionID(at.id.Session), Source: string(at.id.Source), Dir: at.dir}
	l, err := r.open(at)
	if err != nil {
		return s, err
	}
	sum, err := l.store.Summary()
	err = errors.Join(err, l.short())
	s.Inbound, s.Outbound, s.Events, s.Gaps = sum.Inbound, sum.Outbound, sum.Events, sum.Gaps
	s.Bytes = uint64(sum.Bytes)
	s.First, s.Last = wallTime(sum.First), wallTime(sum.Last)
	for _, e := range sum.Epochs {
		s.Epochs = append(s.Epochs, Epoch{Number: uint32(e.Epoch), First: wallTime(e.First), Last: wallTime(e.Last)})
	}
	return s, err
}

// EpochsOn returns the epochs that were alive on a day, given by any time of it in UTC. It reports false when there
// was none. An epoch lives until the next one begins; where the clock was set back, until its own latest record.
func (s *Session) EpochsOn(day time.Time) (e EpochRange, ok bool) {
	from := day.UTC().Truncate(24 * time.Hour)
	till := from.Add(24 * time.Hour)
	for i := range s.Epochs {
		end := s.Epochs[i].Last
		if i+1 < len(s.Epochs) && s.Epochs[i+1].First.After(end) {
			end = s.Epochs[i+1].First
		}
		if s.Epochs[i].First.Before(till) && !end.Before(from) {
			if !ok {
				e.From = s.Epochs[i].Number
			}
			e.Till, ok = s.Epochs[i].Number, true
		}
	}
	return e, ok
}

// sessionID is the identity as quickfix has it.
func sessionID(id record.Identity) quickfix.SessionID {
	return quickfix.SessionID{
		BeginString:  id.BeginString,
		SenderCompID: id.SenderCompID, SenderSubID: id.SenderSubID, SenderLocationID: id.SenderLocationID,
		TargetCompID: id.TargetCompID, TargetSubID: id.TargetSubID, TargetLocationID: id.TargetLocationID,
		Qualifier: id.Qualifier,
	}
}
