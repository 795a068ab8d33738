package fixwire

import "bytes"

// Verdict says what bytes are.
type Verdict uint8

const (
	Pending  Verdict = iota // the beginning of a message whose end has not come
	Complete                // a message that its BodyLength frames; its CheckSum may still be wrong
	Garbled                 // the beginning of a message, but the framing does not hold
	Noise                   // no message begins in it
)

func (v Verdict) String() string {
	return [...]string{"pending", "complete", "garbled", "noise"}[v]
}

const (
	// BodyLengthMax is the largest BodyLength believed. Beyond it lies a garbled field, and to wait for
	// that many bytes would hold back every message behind it.
	BodyLengthMax = 64 << 20

	// GarbledMax bounds one Garbled piece, and so the search for its end.
	GarbledMax = 1 << 20
)

// Frame says what the first n bytes of b are. The caller takes them off and calls again with the rest.
//
// When b may be the beginning of something that more bytes would decide, Frame returns 0, Pending. With
// atEOF there are no more bytes: n is then positive unless b is empty, and Pending is the message that the
// end cut off. A caller that will not hold more than it has (a BodyLength may announce 64 MiB that never
// come) asks the same by atEOF: a message that lies behind a wrong BodyLength is then found.
//
// Noise may come in several pieces, as its bytes arrive; the other pieces do not depend on how the input
// was cut into calls.
func Frame(b []byte, atEOF bool) (n int, v Verdict) {
	at, s := nextStart(b, 0, len(b), atEOF)
	if s != startSure && !atEOF && at > 0 && isDigit(b[at-1]) {
		at-- // a "8=" that ends here, or comes next, is judged by the byte before it
	}
	switch {
	case at > 0:
		return at, Noise
	case s == startSure:
		return frameStart(b, atEOF)
	case s == startMaybe && atEOF:
		return garbledEnd(b, true, true)
	default:
		return 0, Pending
	}
}

// frameStart decides about a message that begins at b[0].
func frameStart(b []byte, atEOF bool) (int, Verdict) {
	p := parsePrefix(b)
	if p.state != prefixWhole {
		return garbledEnd(b, atEOF, false)
	}
	end, state := trailerAt(b, p.body+p.bodyLength)
	switch {
	case state == trailerWhole:
		if n := swallowed(b[:end], p.body); n > 0 {
			return n, Garbled
		}
		return end, Complete
	case state == trailerBad:
		return garbledEnd(b, atEOF, false)
	case !atEOF:
		return 0, Pending
	default:
		return garbledEnd(b, true, true)
	}
}

// swallowed says whether the framed bytes m are a torn message and others behind it whose length happens to make
// up for what was torn off: then the CheckSum is wrong, and messages that are right reach from somewhere
// inside m exactly to its end. It returns how long the torn part is, or 0.
//
// A message inside a data field does not reach to the end, and never costs the message around it its frame.
func swallowed(m []byte, body int) int {
	trailer, _ := lastTrailer(m)
	if checkSumIs(m[trailer+3:], CheckSum(m[:trailer])) {
		return 0
	}
	for at := body; ; at++ {
		first, s := nextStart(m, at, len(m), true)
		if s == startNone {
			return 0
		}
		for at = first; at < len(m); {
			n := rightMessage(m[at:])
			if n == 0 {
				break
			}
			at += n
		}
		if at == len(m) {
			return first
		}
	}
}

// rightMessage returns the length of the message that b begins with, if its frame holds and its CheckSum is
// right, or 0.
func rightMessage(b []byte) int {
	p := parsePrefix(b)
	if p.state != prefixWhole {
		return 0
	}
	end, state := trailerAt(b, p.body+p.bodyLength)
	if state != trailerWhole {
		return 0
	}
	trailer := p.body + p.bodyLength
	if !checkSumIs(b[trailer+3:end], CheckSum(b[:trailer])) {
		return 0
	}
	return end
}

// garbledEnd finds where the unframed message at b[0] ends: after what looks like its trailer, or before
// the next message. Open says that the message lacks nothing but its end.
func garbledEnd(b []byte, atEOF, open bool) (int, Verdict) {
	limit := len(b)
	if !open {
		limit = min(limit, GarbledMax)
	}
	next, s := nextStart(b, 1, limit, atEOF)
	if end := findTrailer(b[:next]); end > 0 {
		return end, Garbled
	}
	switch {
	case s == startMaybe && !atEOF:
		return 0, Pending
	case s != startNone:
		return next, Garbled
	case !open && limit == GarbledMax:
		return limit, Garbled
	case !atEOF:
		return 0, Pending
	case open:
		return len(b), Pending
	default:
		return len(b), Garbled
	}
}

type start uint8

const (
	startNone  start = iota
	startMaybe       // the bytes end before it is decided
	startSure
)

// nextStart returns the first place in b[from:to] where a message begins, or to.
func nextStart(b []byte, from, to int, atEOF bool) (int, start) {
	for at := from; at < to; at++ {
		i := bytes.IndexByte(b[at:to], '8')
		if i < 0 {
			break
		}
		at += i
		if s := startAt(b, at, atEOF); s != startNone {
			return at, s
		}
	}
	return to, startNone
}

// startAt says whether a message begins at b[at], an '8'.
//
// Behind a digit the "8=" is most likely the end of another tag: 38=, 58=, 1128=. It may still be a
// message that follows a torn one, when version and BodyLength both say so.
func startAt(b []byte, at int, atEOF bool) start {
	if at+1 < len(b) && b[at+1] != '=' {
		return startNone // nearly every '8' ends here
	}
	p := parsePrefix(b[at:])
	torn := at > 0 && isDigit(b[at-1])
	switch p.state {
	case prefixWhole:
		if !torn || p.isFIX {
			return startSure
		}
	case prefixGarbled:
		if !torn && p.isFIX {
			return startSure
		}
	case prefixShort:
		if !atEOF || !torn && p.isFIX {
			return startMaybe
		}
	}
	return startNone
}

func isDigit(c byte) bool { return c-'0' <= 9 }
