package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// trial is how the demo was asked to trade.
type trial struct {
	sessions, orders int
}

func newDemo(a *app) *cobra.Command {
	var t trial
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Archive real sessions between a gateway and a venue on this machine",
		Long: `Run two real quickfixgo engines on loopback, a venue and a gateway, and archive what the gateway sends and receives.

Each session sends NewOrderSingles, one at a time, and gets an ExecutionReport for each. At the end a summary says what the
archive holds and which commands to try on it. Running it again adds to the archive.`,
		Example: `  fixarchive demo
  fixarchive demo --archive /tmp/demo --sessions 10 --messages 5000`,
		Args: wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd, t) },
	}
	cmd.Flags().IntVar(&t.sessions, "sessions", 4, "how many FIX sessions, at most 1000")
	cmd.Flags().IntVar(&t.orders, "messages", 2500, "how many orders each session sends")
	return cmd
}

func (a *app) demo(cmd *cobra.Command, t trial) error {
	if t.sessions < 1 || t.sessions > 1000 {
		return usagef("--sessions is %d, want 1 to 1000", t.sessions)
	}
	if t.orders < 1 {
		return usagef("--messages is %d, want at least 1", t.orders)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	archive, err := fixarchive.Open(fixarchive.Options{
		Path:  a.cfg.Archive,
		Alarm: func(err error) { a.log.Warn().Err(err).Msg("archive") },
	})
	if err != nil {
		return err
	}
	timed := &demo.TimedLog{Next: archive.LogFactory(nil)}
	took, err := a.trade(ctx, cmd, t, demo.Parts{Log: timed, Wrap: archive.Application})
	if err := errors.Join(err, archive.Close()); err != nil {
		return err
	}
	summarize(cmd, a.cfg.Archive, archive.Stats(), timed, took)
	return nil
}

// trade runs the engines until every order is filled, and says how long that took.
func (a *app) trade(ctx context.Context, cmd *cobra.Command, t trial, parts demo.Parts) (time.Duration, error) {
	addr, err := demo.FreeAddr()
	if err != nil {
		return 0, err
	}
	venue, err := demo.StartVenue(addr, t.sessions, demo.Parts{})
	if err != nil {
		return 0, err
	}
	defer venue.Stop()
	gateway, err := demo.StartGateway(addr, t.sessions, parts)
	if err != nil {
		return 0, err
	}
	defer gateway.Stop()
	done, finish := progress(cmd, int64(t.sessions*t.orders))
	defer finish()
	start := time.Now()
	_, err = gateway.Trade(ctx, t.orders, done)
	return time.Since(start), err
}

// progress shows how many of total things are done, where there is a terminal to show it on.
func progress(cmd *cobra.Command, total int64) (done, finish func()) {
	if !isTerminal(cmd.ErrOrStderr()) {
		return nil, func() {}
	}
	bars := mpb.New(mpb.WithOutput(cmd.ErrOrStderr()), mpb.WithAutoRefresh())
	bar := bars.AddBar(total, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("orders "), decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.Percentage()))
	var n atomic.Int64
	return func() { bar.SetCurrent(n.Add(1)) }, func() { bar.Abort(true); bars.Wait() }
}

func summarize(cmd *cobra.Command, path string, s fixarchive.Stats, timed *demo.TimedLog, took time.Duration) {
	h := timed.Summary()
	fmt.Fprintf(cmd.OutOrStdout(), `archived %s   messages in %d, out %d, events %d
         %d bytes, %d dropped, %d sessions, in %v
         hook: median %v, p99 %v (reading the clock included)

try      fixarchive sessions --archive %s
         fixarchive get 'FIX.4.4:GATEWAY->VENUE' 2 --archive %s
         fixarchive tail --archive %s
         fixarchive verify --archive %s
`, path, h.In, h.Out, h.Events, s.Bytes, s.Dropped, s.Sessions, took.Round(time.Millisecond),
		h.Median, h.P99, path, path, path, path)
}
