package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

// tailLines is how many records tail begins with.
const tailLines = 10

func newTail(a *app) *cobra.Command {
	var w wanted
	var s shown
	var follow bool
	cmd := &cobra.Command{
		Use:   "tail [SESSION]",
		Short: "Print the last messages, and follow what is captured",
		Long: `Print the last messages of a session, or of all sessions in the order of their capture, and with -f what comes
after them until interrupted.

A message of one session appears when the archive has stored it, some 50 ms after its capture on a quiet session and
a second on a busy one. All sessions together stay in the order of their capture, which takes up to a second more.

Without -f the exit status is 1 when nothing was found, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive tail                    # the last 10 of all sessions
  fixarchive tail -f GATEWAY         # follow one session
  fixarchive tail -f --type 3,j,5    # rejects and logouts of all sessions, as they happen
  fixarchive tail -f --where '39=8 or text~refused'
  fixarchive tail -n 100 --events    # with what the engine says of itself`,
		Args:              wrongArgs(cobra.MaximumNArgs(1)),
		Annotations:       severalArchives,
		ValidArgsFunction: a.completeSession,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.tail(cmd, args, &w, &s, follow) },
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is captured, until interrupted")
	w.addFlags(cmd, tailLines)
	s.addFlags(cmd)
	return cmd
}

func (a *app) tail(cmd *cobra.Command, args []string, w *wanted, s *shown, follow bool) error {
	if err := s.check(w); err != nil {
		return err
	}
	q, err := w.query(time.Now())
	if err != nil {
		return err
	}
	r, err := a.readers()
	if err != nil {
		return err
	}
	defer r.Close()
	if len(args) == 1 {
		if _, err := w.ofSession(r, args[0], &q); err != nil {
			return err
		}
	} else if w.epoch != "" && w.epoch != "all" {
		return usagef("--epoch %s needs a SESSION: each session counts its own", w.epoch)
	}
	p, err := s.printer(a, cmd, r, q.Session == "", len(r.All()) > 1)
	if err != nil {
		return err
	}
	if follow {
		return a.follow(cmd, r, q, p)
	}
	if p.unclean, err = a.warnUncleanOf(r); err != nil {
		return err
	}
	return a.last(cmd, r, q, p)
}

func (a *app) last(cmd *cobra.Command, r *fixarchive.Readers, q fixarchive.Query, p *printer) error {
	if q.Limit == 0 { // all of them need not be held in memory
		return a.printAll(cmd, r, q, p)
	}
	n := q.Limit
	q.Limit = 0
	messages, err := r.Last(n, q)
	if errors.Is(err, fixarchive.ErrCorrupt) {
		p.damaged(cmd, err)
	} else if err != nil {
		return err
	}
	for i := range messages {
		if err := p.print(&messages[i]); err != nil {
			return err
		}
	}
	return p.end(a)
}

// follow prints until it is interrupted, which is its ordinary end: it is no failure that nothing came.
func (a *app) follow(cmd *cobra.Command, r *fixarchive.Readers, q fixarchive.Query, p *printer) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for m, err := range r.Follow(ctx, q) {
		if errors.Is(err, fixarchive.ErrCorrupt) {
			p.damaged(cmd, err)
			continue
		}
		if err == nil {
			err = p.print(&m)
		}
		if err == nil {
			err = p.w.Flush()
		}
		if err != nil {
			return err
		}
	}
	if err := p.end(a); err != nil && (p.damage || !errors.Is(err, errNothing)) {
		return err
	}
	return nil
}
