package session

import (
	"bytes"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// recorders is what the hooks need of a Registry.
type recorders interface {
	// Recorder returns the one Recorder of a log; it may be called concurrently, and may read a disk the first time.
	Recorder(record.LogID) (*Recorder, error)
}

// NewLogFactory returns a factory whose logs record what they are told and then pass it on to those of next, which may
// be nil. The engine may ask for a session's log more than once: all of them record to the same Recorder.
//
// known says which sessions are configured; nil means all. A session that is not is a dynamic one, made by a peer
// that has not logged on. It records to the log of the unidentified until the engine answers its Logon with one, which
// is after the application has let it in; from that Logon on it has a log of its own.
func NewLogFactory(rs recorders, next quickfix.LogFactory, known func(quickfix.SessionID) bool) quickfix.LogFactory {
	return &logFactory{recorders: rs, next: next, known: known}
}

type logFactory struct {
	recorders recorders
	next      quickfix.LogFactory
	known     func(quickfix.SessionID) bool
}

// Create returns the log of what the engine says outside of any session.
func (f *logFactory) Create() (quickfix.Log, error) {
	r, err := f.recorders.Recorder(record.LogID{Source: record.Global})
	if err != nil {
		return nil, err
	}
	if f.next == nil {
		return &sessionLog{recorder: r, next: nobody{}}, nil
	}
	next, err := f.next.Create()
	if err != nil {
		return nil, err
	}
	return &sessionLog{recorder: r, next: orNobody(next)}, nil
}

// CreateSessionLog returns a log of the session.
func (f *logFactory) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	dynamic := f.known != nil && !f.known(id)
	log := hookLog(id)
	if dynamic {
		log = record.LogID{Source: record.Unidentified}
	}
	r, err := f.recorders.Recorder(log)
	if err != nil {
		return nil, err
	}
	var next quickfix.Log
	if f.next != nil {
		if next, err = f.next.CreateSessionLog(id); err != nil {
			return nil, err
		}
	}
	if dynamic {
		return newDynamicLog(f.recorders, r, id, orNobody(next)), nil
	}
	return &sessionLog{recorder: r, next: orNobody(next)}, nil
}

func hookLog(id quickfix.SessionID) record.LogID {
	return record.LogID{Session: FromQuickFIX(id), Source: record.Hook}
}

// sessionLog records, then tells the user's own log.
type sessionLog struct {
	recorder *Recorder
	next     quickfix.Log
}

func (l *sessionLog) OnIncoming(b []byte) {
	l.recorder.receive(b)
	l.next.OnIncoming(b)
}

func (l *sessionLog) OnOutgoing(b []byte) {
	l.recorder.Record(record.Outbound, 0, b)
	l.next.OnOutgoing(b)
}

func (l *sessionLog) OnEvent(text string) {
	l.recorder.Event(text)
	l.next.OnEvent(text)
}

func (l *sessionLog) OnEventf(format string, args ...any) {
	l.recorder.Eventf(format, args...)
	l.next.OnEventf(format, args...)
}

// nobody is the user's own log where there is none.
type nobody struct{}

func (nobody) OnIncoming([]byte)       {}
func (nobody) OnOutgoing([]byte)       {}
func (nobody) OnEvent(string)          {}
func (nobody) OnEventf(string, ...any) {}

func orNobody(l quickfix.Log) quickfix.Log {
	if l == nil {
		return nobody{}
	}
	return l
}

// isLogon reads the MsgType where every message that the engine lets through has it: in the third field.
func isLogon(b []byte) bool {
	for range 2 {
		_, rest, found := bytes.Cut(b, []byte{1})
		if !found {
			return false
		}
		b = rest
	}
	return bytes.HasPrefix(b, []byte("35=A\x01"))
}
