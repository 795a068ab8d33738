package session

import (
	"errors"
	"fmt"
	"time"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/record"
)

// What a message store records is never dropped: the engine is about to use a number, and can be told that it may not.
// So these methods wait for room in the ring, without the lock, and err when there is none in time; then no
// sequence and no number is used.

// ErrFull is why something could not be recorded in time.
var ErrFull = errors.New("the archive has fallen behind: its ring is full")

// Opened is what the log's next record depended on before this process recorded anything.
func (r *Recorder) Opened() record.State { return r.opened }

// Keep has the Recorder remember what a message store saves, for OnOutgoing and for Recent.
func (r *Recorder) Keep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.saves == nil {
		r.saves = &saves{stored: r.stored}
	}
	r.keeps.Store(true)
}

// SyncInbound has the hook of inbound messages call wait with the position of each, before the engine sees it; nil ends that.
func (r *Recorder) SyncInbound(wait func(record.Position)) {
	if wait == nil {
		r.inbound.Store(nil)
		return
	}
	r.inbound.Store(&wait)
}

// receive is the hook of inbound messages.
func (r *Recorder) receive(b []byte) {
	pos, ok := r.Record(record.Inbound, 0, b)
	if wait := r.inbound.Load(); ok && wait != nil {
		(*wait)(pos)
	}
}

// Save records an outbound message that a message store keeps under a number; counted says that its next number goes on
// by one.
func (r *Recorder) Save(number record.MsgSeqNum, counted bool, raw []byte, budget time.Duration) (record.Sequence, record.Position, error) {
	if len(raw) > record.BodyBytesMax-record.NumberSize {
		return 0, 0, fmt.Errorf("a message of %d bytes, the archive takes %d", len(raw), record.BodyBytesMax-record.NumberSize)
	}
	l := letter{kind: record.Outbound, flags: record.Saved, at: r.clock.Now(), length: len(raw), insists: true}
	if counted {
		l.flags |= record.Counted
	}
	n := record.FrameHeaderSize + record.NumberSize + len(raw)
	large := n > r.ring.MaxRecord()
	if large {
		body := make([]byte, record.NumberSize, record.NumberSize+len(raw))
		record.PutNumber(body, number)
		l.large = &fragments{body: append(body, raw...), buf: r.buffers.Get(r.ring.MaxRecord())}
		defer r.buffers.Put(l.large.buf)
	} else {
		buf := r.buffers.Get(n)
		defer r.buffers.Put(buf)
		l.whole = buf.B
		record.PutNumber(l.whole[record.FrameHeaderSize:], number)
		copy(l.whole[record.FrameHeaderSize+record.NumberSize:], raw)
	}
	return r.insist(&l, budget, func(sequence record.Sequence, pos record.Position) {
		r.saves.add(saved{number: number, sequence: sequence, position: pos}, raw)
	})
}

// Void takes back what Save had recorded, and says what the store's next number is as if it had never been.
func (r *Recorder) Void(sequence record.Sequence, number, nextSender record.MsgSeqNum, budget time.Duration) error {
	buf := r.buffers.Get(record.FrameHeaderSize + record.NumberSize)
	defer r.buffers.Put(buf)
	record.PutNumber(buf.B[record.FrameHeaderSize:], number)
	buf.B = record.AppendVoided(buf.B, record.Voided{Sequence: sequence, NextSender: nextSender})
	l := letter{kind: record.Void, at: r.clock.Now(), whole: buf.B, insists: true}
	_, _, err := r.insist(&l, budget, func(record.Sequence, record.Position) { r.saves.void(sequence) })
	return err
}

// Set records a change of a message store's numbers.
func (r *Recorder) Set(c record.Change, budget time.Duration) (record.Sequence, record.Position, error) {
	buf := r.buffers.Get(record.FrameHeaderSize)
	defer r.buffers.Put(buf)
	buf.B = record.AppendChange(buf.B, c)
	l := letter{kind: record.StateChange, at: r.clock.Now(), whole: buf.B, insists: true}
	return r.insist(&l, budget, func(record.Sequence, record.Position) {})
}

// insist puts l in the ring, and calls kept, with the lock, when it has its sequence.
func (r *Recorder) insist(l *letter, budget time.Duration, kept func(record.Sequence, record.Position)) (record.Sequence, record.Position, error) {
	var until time.Time
	r.mu.Lock()
	for n := 0; ; n++ {
		pos, err := r.attempt(l)
		if err == nil {
			sequence := r.next
			r.keep(l.length)
			kept(sequence, record.Position(pos))
			r.leave()
			return sequence, record.Position(pos), nil
		}
		if n == 0 {
			until = time.Now().Add(budget)
		}
		again := err == logbuf.ErrFull || err == errUnregistered || err == errCutOff && !l.begun()
		if !again || !time.Now().Before(until) {
			return 0, 0, r.giveUp(l, err)
		}
		r.mu.Unlock()
		r.wake()
		pause(n)
		r.mu.Lock()
	}
}

// giveUp ends an insist that failed. It is called with the lock, and gives it up. What is in the ring of a large message
// already has used its sequence.
func (r *Recorder) giveUp(l *letter, err error) error {
	if l.begun() {
		r.lose(l, reasonOf(err))
	}
	r.mu.Unlock()
	switch err {
	case errClosed:
		return ErrClosed
	case logbuf.ErrFull, errUnregistered, errCutOff:
		return ErrFull
	}
	return err
}

// hand records that a message which the store has saved goes to the socket: with a mark, for its bytes are in the archive
// already. handed is false where they are not.
func (r *Recorder) hand(at record.Nanos, raw []byte) (pos record.Position, ok, handed bool) {
	r.mu.Lock()
	m := r.saves.hand(raw)
	if m == nil {
		r.mu.Unlock()
		return 0, false, false
	}
	buf := r.buffers.Get(record.FrameHeaderSize + record.NumberSize)
	record.PutNumber(buf.B[record.FrameHeaderSize:], m.number)
	buf.B = record.AppendReference(buf.B, m.sequence)
	pos, ok = r.settle(&letter{kind: record.Mark, at: at, whole: buf.B})
	r.buffers.Put(buf)
	return pos, ok, true
}

// Recent is what a store saved behind a sequence in a range of MsgSeqNums and that its log's files may not have yet.
func (r *Recorder) Recent(behind record.Sequence, from, to record.MsgSeqNum) []Recent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saves.collect(nil, behind, from, to)
}

// Written is a sequence up to which the log's files have everything: ask after Recent.
func (r *Recorder) Written() record.Sequence {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.opened.Next-1, r.saves.gone)
}

// RecentNumbers is the range of their MsgSeqNums; zeros when there are none.
func (r *Recorder) RecentNumbers(behind record.Sequence, from, to record.MsgSeqNum) (least, most record.MsgSeqNum) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saves.numbers(behind, from, to)
}
