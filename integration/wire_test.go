package integration

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	archive "github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

const gatewaySession = "FIX.4.4:GATEWAY->VENUE"

// TestTheArchiveEqualsTheWire puts a tee between two real engines and compares what it saw, both ways, with what
// the command gives back: logons, orders, heartbeats, a resend with PossDup, a gap fill, a logout, a second logon.
func TestTheArchiveEqualsTheWire(t *testing.T) {
	dir := t.TempDir()
	a, err := openArchive(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	wire := trade(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	out, in := wire.wire()
	compare(t, "sent", out, get(t, dir, gatewaySession, "out"))
	compare(t, "received", in, get(t, dir, gatewaySession, "in"))
	for _, want := range []string{"\x0135=A\x01", "\x0135=D\x01", "\x0135=0\x01", "\x0143=Y\x01", "\x0135=4\x01", "\x0135=5\x01", "\x01141=Y\x01"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("the gateway never sent %q: the test does not test what it says", want)
		}
	}
	if epochs := epochsOf(t, dir); epochs != 2 {
		t.Errorf("%d epochs, want 2: one reset in between", epochs)
	}
	if report, complaint, status := fixarchive(t, "verify", "--archive", dir); status != 0 {
		t.Errorf("verify ended with %d: %s%s", status, report, complaint)
	}
}

func epochsOf(t *testing.T, dir string) int {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := r.Session(gatewaySession)
	if err != nil {
		t.Fatal(err)
	}
	return len(s.Epochs)
}

func openArchive(t *testing.T, dir string) (*archive.Archive, error) {
	return archive.Open(archive.Options{Path: dir, Alarm: noAlarms(t)})
}

// trade runs the sessions through a tee, and returns it when everyone has logged out.
func trade(t *testing.T, a *archive.Archive) *tee {
	t.Helper()
	addr, err := demo.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	fast := map[string]string{config.HeartBtInt: "1"}
	venue, err := demo.StartVenue(addr, 1, demo.Parts{Global: fast})
	if err != nil {
		t.Fatal(err)
	}
	wire := startTee(t, addr)
	parts := demo.Parts{Log: a.LogFactory(nil), Wrap: a.Application, Global: fast}
	gateway, err := demo.StartGateway(wire.addr(), 1, parts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	orders(t, ctx, gateway, 200)
	resend(t, 5)
	orders(t, ctx, gateway, 50)
	time.Sleep(1500 * time.Millisecond) // heartbeats
	skip(t, 7)
	orders(t, ctx, gateway, 50)
	gateway.Stop()
	parts.Global = map[string]string{config.HeartBtInt: "1", config.ResetOnLogon: "Y"} // a second logon, and an epoch with it
	if gateway, err = demo.StartGateway(wire.addr(), 1, parts); err != nil {
		t.Fatal(err)
	}
	orders(t, ctx, gateway, 20)
	gateway.Stop()
	venue.Stop()
	return wire
}

func orders(t *testing.T, ctx context.Context, g *demo.Gateway, n int) {
	t.Helper()
	if _, err := g.Trade(ctx, n, nil); err != nil {
		t.Fatal(err)
	}
}

var (
	atVenue   = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: demo.VenueName, TargetCompID: "GATEWAY"}
	atGateway = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: demo.VenueName}
)

// resend makes the venue believe that it has not seen what came from a number on: it asks for it again.
func resend(t *testing.T, from int) {
	t.Helper()
	if err := quickfix.SetNextTargetMsgSeqNum(atVenue, from); err != nil {
		t.Fatal(err)
	}
}

// skip makes the gateway leave out some numbers: the venue asks for them and gets a gap fill.
func skip(t *testing.T, n int) {
	t.Helper()
	next, err := quickfix.GetExpectedSenderNum(atGateway)
	if err != nil {
		t.Fatal(err)
	}
	if err := quickfix.SetNextSenderMsgSeqNum(atGateway, next+n); err != nil {
		t.Fatal(err)
	}
}

// compare says where the archive and the wire part.
func compare(t *testing.T, what string, wire, archived []byte) {
	t.Helper()
	if bytes.Equal(wire, archived) {
		return
	}
	at := 0
	for at < len(wire) && at < len(archived) && wire[at] == archived[at] {
		at++
	}
	t.Errorf("%s: %d bytes on the wire, %d in the archive, the same up to %d:\n wire    %s\n archive %s",
		what, len(wire), len(archived), at, around(wire, at), around(archived, at))
}

func around(b []byte, at int) string {
	return fmt.Sprintf("%q", b[max(0, at-60):min(len(b), at+60)])
}
