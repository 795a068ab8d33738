package session

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

var archived = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// capture is a user's own log factory: it keeps what its logs are told, by session and kind.
type capture struct {
	mu  sync.Mutex
	got map[string][][]byte // "in FIX.4.4:A->B", "out …", "event …"; "" for the global log's session
	err error
}

func (c *capture) Create() (quickfix.Log, error) { return captured{c, ""}, c.err }
func (c *capture) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	return captured{c, id.String()}, c.err
}

func (c *capture) add(kind, session string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.got == nil {
		c.got = make(map[string][][]byte)
	}
	key := kind + " " + session
	c.got[key] = append(c.got[key], bytes.Clone(b))
}

func (c *capture) of(kind record.Kind, id quickfix.SessionID) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got[kind.String()+" "+id.String()]
}

type captured struct {
	c       *capture
	session string
}

func (l captured) OnIncoming(b []byte) { l.c.add("in", l.session, b) }
func (l captured) OnOutgoing(b []byte) { l.c.add("out", l.session, b) }
func (l captured) OnEvent(s string)    { l.c.add("event", l.session, []byte(s)) }
func (l captured) OnEventf(f string, a ...any) {
	l.c.add("event", l.session, fmt.Appendf(nil, f, a...))
}

func message(msgType, text string) []byte {
	return []byte("8=FIX.4.4\x019=5\x0135=" + msgType + "\x0158=" + text + "\x0110=000\x01")
}

func bodies(l *readLog, kind record.Kind) (all [][]byte) {
	for _, f := range l.got {
		if f.Kind == kind {
			all = append(all, f.Body)
		}
	}
	return all
}

func equal(a, b [][]byte) bool {
	return bytes.Equal(bytes.Join(a, []byte{0}), bytes.Join(b, []byte{0})) && len(a) == len(b)
}

func TestLogFactory(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	var own capture
	f := NewLogFactory(h, &own, nil)
	one, err := f.CreateSessionLog(archived)
	if err != nil {
		t.Fatal(err)
	}
	two, err := f.CreateSessionLog(archived) // of a session that lives already
	if err != nil {
		t.Fatal(err)
	}
	global, err := f.Create()
	if err != nil {
		t.Fatal(err)
	}
	b := message("0", "x")
	one.OnIncoming(b)
	copy(b, "overwritten by the engine")
	two.OnOutgoing(message("D", "y"))
	two.OnEvent("an event")
	one.OnEventf("event %d", 2)
	global.OnEvent("Connection Terminated")
	h.drain()

	r, _ := h.Recorder(hookLog(archived))
	l := h.log(r)
	for _, k := range []record.Kind{record.Inbound, record.Outbound, record.Event} {
		if got, want := bodies(l, k), own.of(k, archived); !equal(got, want) || len(want) == 0 {
			t.Errorf("%v: archived %q, the user's log has %q", k, got, want)
		}
	}
	g, _ := h.Recorder(record.LogID{Source: record.Global})
	if got := bodies(h.log(g), record.Event); len(got) != 1 || string(got[0]) != "Connection Terminated" {
		t.Errorf("global: %q", got)
	}
	if h.Len() != 2 {
		t.Errorf("%d logs", h.Len())
	}
}

