package fixarchive

import (
	"errors"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Handover is what became of a message that a message store saved.
type Handover struct {
	Sent   time.Time   // when it was handed to the socket as it was saved; zero if it was not
	Resent []time.Time // when a message with its MsgSeqNum was, with other bytes: a resend
	Void   bool        // it was taken back: the engine was told that it had failed
}

// pending reports whether nothing of the kind has happened.
func (h *Handover) pending() bool { return h.Sent.IsZero() && len(h.Resent) == 0 && !h.Void }

// handover looks for what became of a saved message behind it, up to a later one that was saved under its number.
func (l *openLog) handover(m *Message) (*Handover, error) {
	h := &Handover{}
	q := store.Query{
		Kinds:         store.KindsOf(record.Outbound, record.Mark, record.Void),
		MsgSeqNumFrom: record.MsgSeqNum(m.MsgSeqNum), MsgSeqNumTo: record.MsgSeqNum(m.MsgSeqNum),
		SequenceFrom: record.Sequence(m.Sequence) + 1,
	}
	for rec, err := range l.store.Records(q) {
		switch {
		case err != nil:
			if errors.As(err, new(*store.CorruptError)) {
				continue // told where the messages are read
			}
			return nil, err
		case rec.Kind != record.Outbound:
			h.note(m, &rec)
		case rec.Flags&record.Saved != 0:
			return h, nil
		default:
			h.Resent = append(h.Resent, wallTime(rec.Time))
		}
	}
	return h, nil
}

// note takes in a mark or a void, if it is m's.
func (h *Handover) note(m *Message, rec *record.Record) {
	if rec.Kind == record.Void {
		v, err := record.ParseVoided(rec.Body)
		h.Void = h.Void || err == nil && uint64(v.Sequence) == m.Sequence
		return
	}
	if of, err := record.ParseReference(rec.Body); err == nil && uint64(of) == m.Sequence {
		h.Sent = wallTime(rec.Time)
	}
}

// saves are the sequences of saved messages.
type saves map[record.Sequence]record.MsgSeqNum

// pending finds the saved messages of a log that were never handed over, in one pass.
func (l *openLog) pending() (saves, error) {
	left, under := saves{}, map[record.MsgSeqNum]record.Sequence{}
	q := store.Query{Kinds: store.KindsOf(record.Outbound, record.Mark, record.Void)}
	for rec, err := range l.store.Records(q) {
		switch {
		case err != nil:
			if errors.As(err, new(*store.CorruptError)) {
				continue
			}
			return nil, err
		case rec.Kind == record.Outbound && rec.Flags&record.Saved != 0:
			left[rec.Sequence], under[rec.MsgSeqNum] = rec.MsgSeqNum, rec.Sequence
		case rec.Kind == record.Outbound:
			delete(left, under[rec.MsgSeqNum])
		default:
			m, h := Message{Sequence: uint64(under[rec.MsgSeqNum])}, Handover{}
			if h.note(&m, &rec); !h.pending() {
				delete(left, under[rec.MsgSeqNum])
				delete(under, rec.MsgSeqNum)
			}
		}
	}
	return left, nil
}

// handedOver is m with what became of it, or the zero Message when it was handed over and only the rest is wanted.
func (l *openLog) handedOver(m Message) (Message, error) {
	if m.Kind != Outbound || m.Flags&Saved == 0 {
		if l.filter.pending {
			m = Message{}
		}
		return m, nil
	}
	if l.filter.pending {
		if l.left == nil {
			left, err := l.pending()
			if err != nil {
				return Message{}, ours(err)
			}
			l.left = left
		}
		if _, pending := l.left[record.Sequence(m.Sequence)]; !pending {
			return Message{}, nil
		}
	}
	if !l.filter.handovers {
		return m, nil
	}
	h, err := l.handover(&m)
	m.Handover = h
	return m, ours(err)
}
