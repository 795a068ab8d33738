package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/export"
)

func fix(text string) []byte { return []byte(strings.ReplaceAll(text, "|", "\x01")) }

func outbound(raw []byte) fixarchive.Message {
	return fixarchive.Message{
		Session: "FIX.4.4:A->B", Source: "hook", Kind: fixarchive.Outbound, Direction: fixarchive.Out,
		Time: time.Date(2026, 11, 23, 0, 32, 24, 1603123, time.UTC), MsgSeqNum: 17, MsgType: "D",
		Sequence: 41, Epoch: 2, Generation: 1, Position: 4096, Raw: raw,
	}
}

func TestLines(t *testing.T) {
	order := outbound(fix("8=FIX.4.4|9=5|35=D|10=048|"))
	reply := order
	reply.Kind, reply.Direction, reply.MsgType = fixarchive.Inbound, fixarchive.In, "8"
	garbled := order
	garbled.MsgSeqNum, garbled.MsgType, garbled.Raw = 0, "", []byte("8=FIX")
	event := fixarchive.Message{Kind: fixarchive.Event, Raw: []byte("Received logon request")}
	change := fixarchive.Message{Kind: fixarchive.StateChange, Change: &fixarchive.Change{What: "set sender", Value: 9}}
	mark := fixarchive.Message{Kind: fixarchive.Mark, Refers: 7}
	gap := fixarchive.Message{Kind: fixarchive.Gap, Lost: &fixarchive.Lost{First: 3, Last: 9, Count: 7, Bytes: 700, Reason: "ring full"}}
	const zero = "0001-01-01T00:00:00.000000000Z"
	for _, c := range []struct {
		m    fixarchive.Message
		want string
	}{
		{order, "2026-11-23T00:32:24.001603123Z → 17 D 8=FIX.4.4|9=5|35=D|10=048|"},
		{reply, "2026-11-23T00:32:24.001603123Z ← 17 8 8=FIX.4.4|9=5|35=D|10=048|"},
		{garbled, "2026-11-23T00:32:24.001603123Z → - - 8=FIX"},
		{event, zero + " · event  Received logon request"},
		{change, zero + " · state  set sender to 9"},
		{mark, zero + " · mark   of record 7"},
		{gap, zero + " ! gap    records 3 to 9 were lost, 700 bytes: ring full"},
	} {
		l := liner{}
		if got := string(l.line(nil, &c.m)); got != c.want+"\n" {
			t.Errorf("got  %swant %s", got, c.want)
		}
	}
	l := liner{named: true}
	if got := string(l.line(nil, &order)); !strings.HasPrefix(got, "2026-11-23T00:32:24.001603123Z FIX.4.4:A->B → 17 D ") {
		t.Errorf("with names: %s", got)
	}
}

const logon = "8=FIX.4.4|9=99|35=A|34=1|554=hunter2|925=hunter3|95=7|96=hunter4|10=000|"

// A password shows nowhere, in messages as in events that quote one, unless it was asked for; raw is exact.
func TestPasswordsAreMasked(t *testing.T) {
	m := outbound(fix(logon))
	event := fixarchive.Message{Kind: fixarchive.Event, Raw: append([]byte("Sending "), fix(logon)...)}
	for name, show := range map[string]func(l *liner) form{
		"line": func(l *liner) form { return l.line }, "json": func(l *liner) form { return l.json },
	} {
		for _, r := range []fixarchive.Message{m, event} {
			if got := string(show(&liner{})(nil, &r)); strings.Contains(got, "hunter") || !strings.Contains(got, "554=***") {
				t.Errorf("%s, %v: %s", name, r.Kind, got)
			}
			if got := string(show(&liner{guard: export.Guard{Open: true}})(nil, &r)); strings.Count(got, "hunter") != 3 {
				t.Errorf("%s, %v, unmasked: %s", name, r.Kind, got)
			}
		}
	}
	if got := rawForm(nil, &m); !bytes.Equal(got, m.Raw) {
		t.Errorf("raw: %q", got)
	}
}

func TestJSONIsExact(t *testing.T) {
	for _, raw := range []string{
		"8=FIX.4.4\x019=5\x0135=D\x0110=048\x01", "", "58=<&>\u2028\u202e\U000e0001\x7f\"\\\x00é\x01", "58=caf\xe9\x01", "\xff\xfe", "58=\u009b2J\x01",
	} {
		m := outbound([]byte(raw))
		line := (&liner{}).json(nil, &m)
		var got struct {
			Raw       *string `json:"raw"`
			RawBase64 []byte  `json:"raw_base64"`
			Masked    bool
			MsgSeqNum uint64 `json:"msg_seq_num"`
			MsgType   string `json:"msg_type"`
			Time      string
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%q: %v: %s", raw, err, line)
		}
		back := string(got.RawBase64)
		if (got.Raw != nil) != utf8.ValidString(raw) {
			t.Errorf("%q: in the wrong key: %s", raw, line)
		}
		if got.Raw != nil {
			back = *got.Raw
		}
		if back != raw || got.Masked || got.MsgSeqNum != 17 || got.MsgType != "D" || got.Time != "2026-11-23T00:32:24.001603123Z" {
			t.Errorf("%q came back as %q: %s", raw, back, line)
		}
		checkHarmless(t, line)
	}
}

func TestWhatPeersChoseOnlyShows(t *testing.T) {
	for text, want := range map[string]string{
		"plain: é ü 株 €":         "plain: é ü 株 €",
		"\x1b[2J\a\r\n\t\x7f":    `\x1b[2J\x07\x0d\x0a\x09\x7f`,
		"\u009b2J":               `\u009b2J`,
		"caf\xe9\xff":            `caf\xe9\xff`,
		"\u202egnp.exe":          `\u202egnp.exe`,
		"e\u0301\u0301\u0301":    `e\u0301\u0301\u0301`,
		"\u2028\U000e0001\ufeff": `\u2028\U000e0001\ufeff`,
		`C:\x1b`:                 `C:\\x1b`,
		"\xed\xa0\x80":           `\xed\xa0\x80`,
		"\ufffd":                 "\ufffd",
	} {
		if got := safe(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func checkHarmless(t *testing.T, line []byte) {
	t.Helper()
	if !utf8.Valid(line) {
		t.Errorf("not UTF-8: %q", line)
	}
	for _, r := range strings.TrimSuffix(string(line), "\n") {
		if !unicode.IsPrint(r) || unicode.IsMark(r) {
			t.Errorf("%U in %q", r, line)
		}
	}
}

func FuzzNothingReachesTheTerminal(f *testing.F) {
	f.Add([]byte("8=FIX.4.4\x01\x1b[2J\xc2\x9b"), "A\x1b")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		m := outbound(raw)
		m.MsgType, m.Session = name, name
		for _, show := range []form{(&liner{named: true}).line, (&liner{}).json} {
			line := show(nil, &m)
			if bytes.Count(line, []byte("\n")) != 1 {
				t.Errorf("more than a line: %q", line)
			}
			checkHarmless(t, line)
		}
	})
}
