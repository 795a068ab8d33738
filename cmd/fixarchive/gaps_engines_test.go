package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// TestGapsOfEnginesThatResend lets the venue ask for all messages again, as after a loss. What the gateway sends then is
// marked as a resend, and what is administrative is gap filled: nothing is missing, and nothing differs.
func TestGapsOfEnginesThatResend(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := t.TempDir()
	archive, err := fixarchive.Open(fixarchive.Options{Path: dir, RingDir: dir, ReserveBytes: 1 << 20, FreePercent: -1})
	must(t, err)
	addr, err := demo.FreeAddr()
	must(t, err)
	venue, err := demo.StartVenue(addr, 1, demo.Parts{})
	must(t, err)
	defer venue.Stop()
	gateway, err := demo.StartGateway(addr, 1, demo.Parts{Log: archive.LogFactory(nil), Wrap: archive.Application})
	must(t, err)
	_, err = gateway.Trade(ctx, 20, nil)
	must(t, err)

	request := quickfix.NewMessage()
	request.Header.SetString(35, "2")
	request.Body.SetInt(7, 1)
	request.Body.SetInt(16, 0)
	must(t, quickfix.SendToTarget(request, quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "VENUE", TargetCompID: demo.GatewayName(0)}))
	waitForResends(ctx, t, archive, dir, 20)
	_, err = gateway.Trade(ctx, 5, nil)
	must(t, err)
	gateway.Stop()
	must(t, archive.Close())

	var stdout, stderr bytes.Buffer
	if got := run([]string{"gaps", "--all", "--archive", dir}, &stdout, &stderr); got != 0 || stderr.Len() > 0 {
		t.Errorf("ended with %d: %s", got, stderr.String())
	}
	text := stdout.String()
	if !strings.Contains(text, "  2-21     20  resent") || !strings.HasSuffix(text, "1 session: nothing is missing\n") {
		t.Errorf("got %s", text)
	}
}

// waitForResends waits until the archive shows n of them.
func waitForResends(ctx context.Context, t *testing.T, a *fixarchive.Archive, dir string, n int) {
	t.Helper()
	for ctx.Err() == nil {
		must(t, a.Flush(ctx))
		r, err := fixarchive.OpenReader(dir)
		must(t, err)
		resends := 0
		for m, err := range r.Messages(fixarchive.Query{Direction: fixarchive.Out, Types: []string{"D"}}) {
			must(t, err)
			if m.Flags&fixarchive.PossDup != 0 {
				resends++
			}
		}
		r.Close()
		if resends >= n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the gateway resends nothing")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
