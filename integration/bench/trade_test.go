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
// venue without a log in another, over loopback; each session sends its next order when the last is filled. The CPU is
// this process's, user and system, for all it did per order, until what it logged is durable (the archive's flush is
// in its CPU, not in its time): engine, hooks, sink, syncs and collector are in one figure, so what the archive
// costs is only the difference to the null log, and hook and sink are not told apart in it (BenchmarkHookLatency has
// the hook). The kernel's own writing back is in nobody's figure. Both processes share the machine's processors, so
// what the sink takes from them shows in orders per second too. A sink that finds the time to poll between orders
// does: with few orders a second its CPU per order is greater, not less.
func BenchmarkTrade(b *testing.B) {
	for _, sessions := range []int{1, 8} {
		for _, l := range gatewayLogs {
			b.Run(fmt.Sprintf("log=%s/sessions=%d", l.name, sessions), func(b *testing.B) {
				parts, flush := l.open(b, sessions)
				g, err := demo.StartGateway(startVenue(b, sessions), sessions, parts)
				if err != nil {
					b.Fatal(err)
				}
				defer g.Stop()
				trade(b, g, sessions, flush)
			})
		}
	}
}

// tradeFor is how long a round trades whatever b.N is, since each costs two engines and their logons; the first
// orders, which find nothing warm, are not counted.
const (
	tradeFor    = 2 * time.Second
	tradeOrders = 500 // of all sessions, between two looks at the clock
)

func trade(b *testing.B, g *demo.Gateway, sessions int, flush func(context.Context) error) {
	ctx, cancel := context.WithTimeout(b.Context(), 60*time.Second)
	defer cancel()
	batch := func() []time.Duration {
		took, err := g.Trade(ctx, tradeOrders/sessions, nil)
		if err != nil {
			b.Fatal(err)
		}
		return took
	}
	batch()
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
