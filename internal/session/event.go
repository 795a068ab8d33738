package session

import (
	"fmt"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Event records a line of the engine's event log. When three quarters of the ring are in use it gives way to messages.
func (r *Recorder) Event(text string) bool { return r.event("", text) }

func (r *Recorder) event(prefix, text string) bool {
	n := record.FrameHeaderSize + len(prefix) + len(text)
	if n > r.ring.MaxRecord() {
		_, ok := r.record(record.Event, 0, r.clock.Now(), []byte(prefix+text))
		return ok
	}
	buf := r.buffers.Get(n)
	copy(buf.B[record.FrameHeaderSize+copy(buf.B[record.FrameHeaderSize:], prefix):], text)
	_, ok := r.send(record.Event, 0, r.clock.Now(), buf.B)
	r.buffers.Put(buf)
	return ok
}

// Eventf formats the event before it returns, since its arguments may change afterwards. What was wrapped once
// too often on its way here is unwrapped.
func (r *Recorder) Eventf(format string, args ...any) bool { return r.eventf("", format, args) }

// eventBytes is room for nearly every line that the engine formats.
const eventBytes = 512

func (r *Recorder) eventf(prefix, format string, args []any) bool {
	buf := r.buffers.Get(record.FrameHeaderSize + eventBytes)
	b := append(buf.B[:record.FrameHeaderSize], prefix...)
	b = fmt.Appendf(b, format, unwrapped(format, args)...)
	var ok bool
	if len(b) > r.ring.MaxRecord() {
		_, ok = r.record(record.Event, 0, r.clock.Now(), b[record.FrameHeaderSize:])
	} else {
		_, ok = r.send(record.Event, 0, r.clock.Now(), b)
	}
	r.buffers.Put(buf)
	return ok
}

// unwrapped undoes what quickfixgo's composite log does to the arguments of OnEventf: it passes its own list on as
// one argument, once for each composite. A lone list is taken for that when the format has as many verbs as the list
// has elements; otherwise it is what the caller wants to see printed.
func unwrapped(format string, args []any) []any {
	for len(args) == 1 {
		inner, ok := args[0].([]any)
		if !ok {
			break
		}
		if len(inner) != verbs(format) && !wrapped(inner) {
			break
		}
		args = inner
	}
	return args
}

// wrapped reports whether a list is one more wrapping.
func wrapped(args []any) bool {
	if len(args) != 1 {
		return false
	}
	_, ok := args[0].([]any)
	return ok
}

// verbs is how many arguments a format takes; -1 when it picks them by number.
func verbs(format string) int {
	n := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
	flags:
		for i++; i < len(format); i++ {
			switch c := format[i]; {
			case c == '*':
				n++
			case c == '[':
				return -1
			case c == '%':
				break flags
			case c >= '0' && c <= '9', c == '+', c == '-', c == '#', c == ' ', c == '.':
			default:
				n++
				break flags
			}
		}
	}
	return n
}
