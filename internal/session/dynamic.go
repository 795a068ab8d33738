package session

import (
	"sync"
	"sync/atomic"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// dynamicLog is the log of a session that a peer made by connecting. Until the peer is let in, its records go to the
// log of the unidentified. Messages there are as they were on the wire, and tell by their CompIDs whom they claim to
// come from; each event begins with the session that it is about.
//
//	OnIncoming  Logon        ─► unidentified, and kept here
//	            refused      ─► the Logout, the events: unidentified. The session ends, its name was never used
//	            let in
//	OnOutgoing  Logon        ─► the session's own log is opened; it begins with the Logon kept, then this one
//	OnLogon, and all the rest ─► the session's own log
//
// So the own log is complete from the first Logon of each connection on, and a crash between the two Logons leaves
// the first among the unidentified. That Logon lies in both.
//
// Opening a log reads the disk, here on the engine's goroutine: once for each name in the life of an archive, when
// its first Logon has been answered and nothing else of the session is on its way.
type dynamicLog struct {
	recorders recorders
	stranger  *Recorder
	id        record.LogID
	prefix    string // of events
	next      quickfix.Log

	own atomic.Pointer[Recorder] // once the peer has been let in

	mu      sync.Mutex
	logon   []byte // the last Logon that came in
	logonAt record.Nanos
}

const (
	prefixBytesMax = 256
	// A longer Logon stays among the unidentified: no engine sends one, and each connection would hold it.
	logonBytesMax = 64 << 10
)

func newDynamicLog(rs recorders, stranger *Recorder, id quickfix.SessionID, next quickfix.Log) *dynamicLog {
	log := hookLog(id)
	prefix := log.Session.String()
	if len(prefix) > prefixBytesMax {
		prefix = prefix[:prefixBytesMax] + "…"
	}
	return &dynamicLog{recorders: rs, stranger: stranger, id: log, prefix: prefix + ": ", next: next}
}

func (l *dynamicLog) OnIncoming(b []byte) {
	if own := l.own.Load(); own != nil {
		own.receive(b)
	} else {
		l.keepLogon(b)
		l.stranger.Record(record.Inbound, 0, b)
	}
	l.next.OnIncoming(b)
}

func (l *dynamicLog) OnOutgoing(b []byte) {
	if own := l.recorder(b); own != nil {
		own.Record(record.Outbound, 0, b)
	} else {
		l.stranger.Record(record.Outbound, 0, b)
	}
	l.next.OnOutgoing(b)
}

func (l *dynamicLog) OnEvent(text string) {
	if own := l.own.Load(); own != nil {
		own.Event(text)
	} else {
		l.stranger.event(l.prefix, text)
	}
	l.next.OnEvent(text)
}

func (l *dynamicLog) OnEventf(format string, args ...any) {
	if own := l.own.Load(); own != nil {
		own.Eventf(format, args...)
	} else {
		l.stranger.eventf(l.prefix, format, args)
	}
	l.next.OnEventf(format, args...)
}

// keepLogon keeps a Logon for the log that it may lead to. It allocates: the engine has just made a session.
func (l *dynamicLog) keepLogon(b []byte) {
	if !isLogon(b) || len(b) > logonBytesMax {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logon, l.logonAt = append(l.logon[:0], b...), l.stranger.clock.Now()
}

// recorder is the session's own Recorder if it has one, or gets it by sending b. When its log cannot be opened it goes
// on among the unidentified, until its next Logon.
func (l *dynamicLog) recorder(b []byte) *Recorder {
	if own := l.own.Load(); own != nil || !isLogon(b) {
		return own
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own, err := l.recorders.Recorder(l.id)
	if err != nil {
		l.stranger.event(l.prefix, "has no log of its own: "+err.Error())
		return nil
	}
	if l.logon != nil {
		own.record(record.Inbound, 0, l.logonAt, l.logon)
		l.logon = nil
	}
	l.own.Store(own)
	return own
}
