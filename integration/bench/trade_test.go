package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// The venue is this test binary once more, told by its environment.
const (
	venueAddr     = "FIXARCHIVE_BENCH_VENUE"
	venueSessions = "FIXARCHIVE_BENCH_SESSIONS"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(venueAddr); addr != "" {
		if err := serveVenue(addr, os.Getenv(venueSessions)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveVenue fills orders until its standard input ends, which it does with the process that wrote to it.
func serveVenue(addr, sessions string) error {
	n, err := strconv.Atoi(sessions)
	if err != nil {
		return err
	}
	v, err := demo.StartVenue(addr, n, demo.Parts{})
	if err != nil {
		return err
	}
	defer v.Stop()
	fmt.Println("listening")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startVenue starts the other process and returns its address.
func startVenue(b *testing.B, sessions int) string {
	b.Helper()
	addr, err := demo.FreeAddr()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), venueAddr+"="+addr, venueSessions+"="+strconv.Itoa(sessions))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	if _, err := stdout.Read(make([]byte, len("listening"))); err != nil {
		b.Fatalf("the venue did not start: %v", err)
	}
	return addr
}

// gatewayLogs are the logs that a gateway trades with: what to hand the engine, and what completes them.
var gatewayLogs = []struct {
	name string
	open func(*testing.B, int) (parts demo.Parts, flush func(context.Context) error)
}{{"fixarchive", archiveParts}, {"null", nullParts}, {"filelog", fileParts}}

func archiveParts(b *testing.B, _ int) (demo.Parts, func(context.Context) error) {
	a, err := fixarchive.Open(fixarchive.Options{Path: b.TempDir(), Alarm: func(err error) { b.Error(err) }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if s := a.Stats(); s.Dropped > 0 {
			b.Errorf("%d messages were dropped", s.Dropped)
		}
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	return demo.Parts{Log: a.LogFactory(nil), Wrap: a.Application}, a.Flush
}

func nullParts(*testing.B, int) (demo.Parts, func(context.Context) error) {
	return demo.Parts{}, noFlush
}

func fileParts(b *testing.B, sessions int) (demo.Parts, func(context.Context) error) {
	ids := make([]quickfix.SessionID, sessions)
	for i := range ids {
		ids[i] = quickfix.SessionID{BeginString: quickfix.BeginStringFIX44, SenderCompID: demo.GatewayName(i), TargetCompID: demo.VenueName}
	}
	return demo.Parts{Log: fileLogs(b, ids...)}, noFlush
}

func noFlush(context.Context) error { return nil }

// BenchmarkTrade is an order and its fill, between a quickfixgo gateway in this process, whose log is under test, and a
// venue without a log in another, over loopback; each session sends its next order when the last is filled, at once
// or after thinking for a millisecond.
//
// The CPU is this process's, user and system, for all it did per order, until what it logged is durable (the archive's
// flush is in its CPU, not in its time): engine, hooks, sink, syncs and collector are in one figure, so what the
// archive costs is only the difference to the null log, and hook and sink are not told apart in it
// (BenchmarkHookLatency has the hook). The kernel's own writing back is in nobody's figure. Both processes share
// the machine's processors, so what the sink takes from them shows in orders per second too.
//
// The engine's session goroutine spins while its writing goroutine is not ready to take a message, which happens
// whenever a fill comes back before that goroutine has got a processor again: up to 10 ms, and most of the CPU, when
// orders follow at once. Then the engine's luck is measured, with any log. Thinking lets it rest, and leaves CPU per
// order and round trips that tell logs apart; orders per second then say how long the thinking was. A sink that
// polls between thoughtful orders is in their CPU, at its most.
func BenchmarkTrade(b *testing.B) {
	for _, load := range []struct {
		sessions int
		think    time.Duration
	}{{1, 0}, {8, 0}, {1, time.Millisecond}} {
		for _, l := range gatewayLogs {
			b.Run(fmt.Sprintf("log=%s/sessions=%d/think=%v", l.name, load.sessions, load.think), func(b *testing.B) {
				parts, flush := l.open(b, load.sessions)
				g, err := demo.StartGateway(startVenue(b, load.sessions), load.sessions, parts)
				if err != nil {
					b.Fatal(err)
				}
				defer g.Stop()
				trade(b, g, load.think, load.sessions, flush)
			})
		}
	}
}

// tradeFor is how long a round trades whatever b.N is, since each costs two engines and their logons; the first
// orders, which find nothing warm, are not counted.
const (
	tradeFor    = time.Second
	tradeOrders = 400 // of all sessions, between two looks at the clock
)

func trade(b *testing.B, g *demo.Gateway, think time.Duration, sessions int, flush func(context.Context) error) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	orders := tradeOrders / sessions
	if think > 0 {
		orders = 1
	}
	batch := func() []time.Duration {
		time.Sleep(think)
		took, err := g.Trade(ctx, orders, nil)
		if err != nil {
			b.Fatal(err)
		}
		return took
	}
	for range tradeOrders / sessions / orders {
		batch()
	}
	if err := flush(ctx); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	cpu := processCPU()
	b.ResetTimer()
	for b.Elapsed() < tradeFor {
		took = append(took, batch()...)
	}
	b.StopTimer()
	elapsed := b.Elapsed()
	if err := flush(ctx); err != nil {
		b.Fatal(err)
	}
	cpu = processCPU() - cpu
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(took))/elapsed.Seconds(), "orders/s")
	if cpu > 0 {
		b.ReportMetric(float64(cpu)/float64(len(took)), "cpu-ns/order")
	}
	reportQuantiles(b, took)
}
