package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// form adds one record to dst as it is shown.
type form func(dst []byte, m *fixarchive.Message) []byte

// timeForm has nine digits whatever they are: lines of one width can be compared and sorted as text.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// liner shows a record as one line:
//
//	2026-11-23T00:32:24.001603123Z → 17 D 8=FIX.4.4|9=…|10=048|
//	2026-11-23T00:32:24.001603123Z · event  Received logon request
//
// The arrow points the way the message went. A dot stands before what is no message, and an exclamation mark before
// a gap.
type liner struct {
	named  bool // the session's name follows the time
	unmask bool
	masked []byte // reused
}

func (l *liner) line(dst []byte, m *fixarchive.Message) []byte {
	dst = m.Time.AppendFormat(dst, timeForm)
	dst = append(dst, ' ')
	if l.named {
		dst = appendSafe(dst, []byte(m.Session))
		dst = append(dst, ' ')
	}
	switch m.Kind {
	case fixarchive.Inbound, fixarchive.Outbound:
		dst = l.message(dst, m)
	case fixarchive.Gap:
		dst = append(dst, "! gap    "...)
		dst = append(dst, describeLost(m.Lost)...)
	default:
		dst = fmt.Appendf(dst, "· %-6s ", m.Kind)
		dst = l.other(dst, m)
	}
	return append(dst, '\n')
}

func (l *liner) message(dst []byte, m *fixarchive.Message) []byte {
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
	dst = appendSafe(dst, []byte(m.MsgType))
	dst = append(dst, ' ')
	return appendFields(dst, l.shown(m.Raw))
}

func (l *liner) other(dst []byte, m *fixarchive.Message) []byte {
	switch {
	case m.Kind == fixarchive.Event:
		return appendFields(dst, l.shown(m.Raw)) // an event may quote a message
	case m.Change != nil:
		return append(dst, describeChange(m.Change)...)
	}
	return fmt.Appendf(dst, "of record %d", m.Refers)
}

// shown is raw with its passwords starred, unless they were asked for.
func (l *liner) shown(raw []byte) []byte {
	if l.unmask {
		return raw
	}
	l.masked = fixwire.Mask(l.masked[:0], raw)
	return l.masked
}

func describeLost(l *fixarchive.Lost) string {
	what := fmt.Sprintf("records %d to %d were lost", l.First, l.Last)
	switch {
	case l.Count == 0:
		what = fmt.Sprintf("from record %d on an unknown number was lost", l.First)
	case l.Count == 1:
		what = fmt.Sprintf("record %d was lost", l.First)
	}
	if l.Bytes > 0 {
		what += fmt.Sprintf(", %d bytes", l.Bytes)
	}
	if l.Count != 1 && !l.Since.IsZero() {
		what += fmt.Sprintf(", from %s to %s", l.Since.Format(timeForm), l.Till.Format(timeForm))
	}
	return what + ": " + l.Reason
}

func describeChange(c *fixarchive.Change) string {
	switch c.What {
	case "set sender", "set target":
		return fmt.Sprintf("%s to %d", c.What, c.Value)
	case "opened":
		return fmt.Sprintf("archive opened, generation %d", c.Value)
	case "clock moved":
		return fmt.Sprintf("%s by %v", c.What, time.Duration(c.Value))
	}
	return c.What
}

// rawForm is the message and nothing else.
func rawForm(dst []byte, m *fixarchive.Message) []byte {
	if m.Direction == fixarchive.Both {
		return dst
	}
	return append(dst, m.Raw...)
}
