package complete

import "time"

// life is one life of the session's MsgSeqNums, from a reset to the next, as all logs together saw it.
type life struct {
	fromOne  bool // both directions began at 1
	fresh    bool // nothing but Logons so far
	from, to time.Time
	ways     [2]way
	logons   map[uint64]struct{} // hashes of the first of them
	parts    []part              // by log
}

// part is what one log has of a life.
type part struct {
	from, to uint32  // epochs; 0 where the log has nothing of it
	runs     []Range // sequences of the messages
}

// logonsMax is how many Logons of a life are known again in another log. Two logs that both saw it begin have the first
// in common, and one that began later finds its place by time.
const logonsMax = 256

func newLife(logs int) *life {
	l := &life{fresh: true, logons: map[uint64]struct{}{}, parts: make([]part, logs)}
	for i := range l.ways {
		l.ways[i].tracks = make([]track, logs)
		for k := range l.ways[i].tracks {
			l.ways[i].tracks[k].end = -1
		}
	}
	return l
}

// lifeOf says which life a message belongs to. Within its log that is said by epochs. Over several logs:
//
//   - a Logon that another log has in a life leads there, for both have seen the same one;
//   - a life that holds nothing but Logons is joined by a log that begins one: one reset is told by all of them;
//   - a log that begins without a reset, or is logged on to again after others have begun a life, goes on in the latest.
func (a *Account) lifeOf(r *Record, logon uint64) *life {
	l := &a.logs[r.Log]
	switch {
	case l.life == nil && len(a.lives) == 0:
		return a.begin()
	case l.life == nil || l.epoch != r.Epoch:
		return a.next(l, r, logon)
	case r.isLogon() && len(a.logs) > 1 && l.life != a.latest():
		return a.follow(l, logon)
	}
	return l.life
}

func (a *Account) begin() *life {
	a.lives = append(a.lives, newLife(len(a.logs)))
	return a.latest()
}

func (a *Account) latest() *life { return a.lives[len(a.lives)-1] }

// next is the life of a log's first message in an epoch.
func (a *Account) next(l *log, r *Record, logon uint64) *life {
	if known := a.known(l, logon); known != nil {
		return known
	}
	latest := a.latest()
	begins := l.life != nil || r.Reset || r.MsgSeqNum == 1 && !r.PossDup
	if latest.parts[l.at].from == 0 && (latest.fresh || !begins) {
		return latest
	}
	return a.begin()
}

// follow is the life of a Logon in a log that has missed how the latest life began, or has yet to see it.
func (a *Account) follow(l *log, logon uint64) *life {
	if _, has := l.life.logons[logon]; has {
		return l.life
	}
	if known := a.known(l, logon); known != nil {
		return known
	}
	return a.latest()
}

// known is the latest life with that Logon that the log has no part of yet. Nobody goes back to one before its own.
func (a *Account) known(l *log, logon uint64) *life {
	if logon == 0 || len(a.logs) == 1 {
		return nil
	}
	for i := len(a.lives) - 1; i >= 0 && a.lives[i] != l.life; i-- {
		_, has := a.lives[i].logons[logon]
		if has && a.lives[i].parts[l.at].from == 0 {
			return a.lives[i]
		}
	}
	return nil
}

// enter makes a life the one that a log's messages belong to, and gives it what was told before its first message.
func (l *log) enter(to *life, r *Record) {
	if from := l.life; from != nil && from != to {
		for i := range from.ways {
			from.ways[i].tracks[l.at].end = len(l.gaps)
		}
	}
	moved := l.life != to
	l.life, l.epoch = to, r.Epoch
	p := &to.parts[l.at]
	if p.from == 0 {
		p.from = r.Epoch
	}
	p.to = r.Epoch
	to.fromOne = to.fromOne || l.resetIn == r.Epoch
	l.resetIn = 0
	if moved || len(p.runs) == 0 {
		p.runs = append(p.runs, Range{r.Sequence, r.Sequence})
		for i := range to.ways {
			to.ways[i].tracks[l.at].heard = l.heard
		}
	}
	p.runs[len(p.runs)-1].To = r.Sequence
	for i, s := range l.sets {
		if s != nil {
			to.ways[i].set(s)
		}
	}
	l.sets = [2]*skip{}
}

// note keeps what the message says of the life.
func (f *life) note(r *Record, logon uint64) {
	if f.from.IsZero() || r.Time.Before(f.from) {
		f.from = r.Time
	}
	if r.Time.After(f.to) {
		f.to = r.Time
	}
	if !r.isLogon() {
		f.fresh = false
		return
	}
	f.fromOne = f.fromOne || r.Reset && r.MsgSeqNum == 1
	if len(f.logons) < logonsMax {
		f.logons[logon] = struct{}{}
	}
}

// holds reports whether the message of a log is the life's.
func (f *life) holds(log int, sequence uint64) bool {
	for _, run := range f.parts[log].runs {
		if sequence >= run.From && sequence <= run.To {
			return true
		}
	}
	return false
}
