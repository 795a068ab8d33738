package main

import (
	"fmt"
	"strconv"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/export"
)

// form adds one record to dst as it is shown.
type form func(dst []byte, m *fixarchive.Message) []byte

// timeForm has nine digits whatever they are: lines of one width can be compared and sorted as text.
const timeForm = export.TimeForm

// liner shows a record as one line:
//
//	2026-11-23T00:32:24.001603123Z → 17 D 8=FIX.4.4|9=…|10=048|
//	2026-11-23T00:32:24.001603123Z · event  Received logon request
//
// The arrow points the way the message went. A dot stands before what is no message, and an exclamation mark before
// a gap.
type liner struct {
	named  bool // the session's name follows the time
	placed bool // the archive's follows it, before the session's
	guard  export.Guard
}

func (l *liner) line(dst []byte, m *fixarchive.Message) []byte {
	dst = l.when(dst, m)
	switch m.Kind {
	case fixarchive.Inbound, fixarchive.Outbound:
		dst = l.message(dst, m)
	case fixarchive.Gap:
		dst = append(dst, "! gap    "...)
		dst = append(dst, export.Describe(m)...)
	case fixarchive.Event:
		dst = append(dst, "· event  "...)
		dst = appendFields(dst, l.shown(m).Raw) // an event may quote a message
	default:
		dst = fmt.Appendf(dst, "· %-6s ", m.Kind)
		dst = append(dst, export.Describe(m)...)
	}
	return append(dst, '\n')
}

func (l *liner) when(dst []byte, m *fixarchive.Message) []byte {
	dst = m.Time.AppendFormat(dst, timeForm)
	dst = append(dst, ' ')
	if l.placed {
		dst = appendSafe(dst, []byte(m.Archive))
		dst = append(dst, ' ')
	}
	if l.named {
		dst = appendSafe(dst, []byte(m.Session))
		dst = append(dst, ' ')
	}
	return dst
}

func (l *liner) message(dst []byte, m *fixarchive.Message) []byte {
	dst = append(l.which(dst, m), ' ')
	return appendFields(dst, l.shown(m).Raw)
}

// which is a message's direction, number and type.
func (l *liner) which(dst []byte, m *fixarchive.Message) []byte {
	arrow := "→ "
	if m.Direction == fixarchive.In {
		arrow = "← "
	}
	dst = append(dst, arrow...)
	if m.MsgSeqNum == 0 {
		dst = append(dst, '-')
	} else {
		dst = strconv.AppendUint(dst, m.MsgSeqNum, 10)
	}
	dst = append(dst, ' ')
	if m.MsgType == "" {
		dst = append(dst, '-')
	}
	return appendSafe(dst, []byte(m.MsgType))
}

// shown is m with its secrets masked, unless they were asked for.
func (l *liner) shown(m *fixarchive.Message) *export.Record {
	r, err := l.guard.Pass(m)
	if err != nil {
		panic(err) // only a guard that is to refuse does
	}
	return &r
}

// json is m as one JSON object in a line.
func (l *liner) json(dst []byte, m *fixarchive.Message) []byte {
	j := l.jsonOf(m)
	return appendJSON(dst, &j)
}

func (l *liner) jsonOf(m *fixarchive.Message) export.JSON {
	j := l.shown(m).JSON()
	if l.placed {
		j.Archive = m.Archive
	}
	return j
}

// rawForm is the message and nothing else.
func rawForm(dst []byte, m *fixarchive.Message) []byte {
	if m.Direction == fixarchive.Both {
		return dst
	}
	return append(dst, m.Raw...)
}
