package complete

import "fmt"

// Account is what is known of one session.
type Account struct {
	logs  []log
	lives []*life // in the order in which they began
}

// New returns the account of a session of which there are so many logs.
func New(logs int) *Account {
	a := &Account{logs: make([]log, logs)}
	for i := range a.logs {
		a.logs[i].at = i
	}
	return a
}

// Add accounts for a record. Those of one log come in the order of their sequence, those of several in the order of
// their time, as near as clocks allow.
func (a *Account) Add(r *Record) {
	l := &a.logs[r.Log]
	l.follow(r)
	switch r.Kind {
	case Inbound, Outbound:
		a.message(l, r)
	case StateChange:
		l.change(r)
	case Mark:
		l.saved.sends = true
		l.saved.take(r.Refers)
	case Void:
		l.voided.add(Range{r.Refers, r.Refers})
		if e, ok := l.saved.take(r.Refers); ok {
			e.life.ways[1].void(r.Log, &e)
		}
	}
}

// Damaged says that damage was met in a log behind what has been added of it.
func (a *Account) Damaged(log int, what string) { a.logs[log].hurt = what }

func (a *Account) message(l *log, r *Record) {
	var logon uint64
	if r.isLogon() {
		logon = hashBytes(r.Raw)
	}
	life := a.lifeOf(r, logon)
	l.enter(life, r)
	life.note(r, logon)
	w := &life.ways[r.way()]
	w.messages++
	if r.numbered() {
		l.numbered(life, w, r)
	} else {
		w.bare++
	}
	l.heard = len(l.gaps)
}

// numbered tells what was saved from what was sent.
func (l *log) numbered(life *life, w *way, r *Record) {
	if r.Kind == Inbound {
		w.message(r, l, false)
		return
	}
	key := lifeNumber{life, r.MsgSeqNum}
	if r.Saved {
		again := w.message(r, l, false)
		l.saved.put(r.Sequence, save{key, hashBytes(r.Raw), again})
		return
	}
	e, ok := l.saved.sent(key)
	w.unsent.remove(r.MsgSeqNum)
	w.message(r, l, ok && e.hash == hashBytes(r.Raw))
}

// change accounts for what the engine's store was told. It belongs to the life of the log's next message, when that is in
// another epoch.
func (l *log) change(r *Record) {
	at := 0
	switch r.Change.What {
	default:
		return
	case StoreReset:
		l.resetIn, l.sets = r.Epoch, [2]*skip{}
		if l.life != nil && l.epoch == r.Epoch {
			l.life.fromOne = true
		}
		return
	case TargetSet:
	case SenderSet:
		at = 1
	}
	if r.Change.Value < 1 || r.Change.Value > numberMax {
		return
	}
	s := &skip{Range{1, r.Change.Value - 1}, Cause{r.place(), fmt.Sprintf("the engine's store was set to %d", r.Change.Value)}}
	if l.life != nil && l.epoch == r.Epoch {
		l.life.ways[at].set(s)
		return
	}
	l.sets[at] = s
}
