package fixwire

import (
	"bytes"
	"slices"
	"strconv"
)

// MaskText stands for a secret, whatever its length was.
const MaskText = "***"

// Mask is Secrets.Mask with the secrets of DefaultSecrets.
func Mask(dst, raw []byte) []byte { return usual.Mask(dst, raw) }

// Mask appends raw to dst with MaskText for every secret. Raw without one is appended as it is. With dst[:0] of enough
// room nothing is allocated.
//
// What would tell of a secret is changed with it: the length before a data field, BodyLength, and CheckSum. So a message
// that was whole is whole again, and one whose CheckSum was wrong has a wrong one, by as much. Where the frame does
// not hold, MaskText stands for the CheckSum too.
//
// Raw may be any bytes, a message inside a line of text or a part of one: a field is a secret wherever a
// SOH (or the beginning) goes before its tag.
func (s *Secrets) Mask(dst, raw []byte) []byte {
	m := masker{secrets: s, raw: raw, dst: dst}
	for c := NewCursor(raw); c.Next(); {
		m.field(&c)
	}
	return append(m.dst, raw[m.copied:]...)
}

// masker copies raw to dst, as far as it is sure what stands there.
type masker struct {
	secrets *Secrets
	raw     []byte
	dst     []byte
	copied  int // so much of raw is in dst, or replaced there

	msgType []byte  // empty: not known
	spilled bool    // the secret before may go on behind its SOH
	before  place   // the field before
	length  place   // of the value before, when that is the length of a data field
	frame   framing // of the message at hand
}

// place is a part of raw.
type place struct {
	from, to int
	tag      int
}

// framing is what has to be put right at the end of a message.
type framing struct {
	changed     bool                              // something was masked
	start, body int                               // in raw: the 8=, and what follows BodyLength
	end         int                               // in raw: the 10= that BodyLength leads to; 0: it leads to none
	out         struct{ start, digits, body int } // in dst; digits is the value of BodyLength
}

func (m *masker) field(c *Cursor) {
	switch {
	case c.Tag == 0 && m.spilled:
		m.copied = c.Start + len(c.Value)
		return
	case c.Tag == 8:
		m.msgType = nil
	case c.Tag == 9 && c.Start >= m.frame.end:
		m.begin(c)
	case c.Tag == 10 && c.Start >= m.frame.end:
		m.end(c)
	case c.Tag == 35:
		m.msgType = c.Value
	}
	m.spilled = false
	if m.secrets.Holds(c.Tag, m.msgType) {
		m.hide(c)
	}
	m.before = place{c.Start, c.End, c.Tag}
	m.length = place{}
	if data := dataTag(c.Tag); data != 0 {
		m.length = place{c.valueAt, c.valueAt + len(c.Value), data}
	}
}

// hide puts MaskText in the place of the field's value.
func (m *masker) hide(c *Cursor) {
	if m.length.tag == c.Tag && m.length.from >= m.copied { // else it is masked itself
		m.copyTo(m.length.from)
		m.dst = strconv.AppendInt(m.dst, int64(len(MaskText)), 10)
		m.copied = m.length.to
	}
	m.copyTo(c.valueAt)
	m.dst = append(m.dst, MaskText...)
	m.copied = c.valueAt + len(c.Value)
	m.frame.changed = true
	if hasLength(c.Tag) {
		m.spill(c)
	}
}

// spill is about where the secret of a data field ends. Nobody knows that its length is right: bytes without a tag behind
// it are taken to belong to it, and if raw itself is cut off before the length is reached, everything is.
func (m *masker) spill(c *Cursor) {
	m.spilled = true
	if c.dataShort {
		if _, whole := lastTrailer(m.raw); !whole {
			m.copied, c.End = len(m.raw), len(m.raw)
		}
	}
}

func (m *masker) copyTo(at int) {
	m.dst = append(m.dst, m.raw[m.copied:at]...)
	m.copied = at
}

// begin remembers where a message begins, when one does: with 8=, behind text or not.
func (m *masker) begin(c *Cursor) {
	m.frame = framing{}
	at := m.before.from
	if m.before.tag == 0 {
		i := bytes.LastIndex(m.raw[m.before.from:m.before.to], []byte("8="))
		if i < 0 {
			return
		}
		at += i
	} else if m.before.tag != 8 {
		return
	}
	n, ok := parseUint(c.Value)
	if !ok || n > BodyLengthMax || at < m.copied {
		return
	}
	if _, state := trailerAt(m.raw, c.End+int(n)); state != trailerWhole {
		return
	}
	m.copyTo(c.End)
	m.frame = framing{start: at, body: c.End, end: c.End + int(n)}
	body := len(m.dst)
	m.frame.out.start, m.frame.out.digits, m.frame.out.body = body-(c.End-at), body-(c.End-c.valueAt), body
}

// end makes BodyLength and CheckSum fit what is shown.
func (m *masker) end(c *Cursor) {
	f := m.frame
	m.frame = framing{}
	if !f.changed {
		return
	}
	m.copyTo(c.Start)
	sum, ok := parseUint(c.Value)
	if f.end != c.Start || !ok || sum > 255 {
		m.copyTo(c.valueAt)
		m.dst = append(m.dst, MaskText...)
	} else {
		wrongBy := byte(sum) - CheckSum(m.raw[f.start:c.Start])
		m.setBodyLength(&f)
		sum := CheckSum(m.dst[f.out.start:]) + wrongBy
		m.copyTo(c.valueAt)
		m.dst = appendDigits(m.dst, int(sum), len(c.Value))
	}
	m.copied = c.valueAt + len(c.Value)
}

// setBodyLength makes the BodyLength that of the body in dst, which ends there. It keeps to the number of digits where
// that has leading zeros.
func (m *masker) setBodyLength(f *framing) {
	var room [digitsMax]byte
	n, width := len(m.dst)-f.out.body, 0
	if m.dst[f.out.digits] == '0' {
		width = f.out.body - 1 - f.out.digits
	}
	m.dst = slices.Replace(m.dst, f.out.digits, f.out.body-1, appendDigits(room[:0], n, width)...)
}

func appendDigits(dst []byte, n, width int) []byte {
	var room [20]byte
	digits := strconv.AppendInt(room[:0], int64(n), 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
