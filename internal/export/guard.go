package export

import (
	"bytes"
	"fmt"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// Guard stands before every Writer, so that no format can forget to mask. Its zero value masks the usual secrets.
type Guard struct {
	Secrets *fixwire.Secrets // nil: fixwire.DefaultSecrets
	Refuse  bool             // a secret is an error: the bytes are to be exact
	Open    bool             // everything is shown

	buf, extra []byte
}

// Pass returns m as it may be shown. It is valid until the next call. The error is a *SecretError.
func (g *Guard) Pass(m *fixarchive.Message) (Record, error) {
	r := Record{Message: *m}
	if g.Open {
		return r, nil
	}
	if r.hasText() {
		g.buf = g.Secrets.Mask(g.buf[:0], m.Raw)
		if r.Masked = !bytes.Equal(g.buf, m.Raw); r.Masked {
			r.Raw = g.buf
		}
	}
	if m.Lost != nil && len(m.Lost.Extra) > 0 { // the beginning of a message
		g.extra = g.Secrets.Mask(g.extra[:0], m.Lost.Extra)
		if !bytes.Equal(g.extra, m.Lost.Extra) {
			lost := *m.Lost
			lost.Extra = g.extra
			r.Lost, r.Masked = &lost, true
		}
	}
	if r.Masked && g.Refuse {
		return r, &SecretError{Session: m.Session, Sequence: m.Sequence, MsgSeqNum: m.MsgSeqNum, MsgType: m.MsgType, Tag: g.firstSecret(m.Raw)}
	}
	return r, nil
}

// firstSecret is the tag that an error names; 0 where only all of it together is one.
func (g *Guard) firstSecret(raw []byte) int {
	var msgType []byte
	for tag, value := range fixwire.Fields(raw) {
		switch tag {
		case 8:
			msgType = nil
		case 35:
			msgType = value
		}
		if g.Secrets.Holds(tag, msgType) {
			return tag
		}
	}
	return 0
}

// SecretError says which is the first message that holds a secret where bytes are to be exact.
type SecretError struct {
	Session   string
	Sequence  uint64
	MsgSeqNum uint64
	MsgType   string
	Tag       int
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("record %d of %s, MsgSeqNum %d, MsgType %q, holds a secret in tag %d", e.Sequence, e.Session, e.MsgSeqNum, e.MsgType, e.Tag)
}
