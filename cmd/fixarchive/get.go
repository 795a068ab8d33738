package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newGet(a *app) *cobra.Command {
	var w wanted
	var s shown
	cmd := &cobra.Command{
		Use:   "get SESSION [SEQ|FROM-TO|FROM-]",
		Short: "Print messages of a session",
		Long: `Print messages of a session in the order of their capture, by MsgSeqNum, epoch, time, direction and type.

A MsgSeqNum is not unique: a reset begins a new epoch, in which the numbers start at 1 again, and resends repeat
them. Where MsgSeqNums are given and no --epoch, the latest epoch that holds any of them answers, and standard error
says how many others do. Without MsgSeqNums every epoch is printed.

With --pretty a message is a tree: each field with its name and what its value stands for, groups indented with a dash
before each entry, and at the end what is wrong with it. Names are those of the FIX version that the message says it has,
with a venue's own from --dictionary on top.

Passwords and what else --mask-tags has are shown as ***, with BodyLength and CheckSum to fit. --raw is exact bytes: it ends
before the first message that holds a secret, unless --unmask is given.

The exit status is 1 when nothing was found, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive get 'FIX.4.4:GATEWAY->VENUE' 48
  fixarchive get GATEWAY 40-50 --direction out
  fixarchive get GATEWAY 40- --epoch 2026-11-23     # the epoch of that day
  fixarchive get GATEWAY 48 --epoch all             # every message that ever had the number
  fixarchive get GATEWAY --since 09:30 --until 10:00 --type D,8
  fixarchive get GATEWAY 48 --raw | tr '\001' '|'   # exact bytes
  fixarchive get GATEWAY 48 --pretty                # names, meanings and groups
  fixarchive get GATEWAY 48 --pretty --dictionary venue.xml
  fixarchive get GATEWAY --json | jq -r .raw
  fixarchive get GATEWAY 48 --json | jq '{saved, sent, resent}'
  fixarchive get GATEWAY --state pending            # saved by the message store, never sent`,
		Args:              wrongArgs(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: a.completeSession,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.get(cmd, args, &w, &s) },
	}
	w.addFlags(cmd, 0)
	cmd.Flags().StringVar(&w.state, "state", "", "pending: only what a message store saved and was never handed to the socket")
	registerValues(cmd, "state", "pending")
	s.addFlags(cmd)
	return cmd
}

func (a *app) get(cmd *cobra.Command, args []string, w *wanted, s *shown) error {
	if err := s.check(w); err != nil {
		return err
	}
	q, err := w.query(time.Now())
	if err != nil {
		return err
	}
	n := numbers{}
	if len(args) == 2 {
		if n, err = parseNumbers(args[1]); err != nil {
			return err
		}
		q.From, q.To = n.from, n.till
	}
	q.Handovers = s.json && (q.From != 0 || q.Pending)
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	session, err := r.Session(args[0])
	if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) { // damage is told where it lies, behind what is good

		return err
	}
	q.Session = session.Name
	unclean, err := a.warnUnclean(r)
	if err != nil {
		return err
	}
	epochs, latest, err := w.epochs(&session)
	if err != nil {
		return err
	}
	q.Epoch = epochs
	if latest && q.From != 0 {
		if err := a.latestEpoch(r, &q); err != nil {
			return err
		}
	}
	p, err := s.printer(a, cmd, r, false)
	if err != nil {
		return err
	}
	p.unclean = unclean
	err = a.printAll(cmd, r, q, p)
	if errors.Is(err, errNothing) && p.printed == 0 && !p.damage {
		return nothing(&session, &q)
	}
	return err
}

// latestEpoch narrows q to the last epoch that holds any of its numbers, and tells of the others.
func (a *app) latestEpoch(r *fixarchive.Reader, q *fixarchive.Query) error {
	epochs, err := r.EpochsHolding(*q)
	if err != nil || len(epochs) == 0 {
		return err
	}
	q.Epoch = fixarchive.OneEpoch(epochs[len(epochs)-1])
	if others := len(epochs) - 1; others > 0 {
		a.log.Info().Msgf("from epoch %d, the latest; %s of this session %s %s too: --epoch all shows them",
			epochs[others], count(others, "other epoch"), plural(others, "holds", "hold"), spell(q))
	}
	return nil
}

// nothing says what was not found, and whether it may have been lost.
func nothing(s *fixarchive.Session, q *fixarchive.Query) error {
	what := "nothing of " + s.Name + " is as asked for"
	if q.From != 0 {
		what = "no message of " + s.Name + " has " + spell(q)
	}
	if n := q.Epoch.From; n > 0 && n == q.Epoch.Till && !alive(s, n) {
		what = fmt.Sprintf("%s has no epoch %d: %s", s.Name, n, epochsText(s))
	}
	if s.Gaps > 0 {
		what += fmt.Sprintf("; it has %s, where records were lost: fixarchive get %s --events shows them", count(s.Gaps, "gap"), s.Name)
	}
	return errors.New(what)
}

func alive(s *fixarchive.Session, epoch uint32) bool {
	return slices.ContainsFunc(s.Epochs, func(e fixarchive.Epoch) bool { return e.Number == epoch })
}

// epochsText says which epochs there are.
func epochsText(s *fixarchive.Session) string {
	switch n := len(s.Epochs); n {
	case 0:
		return "it holds no record"
	case 1:
		return fmt.Sprintf("its one epoch is %d", s.Epochs[0].Number)
	default:
		return fmt.Sprintf("it has %d, from %d to %d", n, s.Epochs[0].Number, s.Epochs[n-1].Number)
	}
}

func spell(q *fixarchive.Query) string {
	switch {
	case q.From == q.To:
		return fmt.Sprintf("MsgSeqNum %d", q.From)
	case q.To == 0:
		return fmt.Sprintf("a MsgSeqNum from %d on", q.From)
	}
	return fmt.Sprintf("a MsgSeqNum from %d to %d", q.From, q.To)
}

// printAll prints everything that q asks for. Damage is told where it is met, and costs the exit status, not what
// lies behind it.
func (a *app) printAll(cmd *cobra.Command, r *fixarchive.Reader, q fixarchive.Query, p *printer) error {
	for m, err := range r.Messages(q) {
		if err == nil {
			err = p.print(&m)
		} else if errors.Is(err, fixarchive.ErrCorrupt) {
			p.damaged(cmd, err)
			err = nil
		}
		if err != nil {
			return errors.Join(p.w.Flush(), err)
		}
	}
	return p.end(a)
}
