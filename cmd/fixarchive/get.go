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
	var g getting
	cmd := &cobra.Command{
		Use:   "get [SESSION [SEQ|FROM-TO|FROM-]]",
		Short: "Print messages, by session and MsgSeqNum or by what they hold",
		Long: `Print messages in the order of their capture, by MsgSeqNum, epoch, time, direction and type, and by --where, which
asks for any field: fixarchive help query.

A MsgSeqNum is not unique: a reset begins a new epoch, in which the numbers start at 1 again, and resends repeat
them. Where MsgSeqNums are given and no --epoch, the latest epoch that holds any of them answers, and standard error
says how many others do. Without MsgSeqNums every epoch is printed.

With --pretty a message is a tree: each field with its name and what its value stands for, groups indented with a dash
before each entry, and at the end what is wrong with it. Names are those of the FIX version that the message says it has,
with a venue's own from --dictionary on top.

Passwords and what else --mask-tags has are shown as ***, with BodyLength and CheckSum to fit. --raw is exact bytes: it ends
before the first message that holds a secret, unless --unmask is given.

Several archives, and those below a folder, are read as one by their time; each line then says which archive it is from.

The exit status is 1 when nothing was found, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive get 'FIX.4.4:GATEWAY->VENUE' 48
  fixarchive get GATEWAY 40-50 --direction out
  fixarchive get GATEWAY 40- --epoch 2026-11-23     # the epoch of that day
  fixarchive get GATEWAY 48 --epoch all             # every message that ever had the number
  fixarchive get GATEWAY --since 09:30 --until 10:00 --type D,8
  fixarchive get --where '11=ORD-1 or 41=ORD-1'     # on all sessions
  fixarchive get --where 'session~GATEWAY and 35=8 and 55=EURUSD' --count
  fixarchive get --archive /srv/archives --count --by archive --where '39=8'
  fixarchive get GATEWAY 48 --raw | tr '\001' '|'   # exact bytes
  fixarchive get GATEWAY 48 --pretty                # names, meanings and groups
  fixarchive get GATEWAY 48 --pretty --dictionary venue.xml
  fixarchive get GATEWAY --json | jq -r .raw
  fixarchive get GATEWAY 48 --json | jq '{saved, sent, resent}'
  fixarchive get GATEWAY --state pending            # saved by the message store, never sent`,
		Args:              wrongArgs(cobra.MaximumNArgs(2)),
		Annotations:       severalArchives,
		ValidArgsFunction: a.completeSession,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.get(cmd, args, &g) },
	}
	g.wanted.addFlags(cmd, 0)
	g.shown.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVarP(&g.reverse, "reverse", "r", false, "the last one first")
	f.BoolVarP(&g.count, "count", "c", false, "print how many there are")
	f.StringVar(&g.by, "by", "", "count by `what`: type, session, direction or archive")
	registerValues(cmd, "by", countedBy...)
	f.StringVar(&g.state, "state", "", "pending: only what a message store saved and was never handed to the socket")
	registerValues(cmd, "state", "pending")
	return cmd
}

// getting is what get is asked.
type getting struct {
	wanted
	shown
	reverse, count bool
	by             string
}

func (g *getting) check(args []string) error {
	if err := g.shown.check(&g.wanted); err != nil {
		return err
	}
	if len(args) == 0 && g.where == "" && !g.count {
		return usagef("get needs a SESSION, or a condition: fixarchive get GATEWAY 48, fixarchive get --where '11=ORD-1'; sessions lists what there is, tail -n 0 prints all")
	}
	return g.checkCount()
}

func (a *app) get(cmd *cobra.Command, args []string, g *getting) error {
	if err := g.check(args); err != nil {
		return err
	}
	q, err := g.query(time.Now())
	if err != nil {
		return err
	}
	q.Reverse = g.reverse
	if len(args) == 2 {
		n, err := parseNumbers(args[1])
		if err != nil {
			return err
		}
		q.From, q.To = n.from, n.till
	}
	q.Handovers = g.json && (q.From != 0 || q.Pending)
	r, err := a.readers()
	if err != nil {
		return err
	}
	defer r.Close()
	var found []fixarchive.Session
	if len(args) > 0 {
		if found, err = g.ofSession(r, args[0], &q); err != nil {
			return err
		}
	} else if g.epoch != "" && g.epoch != "all" {
		return usagef("--epoch %s needs a SESSION: each session counts its own", g.epoch)
	}
	p, err := g.printer(a, cmd, r, len(found) == 0, len(r.All()) > 1)
	if err != nil {
		return err
	}
	if p.unclean, err = a.warnUncleanOf(r); err != nil {
		return err
	}
	if g.epoch == "" && q.From != 0 {
		if err := a.latestEpoch(r, &q, len(found)); err != nil {
			return err
		}
	}
	if g.count {
		return a.count(cmd, r, q, g.by, p)
	}
	err = a.printAll(cmd, r, q, p)
	if errors.Is(err, errNothing) && p.printed == 0 && !p.damage {
		return nothing(found, &q)
	}
	return err
}

// latestEpoch narrows q to the last epoch that holds any of its numbers, and tells of the others.
func (a *app) latestEpoch(r interface {
	EpochsHolding(fixarchive.Query) ([]uint32, error)
}, q *fixarchive.Query, archives int) error {
	if archives > 1 {
		a.log.Info().Msgf("%d archives hold this session, and each counts its own epochs: all of them are shown", archives)
		return nil
	}
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
func nothing(found []fixarchive.Session, q *fixarchive.Query) error {
	if len(found) == 0 {
		return errors.New("nothing is as asked for")
	}
	name, gaps := found[0].Name, uint64(0)
	for i := range found {
		gaps += found[i].Gaps
	}
	what := "nothing of " + name + " is as asked for"
	if q.From != 0 {
		what = "no message of " + name + " has " + spell(q)
	}
	if q.From != 0 && q.Where != nil {
		what += " and is as asked for"
	}
	if n := q.Epoch.From; len(found) == 1 && n > 0 && n == q.Epoch.Till && !alive(&found[0], n) {
		what = fmt.Sprintf("%s has no epoch %d: %s", name, n, epochsText(&found[0]))
	}
	if gaps > 0 {
		what += fmt.Sprintf("; it has %s, where records were lost: fixarchive get %s --events shows them", count(gaps, "gap"), name)
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
func (a *app) printAll(cmd *cobra.Command, r *fixarchive.Readers, q fixarchive.Query, p *printer) error {
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
