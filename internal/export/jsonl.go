package export

import (
	"io"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive/internal/plain"
)

// JSON is a record as one JSON object. The bytes of a message or event stand in raw when they are UTF-8, else
// in raw_base64; either way they are exact, unless masked says that secrets were replaced.
type JSON struct {
	Archive    string   `json:"archive,omitempty"` // where there are several
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

	// Of a message that a message store saved, where that was asked for.
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

// AppendJSON adds r as one line of JSON.
func AppendJSON(dst []byte, r *Record) []byte {
	j := r.JSON()
	return plain.AppendJSON(dst, &j)
}

// JSON is r's.
func (r *Record) JSON() JSON {
	j := JSON{
		Session: r.Session, Source: r.Source, Kind: r.Kind.String(), Time: r.Time.Format(TimeForm),
		MsgSeqNum: r.MsgSeqNum, MsgType: r.MsgType, Flags: r.Flags.Names(),
		Sequence: r.Sequence, Epoch: r.Epoch, Generation: r.Generation, Position: r.Position,
		Masked: r.Masked, Refers: r.Refers,
	}
	if r.hasText() {
		j.setRaw(r.Raw)
	}
	if lost := r.Lost; lost != nil {
		j.Lost = &jsonLost{First: lost.First, Last: lost.Last, Count: lost.Count, Bytes: lost.Bytes, Reason: lost.Reason, Extra: lost.Extra}
		if !lost.Since.IsZero() {
			j.Lost.Since, j.Lost.Till = lost.Since.Format(TimeForm), lost.Till.Format(TimeForm)
		}
	}
	if r.Handover != nil {
		j.handedOver(r)
	}
	if c := r.Change; c != nil {
		j.Change = &jsonChange{c.What, c.Value}
	}
	return j
}

func (j *JSON) handedOver(r *Record) {
	j.Saved, j.Void = r.Time.Format(TimeForm), r.Handover.Void
	if at := r.Handover.Sent; !at.IsZero() {
		j.Sent = at.Format(TimeForm)
	}
	for _, at := range r.Handover.Resent {
		j.Resent = append(j.Resent, at.Format(TimeForm))
	}
}

func (r *JSON) setRaw(raw []byte) {
	if utf8.Valid(raw) {
		text := string(raw)
		r.Raw = &text
		return
	}
	r.RawBase64 = raw
}

// jsonWriter writes every record as one line.
type jsonWriter struct {
	w   io.Writer
	buf []byte
}

func (j *jsonWriter) Write(r *Record) error {
	j.buf = AppendJSON(j.buf[:0], r)
	_, err := j.w.Write(j.buf)
	return err
}

func (j *jsonWriter) Close() error { return nil }
