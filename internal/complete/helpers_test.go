package complete

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// history builds the records of a session from a text, one record a line:
//
//	in D 4 11=x|         a message; 43=Y, 141=Y and 123=Y in it mean what they mean
//	out D 5 garbled      one whose frame does not hold
//	save D 5 11=x|       one that the message store puts
//	mark 7, void 7       of record 7
//	gap 3 ring full      three records lost; gap ? for an unknown number
//	skip 4               four sequences that nothing accounts for
//	damage bad           damage met there
//	set sender 7, set target 7, reset
//	log 1                what follows is of another log
//	epoch 2              what follows is of that epoch
type history struct {
	t       testing.TB
	a       *Account
	records []Record
	log     int
	next    []uint64
	epoch   []uint32
	second  int
}

func tell(t testing.TB, logs int, text string) *history {
	t.Helper()
	h := &history{t: t, a: New(logs), next: make([]uint64, logs), epoch: make([]uint32, logs)}
	for i := range logs {
		h.next[i], h.epoch[i] = 1, 1
	}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			h.line(words)
		}
	}
	h.compare()
	return h
}

func (h *history) line(words []string) {
	h.t.Helper()
	r := Record{Sequence: h.next[h.log], Log: h.log, Epoch: h.epoch[h.log]}
	number := func(at int) uint64 {
		n, err := strconv.ParseUint(words[at], 10, 64)
		if err != nil {
			h.t.Fatalf("%q: %v", words, err)
		}
		return n
	}
	switch words[0] {
	case "in", "out", "save":
		h.message(&r, words, number(2))
	case "mark", "void":
		r.Kind, r.Refers = Mark, number(1)
		if words[0] == "void" {
			r.Kind = Void
		}
	case "gap":
		r.Kind, r.Lost = Gap, Lost{Last: r.Sequence + 99, Reason: strings.Join(words[2:], " ")}
		if words[1] != "?" {
			r.Lost.Count = number(1)
			r.Lost.Last = r.Sequence + r.Lost.Count - 1
		}
	case "skip":
		h.next[h.log] += number(1)
		return
	case "damage":
		h.a.Damaged(h.log, strings.Join(words[1:], " "))
		return
	case "set":
		r.Kind, r.Change = StateChange, Change{SenderSet, number(2)}
		if words[1] == "target" {
			r.Change.What = TargetSet
		}
	case "reset":
		r.Kind, r.Change = StateChange, Change{What: StoreReset}
	case "event":
		r.Kind = 3
	case "log":
		h.log = int(number(1))
		return
	case "epoch":
		h.epoch[h.log] = uint32(number(1))
		return
	default:
		h.t.Fatalf("%q", words)
	}
	h.add(r)
}

func (h *history) message(r *Record, words []string, n uint64) {
	r.Kind = Outbound
	if words[0] == "in" {
		r.Kind = Inbound
	}
	fields := ""
	if len(words) > 3 {
		fields = words[3]
	}
	r.Garbled, r.Saved = fields == "garbled", words[0] == "save"
	r.MsgSeqNum, r.MsgType = n, words[1]
	r.PossDup, r.Reset = strings.Contains(fields, "43=Y|"), strings.Contains(fields, "141=Y|")
	r.Raw = framed(fmt.Sprintf("35=%s|34=%d|%s", r.MsgType, n, fields))
}

func framed(body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	raw := fmt.Appendf(nil, "8=FIX.4.4\x019=%d\x01%s", len(body), body)
	return fmt.Appendf(raw, "10=%03d\x01", fixwire.CheckSum(raw))
}

func (h *history) add(r Record) {
	h.second++
	r.Time = time.Unix(int64(h.second), 0)
	h.next[r.Log] = r.last() + 1
	h.records = append(h.records, r)
	h.a.Add(&r)
}

// compare does what a reader of the logs does.
func (h *history) compare() {
	for p := range h.a.Compare() {
		for log := range h.next {
			of := p.Epochs(log)
			for i := range h.records {
				r := &h.records[i]
				if r.Log == log && r.Epoch >= of.From && r.Epoch <= of.To && r.MsgSeqNum >= p.From && r.MsgSeqNum <= p.To {
					p.Again(r)
				}
			}
		}
	}
}

// findings spells the report: what, where, and what explains it.
func (h *history) findings() (all []string) {
	r := h.a.Report()
	for i := range r.Logs {
		for _, f := range r.Logs[i].Findings {
			all = append(all, fmt.Sprintf("log %d %s", i, spell(&f)))
		}
	}
	for i := range r.Lives {
		prefix := ""
		if len(r.Lives) > 1 {
			prefix = fmt.Sprintf("%d ", i+1)
		}
		for _, f := range r.Lives[i].In.Findings {
			all = append(all, prefix+"in "+spell(&f))
		}
		for _, f := range r.Lives[i].Out.Findings {
			all = append(all, prefix+"out "+spell(&f))
		}
	}
	return all
}

func spell(f *Finding) string {
	text := fmt.Sprintf("%d-%d %s", f.From, f.To, f.What)
	if f.From == f.To {
		text = fmt.Sprintf("%d %s", f.From, f.What)
	}
	if f.What == LackedBy {
		text += fmt.Sprintf(" by %d", f.Log)
	}
	if f.Cause != nil {
		text += fmt.Sprintf(" (%d: %s)", f.Cause.Sequence, f.Cause.Text)
	}
	return text
}
