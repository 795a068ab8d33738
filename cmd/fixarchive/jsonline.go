package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive"
)

// jsonRecord is a record as one JSON object. The bytes of a message or event stand in raw when they are UTF-8, else
// in raw_base64; either way they are exact, unless masked says that passwords were starred.
type jsonRecord struct {
	Session    string   `json:"session"`
	Source     string   `json:"source"`
	Kind       string   `json:"kind"`
	Time       string   `json:"time"`
	MsgSeqNum  uint64   `json:"msg_seq_num,omitempty"`
	MsgType    string   `json:"msg_type,omitempty"`
	Flags      []string `json:"flags,omitempty"`
	Sequence   uint64   `json:"sequence"`
	Epoch      uint32   `json:"epoch"`
	Generation uint32   `json:"generation"`
	Position   uint64   `json:"position"`
	Masked     bool     `json:"masked,omitempty"`
	Raw        *string  `json:"raw,omitempty"`
	RawBase64  []byte   `json:"raw_base64,omitempty"`

	Lost   *jsonLost   `json:"lost,omitempty"`
	Change *jsonChange `json:"change,omitempty"`
	Refers uint64      `json:"refers,omitempty"`

	// Of a message that a message store saved, where MsgSeqNums are asked for.
	Saved  string   `json:"saved,omitempty"`
	Sent   string   `json:"sent,omitempty"`
	Resent []string `json:"resent,omitempty"`
	Void   bool     `json:"void,omitempty"`
}

type jsonLost struct {
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Count  uint64 `json:"count"` // 0: not known
	Bytes  uint64 `json:"bytes"`
	Since  string `json:"since,omitempty"`
	Till   string `json:"till,omitempty"`
	Reason string `json:"reason"`
	Extra  []byte `json:"extra_base64,omitempty"`
}

type jsonChange struct {
	What  string `json:"what"`
	Value int64  `json:"value"`
}

func (l *liner) json(dst []byte, m *fixarchive.Message) []byte {
	r := jsonRecord{
		Session: m.Session, Source: m.Source, Kind: m.Kind.String(), Time: m.Time.Format(timeForm),
		MsgSeqNum: m.MsgSeqNum, MsgType: m.MsgType, Flags: m.Flags.Names(),
		Sequence: m.Sequence, Epoch: m.Epoch, Generation: m.Generation, Position: m.Position,
		Refers: m.Refers,
	}
	if m.Direction != fixarchive.Both || m.Kind == fixarchive.Event {
		raw := l.shown(m.Raw)
		r.Masked = !bytes.Equal(raw, m.Raw)
		r.setRaw(raw)
	}
	if lost := m.Lost; lost != nil {
		r.Lost = &jsonLost{First: lost.First, Last: lost.Last, Count: lost.Count, Bytes: lost.Bytes, Reason: lost.Reason, Extra: l.shown(lost.Extra)}
		if !lost.Since.IsZero() {
			r.Lost.Since, r.Lost.Till = lost.Since.Format(timeForm), lost.Till.Format(timeForm)
		}
	}
	if h := m.Handover; h != nil {
		r.handedOver(m, h)
	}
	if c := m.Change; c != nil {
		r.Change = &jsonChange{c.What, c.Value}
	}
	return appendJSON(dst, &r)
}

func (r *jsonRecord) handedOver(m *fixarchive.Message, h *fixarchive.Handover) {
	r.Saved, r.Void = m.Time.Format(timeForm), h.Void
	if !h.Sent.IsZero() {
		r.Sent = h.Sent.Format(timeForm)
	}
	for _, at := range h.Resent {
		r.Resent = append(r.Resent, at.Format(timeForm))
	}
}

func (r *jsonRecord) setRaw(raw []byte) {
	if utf8.Valid(raw) {
		text := string(raw)
		r.Raw = &text
		return
	}
	r.RawBase64 = raw
}

// appendJSON adds v and a newline. Characters that a terminal might obey are escaped too: all of them stand in
// strings, where JSON lets any character be written so.
func appendJSON(dst []byte, v any) []byte {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("fixarchive: %T cannot be JSON: %v", v, err)) // structs of ours, all of plain fields
	}
	for _, r := range text.String() {
		switch {
		case r < 0x7f || shows(r):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			r -= 0x10000
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return dst
}
