package session

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// venue is an application that answers nothing; it only waits for logons.
type venue struct {
	quickfix.Application
	mu     sync.Mutex
	logons map[quickfix.SessionID]int
	orders int
	refuse string // TargetCompID of whom it does not let in
}

func newVenue() *venue { return &venue{logons: make(map[quickfix.SessionID]int)} }

func (v *venue) OnCreate(quickfix.SessionID) {}
func (v *venue) OnLogon(id quickfix.SessionID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.logons[id]++
}
func (v *venue) OnLogout(quickfix.SessionID)                       {}
func (v *venue) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (v *venue) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (v *venue) FromAdmin(_ *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	if id.TargetCompID == v.refuse {
		return quickfix.RejectLogon{Text: "who are you"}
	}
	return nil
}
func (v *venue) FromApp(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.orders++
	return nil
}

func (v *venue) loggedOn(id quickfix.SessionID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.logons[id] > 0
}

func (v *venue) received() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.orders
}

func settings(t *testing.T, text string) *quickfix.Settings {
	t.Helper()
	s, err := quickfix.ParseSettings(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestEngines has real engines talk over loopback, both archived: an acceptor that makes sessions as they come, a
// gateway that it lets in and one that it does not. What is archived is what the users' own logs were told.
func TestEngines(t *testing.T) {
	port := freePort(t)
	atVenue, atGateway := newHarness(t, 1<<20, nil), newHarness(t, 1<<20, nil)
	var venueLog, gatewayLog capture
	v, g := newVenue(), newVenue()
	v.refuse = "STRANGER"

	dynamic := settings(t, fmt.Sprintf("[DEFAULT]\nSocketAcceptPort=%d\nSocketAcceptHost=127.0.0.1\nDynamicSessions=Y\n"+
		"[SESSION]\nBeginString=FIX.4.4\nSenderCompID=VENUE\nTargetCompID=NOBODY\n", port))
	configured := dynamic.SessionSettings()
	known := func(id quickfix.SessionID) bool { _, found := configured[id]; return found }
	acceptor, err := quickfix.NewAcceptor(NewApplication(atVenue, v, known), quickfix.NewMemoryStoreFactory(), dynamic,
		NewLogFactory(atVenue, &venueLog, known))
	if err != nil {
		t.Fatal(err)
	}
	if err := acceptor.Start(); err != nil {
		t.Fatal(err)
	}
	gateway := settings(t, fmt.Sprintf("[DEFAULT]\nSocketConnectHost=127.0.0.1\nSocketConnectPort=%d\nHeartBtInt=30\nReconnectInterval=60\n"+
		"BeginString=FIX.4.4\nTargetCompID=VENUE\n[SESSION]\nSenderCompID=GATEWAY\n[SESSION]\nSenderCompID=STRANGER\n", port))
	initiator, err := quickfix.NewInitiator(NewApplication(atGateway, g, nil), quickfix.NewMemoryStoreFactory(), gateway,
		NewLogFactory(atGateway, &gatewayLog, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := initiator.Start(); err != nil {
		t.Fatal(err)
	}

	here := archived // GATEWAY -> VENUE
	there := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "VENUE", TargetCompID: "GATEWAY"}
	eventually(t, "a logon", func() bool { return g.loggedOn(here) && v.loggedOn(there) })
	const orders = 50
	for i := range orders {
		order := quickfix.NewMessage()
		order.Header.SetString(35, "D")
		order.Body.SetString(11, fmt.Sprint("ORDER", i))
		order.Body.SetString(55, "IBM")
		if err := quickfix.SendToTarget(order, here); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the orders", func() bool { return v.received() == orders })
	stranger := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "VENUE", TargetCompID: "STRANGER"}
	eventually(t, "a refusal", func() bool { return len(venueLog.of(record.Outbound, stranger)) > 0 })
	initiator.Stop()
	acceptor.Stop()
	atVenue.Close()
	atGateway.Close()
	atVenue.drain()
	atGateway.drain()

	checkArchived(t, atGateway, &gatewayLog, here, "[created logon logout]")
	checkArchived(t, atVenue, &venueLog, there, "[logon logout]")
	if n := len(venueLog.of(record.Inbound, there)); n < orders+2 {
		t.Errorf("%d messages came in, want a logon, %d orders and a logout", n, orders)
	}
	for r := range atVenue.All() {
		if s := r.ID().Session; s.TargetCompID == "STRANGER" {
			t.Errorf("%v has a log of its own", r.ID())
		}
	}
	u, err := atVenue.Recorder(record.LogID{Source: record.Unidentified})
	if err != nil {
		t.Fatal(err)
	}
	strangers := atVenue.log(u)
	if got, want := bodies(strangers, record.Outbound), venueLog.of(record.Outbound, stranger); !equal(got, want) {
		t.Errorf("what was said to the stranger: %q, want %q", got, want)
	}
	if _, dropped, _ := atVenue.Totals(); dropped != 0 {
		t.Errorf("%d dropped", dropped)
	}
}

func checkArchived(t *testing.T, h *harness, own *capture, id quickfix.SessionID, wantOps string) {
	t.Helper()
	r, err := h.Recorder(hookLog(id))
	if err != nil {
		t.Fatal(err)
	}
	l := h.log(r)
	for _, k := range []record.Kind{record.Inbound, record.Outbound} {
		if got, want := bodies(l, k), own.of(k, id); !equal(got, want) || len(want) == 0 {
			t.Errorf("%v %v: %d archived, the user's own log has %d:\n%q\n%q", id, k, len(got), len(want), got, want)
		}
	}
	var ops []record.Op
	for _, b := range bodies(l, record.StateChange) {
		c, err := record.ParseChange(b)
		if err != nil {
			t.Fatal(err)
		}
		ops = append(ops, c.Op)
	}
	if fmt.Sprint(ops) != wantOps {
		t.Errorf("%v: %v, want %s", id, ops, wantOps)
	}
}
