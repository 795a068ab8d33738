package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/log/composite"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestUnwrapping(t *testing.T) {
	type list = []any
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"plain", nil, "plain"},
		{"plain", list{list{}}, "plain"},
		{"plain", list{list(nil)}, "plain"},
		{"%v and %v", list{1, 2}, "1 and 2"},
		{"%v and %v", list{list{1, 2}}, "1 and 2"},
		{"%v and %v", list{list{list{1, 2}}}, "1 and 2"},
		{"TO: %v", list{list{7}}, "TO: 7"},
		{"TO: %v", list{list{list{list{7}}}}, "TO: 7"},
		{"plain", list{list{list(nil)}}, "plain"},
		{"%v", list{list{1, 2}}, "[1 2]"}, // its caller's own list
		{"100%% of %d", list{list{3}}, "100% of 3"},
		{"%-5d|%+.2f|%q", list{list{3, 1.5, "x"}}, `3    |+1.50|"x"`},
		{"%*d", list{list{5, 3}}, "    3"},
		{"%[2]d %[1]d", list{1, 2}, "2 1"},
		{"%d", list{"x"}, "%!d(string=x)"},
		{"ends in %", list{list{}}, "ends in %!(NOVERB)"},
	} {
		if got := fmt.Sprintf(c.format, unwrapped(c.format, c.args)...); got != c.want {
			t.Errorf("%q with %v: %q, want %q", c.format, c.args, got, c.want)
		}
	}
}

// TestCompositeLog has the archive's factory inside of quickfixgo's composite, and that inside of another.
func TestCompositeLog(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	inner := composite.NewLogFactory([]quickfix.LogFactory{NewLogFactory(h, nil, nil)})
	log, err := composite.NewLogFactory([]quickfix.LogFactory{inner}).CreateSessionLog(archived)
	if err != nil {
		t.Fatal(err)
	}
	log.OnEventf("MsgSeqNum too high, expecting %v but received %v", 1, 2)
	log.OnEventf("Failed to send: disconnected")
	log.OnEventf("Sent SequenceReset TO: %v", 5)
	h.drain()
	r, _ := h.Recorder(hookLog(archived))
	var got []string
	for _, f := range h.log(r).got {
		got = append(got, string(f.Body))
	}
	want := "MsgSeqNum too high, expecting 1 but received 2\nFailed to send: disconnected\nSent SequenceReset TO: 5"
	if strings.Join(got, "\n") != want {
		t.Errorf("got %q", got)
	}
}

// TestLongEvents: an event may be longer than a buffer, and than a frame.
func TestLongEvents(t *testing.T) {
	h := newHarness(t, 1<<17, nil)
	r := h.open("A")
	for n := 400; n < 20_000; n = n*3/2 + 1 {
		text := strings.Repeat("e", n)
		if !r.Event(text) || !r.Eventf("%s", text) || !r.eventf("p: ", "%s", []any{text}) || !r.event("p: ", text) {
			t.Fatalf("an event of %d bytes was dropped", n)
		}
		h.drain()
		got := h.log(r).got
		for i, want := range []string{text, text, "p: " + text, "p: " + text} {
			if f := got[len(got)-4+i]; f.Kind != record.Event || string(f.Body) != want {
				t.Fatalf("an event of %d bytes came as %d", len(want), len(f.Body))
			}
		}
	}
}