func TestFactoryErrors(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	f := NewLogFactory(h, &capture{err: errors.New("the user's")}, nil)
	if _, err := f.Create(); err == nil || err.Error() != "the user's" {
		t.Errorf("%v", err)
	}
	if _, err := f.CreateSessionLog(archived); err == nil || err.Error() != "the user's" {
		t.Errorf("%v", err)
	}
	h.Close()
	f = NewLogFactory(h, nil, nil)
	if _, err := f.CreateSessionLog(quickfix.SessionID{BeginString: "X"}); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

func nobodyKnown(quickfix.SessionID) bool { return false }

// TestDynamicSession: a peer's name is used when it has been let in, and its Logon is not missing there.
func TestDynamicSession(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	f := NewLogFactory(h, nil, nobodyKnown)
	log, err := f.CreateSessionLog(archived)
	if err != nil {
		t.Fatal(err)
	}
	logon, reply, order := message("A", "in"), message("A", "out"), message("D", "order")
	log.OnEvent("Created session")
	log.OnIncoming(logon)
	log.OnEventf("%s logon request", "Received")
	h.drain()
	if h.Len() != 1 {
		t.Fatalf("a peer that was not let in has a log: %d", h.Len())
	}
	log.OnOutgoing(reply)
	log.OnIncoming(order)
	log.OnEvent("later")
	log.OnEventf("%v", "and later")
	h.drain()

	u, _ := h.Recorder(record.LogID{Source: record.Unidentified})
	strangers := h.log(u)
	if got := bodies(strangers, record.Inbound); !equal(got, [][]byte{logon}) {
		t.Errorf("unidentified in: %q", got)
	}
	want := [][]byte{[]byte("FIX.4.4:GATEWAY->VENUE: Created session"), []byte("FIX.4.4:GATEWAY->VENUE: Received logon request")}
	if got := bodies(strangers, record.Event); !equal(got, want) {
		t.Errorf("unidentified events: %q", got)
	}
	r, _ := h.Recorder(hookLog(archived))
	l := h.log(r)
	if got := bodies(l, record.Inbound); !equal(got, [][]byte{logon, order}) {
		t.Errorf("in: %q", got)
	}
	if got := bodies(l, record.Outbound); !equal(got, [][]byte{reply}) {
		t.Errorf("out: %q", got)
	}
	if l.got[0].Kind != record.Inbound || l.got[0].Time != strangers.got[1].Time && l.got[0].Time > l.got[1].Time {
		t.Errorf("the Logon kept: %+v", l.got[0])
	}
	if got := bodies(l, record.Event); len(got) != 2 {
		t.Errorf("events: %q", got)
	}
}

// TestStrangerIsRefused: the Logout that answers a bad Logon opens nothing.
func TestStrangerIsRefused(t *testing.T) {
	h := newHarness(t, 1<<16, nil)
	f := NewLogFactory(h, nil, nobodyKnown)
	a := NewApplication(h, &recorded{}, nobodyKnown)
	for i := range 50 {
		id := archived
		id.TargetCompID = strings.Repeat("../", 400+i) // longer than what may be archived
		log, err := f.CreateSessionLog(id)
		if err != nil {
			t.Fatal(err)
		}
		a.OnCreate(id)
		log.OnIncoming(message("A", "let me in"))
		log.OnOutgoing(message("5", "no"))
		log.OnEvent("Disconnected")
		a.OnLogout(id)
		h.drain()
	}
	if h.Len() != 1 {
		t.Errorf("%d logs, want that of the unidentified alone", h.Len())
	}
}

// TestNoLogOfItsOwn: a peer that was let in and has no log is archived among the unidentified.
func TestNoLogOfItsOwn(t *testing.T) {
	h := newHarness(t, 1<<16, func(o *Options) { o.LogsMax = 1 })
	log, err := NewLogFactory(h, nil, nobodyKnown).CreateSessionLog(archived)
	if err != nil {
		t.Fatal(err)
	}
	log.OnIncoming(message("A", "in"))
	log.OnOutgoing(message("A", "out"))
	log.OnIncoming(message("D", "order"))
	h.drain()
	u, _ := h.Recorder(record.LogID{Source: record.Unidentified})
	if l := h.log(u); len(l.got) != 4 || len(bodies(l, record.Event)) != 1 {
		t.Errorf("%d records, events %q", len(l.got), bodies(l, record.Event))
	}
	if h.Refusals() != 1 {
		t.Errorf("%d refusals", h.Refusals())
	}
}

func TestIsLogon(t *testing.T) {
	for b, want := range map[string]bool{
		"8=FIX.4.4\x019=5\x0135=A\x0134=1\x01":    true,
		"8=FIX.4.4\x019=5\x0135=AE\x01":           false,
		"8=FIX.4.4\x019=5\x0135=5\x0158=35=A\x01": false,
		"8=FIX.4.4\x019=5\x0135=A":                false,
		"8=FIX.4.4":                               false, "": false, "\x01\x01": false,
	} {
		if isLogon([]byte(b)) != want {
			t.Errorf("%q: %v", b, !want)
		}
	}
}

// recorded is a user's own application: it notes what it is called with, and answers with errors.
type recorded struct{ calls []string }

var (
	errToApp   = errors.New("do not send")
	errFromApp = quickfix.NewMessageRejectError("no", 5, nil)
)

func (a *recorded) OnCreate(quickfix.SessionID) { a.calls = append(a.calls, "create") }
func (a *recorded) OnLogon(quickfix.SessionID)  { a.calls = append(a.calls, "logon") }
func (a *recorded) OnLogout(quickfix.SessionID) { a.calls = append(a.calls, "logout") }
func (a *recorded) ToAdmin(*quickfix.Message, quickfix.SessionID) {
	a.calls = append(a.calls, "to admin")
}
func (a *recorded) ToApp(*quickfix.Message, quickfix.SessionID) error { return errToApp }
func (a *recorded) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return errFromApp
}
func (a *recorded) FromApp(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return errFromApp
}

func TestApplication(t *testing.T) {
	for _, dynamic := range []bool{false, true} {
		h := newHarness(t, 1<<16, nil)
		var own recorded
		a := NewApplication(h, &own, func(quickfix.SessionID) bool { return !dynamic })
		a.OnCreate(archived)
		a.OnLogon(archived)
		a.OnLogout(archived)
		a.OnLogout(archived)
		a.ToAdmin(nil, archived)
		if err := a.ToApp(nil, archived); err != errToApp {
			t.Errorf("ToApp: %v", err)
		}
		if a.FromAdmin(nil, archived) != errFromApp || a.FromApp(nil, archived) != errFromApp {
			t.Error("a reject was changed")
		}
		if got := strings.Join(own.calls, ", "); got != "create, logon, logout, logout, to admin" {
			t.Errorf("passed on: %s", got)
		}
		h.drain()
		r, _ := h.Recorder(hookLog(archived))
		var ops []record.Op
		for _, b := range bodies(h.log(r), record.StateChange) {
			c, err := record.ParseChange(b)
			if err != nil {
				t.Fatal(err)
			}
			ops = append(ops, c.Op)
		}
		want := "[created logon logout logout]"
		if dynamic {
			want = "[logon logout]"
		}
		if fmt.Sprint(ops) != want {
			t.Errorf("dynamic %v: %v, want %s", dynamic, ops, want)
		}
	}
}
