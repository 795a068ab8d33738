package main

import (
	"bufio"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/order"
)

// lives are the flags of order.
type lives struct {
	session, tag, since, until string
	json                       bool
}

func newOrder(a *app) *cobra.Command {
	var l lives
	cmd := &cobra.Command{
		Use:   "order ID…",
		Short: "Print the life of an order, over all sessions",
		Long: `Print the life of an order in the order of its capture: requests, answers, executions, cancels and rejects, how long each
took, and the quantities, with a word where they do not add up.

From the ID, which may be a ClOrdID, an OrderID or an ExecID, the story follows ClOrdID (11) and OrigClOrdID (41) between
the same two parties, OrderID (37) and SecondaryOrderID (198) through all sessions, ExecRefID (19) to the ExecID (17)
that it names, and RefSeqNum (45) of rejects. Orders that no id joins are printed one after the other.

AFTER is the time since the message before it in the same leg, TOOK that since the request it answers, with * where it
is the first answer. PRICE is the LastPx of a report and the Price of a request; !! stands before what does not add up.

There is no index of these ids: every message between --since and --until is read, at least once. The exit status
is 1 when an ID was not found, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive order ORD-1
  fixarchive order ORD-1 --session GATEWAY         # meant as an id of that session; the story leaves it all the same
  fixarchive order O-17 --tag 37 --since 2026-11-23 --until 2026-11-24
  fixarchive order ORD-1 --json | jq '.events[] | {step, took_ns, cum_qty, problems}'`,
		Args: wrongArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.order(cmd, args, &l) },
	}
	f := cmd.Flags()
	f.StringVar(&l.session, "session", "", "the `session` in which the ID is meant, or any part of it that only one session has")
	f.StringVar(&l.tag, "tag", "", "which kind of id it is: 11 (or 41), 37 (or 198), 17 (or 19); any of them if left out")
	f.StringVar(&l.since, "since", "", "captured at or after this `time`: 2026-11-23T09:30:00Z, 2026-11-23, 09:30 (today, UTC) or 2h (ago)")
	f.StringVar(&l.until, "until", "", "captured before this `time`")
	f.BoolVar(&l.json, "json", false, "one JSON object a story, one story a line")
	registerValues(cmd, "tag", "11", "37", "17")
	_ = cmd.RegisterFlagCompletionFunc("session", a.completeSessions)
	return cmd
}

func (a *app) order(cmd *cobra.Command, ids []string, l *lives) error {
	w := wanted{direction: "both", since: l.since, until: l.until}
	q, err := w.query(time.Now())
	if err != nil {
		return err
	}
	q.Kinds = []fixarchive.Kind{fixarchive.Inbound, fixarchive.Outbound, fixarchive.Gap}
	seeds, err := l.seeds(ids)
	if err != nil {
		return err
	}
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	if l.session != "" {
		session, err := r.Session(l.session)
		if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) { // damage is told where it lies
			return err
		}
		for i := range seeds {
			seeds[i].Session = session.Name
		}
	}
	unclean, err := a.warnUnclean(r)
	if err != nil {
		return err
	}
	s := search{app: a, cmd: cmd, finder: order.NewFinder(seeds), less: unclean}
	if err := s.scan(r, q); err != nil {
		return err
	}
	stories := s.finder.Stories()
	if err := l.print(cmd, stories); err != nil {
		return err
	}
	return s.end(len(stories))
}

func (l *lives) seeds(ids []string) (seeds []order.Seed, err error) {
	tag, known := map[string]int{"": 0, "11": 11, "41": 11, "37": 37, "198": 37, "17": 17, "19": 17}[l.tag]
	if !known {
		return nil, usagef("--tag is %q, want 11 (or 41), 37 (or 198) or 17 (or 19)", l.tag)
	}
	for _, id := range ids {
		if id == "" || strings.Contains(id, "\x01") {
			return nil, usagef("%q is no id: give the value of tag 11, 37 or 17", id)
		}
		if len(id) > order.IDBytesMax {
			return nil, usagef("an id of %d bytes is too long to be followed: give at most %d", len(id), order.IDBytesMax)
		}
		seeds = append(seeds, order.Seed{ID: id, Tag: tag})
	}
	return seeds, nil
}

// search is one walk through the archive for orders.
type search struct {
	*app
	cmd     *cobra.Command
	finder  *order.Finder
	scanned uint64
	gaps    uint64
	less    bool // there is more, or may be, than can be shown
}

func (s *search) scan(r *fixarchive.Reader, q fixarchive.Query) error {
	for s.finder.Begin() {
		for m, err := range r.Messages(q) {
			switch {
			case errors.Is(err, fixarchive.ErrCorrupt):
				if s.less = true; s.finder.Passes() == 1 {
					complain(s.cmd.ErrOrStderr(), err)
				}
				continue
			case err != nil:
				return err
			}
			if s.pass(&m) {
				break
			}
		}
	}
	return nil
}

// pass offers one message, and reports whether that is enough for this time.
func (s *search) pass(m *fixarchive.Message) (enough bool) {
	if m.Kind == fixarchive.Gap {
		if s.finder.Passes() == 1 {
			s.gaps++
		}
		return false
	}
	s.scanned++
	return s.finder.Offer(&order.Record{
		Session: m.Session, Source: m.Source, Outbound: m.Direction == fixarchive.Out, Time: m.Time,
		Generation: m.Generation, Position: m.Position, Sequence: m.Sequence, Epoch: m.Epoch,
		MsgSeqNum: m.MsgSeqNum, MsgType: m.MsgType, Raw: m.Raw,
	})
}

// end says what the search was, and what may be missing from its answer.
func (s *search) end(stories int) error {
	s.log.Info().Msgf("scanned %s in %s", count(s.scanned, "message"), passes(s.finder.Passes()))
	if s.gaps > 0 {
		s.log.Warn().Msgf("%s, where records were lost: the story may lack some; fixarchive get SESSION shows where", count(s.gaps, "gap"))
	}
	if n := s.finder.Apart(); n > 0 {
		s.log.Warn().Msgf("%s of other parties left out: the OrderID is the same, the instrument or side is another; --tag 37 with that OrderID shows them", count(n, "message"))
	}
	if s.finder.Cut() {
		s.log.Warn().Msgf("these are the first %d messages, and there are more: --session, --since and --until ask for fewer", order.MessagesMax)
	}
	if s.finder.Unended() {
		s.log.Warn().Msgf("ids lead further than %d passes went: give one from further back as well", order.PassesMax)
	}
	missing := s.finder.Missing()
	switch {
	case stories == 0 || len(missing) > 0:
		return errors.New("no message has the id " + safe(strings.Join(missing, " or ")) +
			" in tag 11, 41, 37, 198, 17 or 19, as far as --tag, --session, --since and --until let it be seen")
	case s.less || s.finder.Cut() || s.finder.Unended():
		return errNothing
	}
	return nil
}

func passes(n int) string {
	if n == 1 {
		return "1 pass"
	}
	return number(uint64(n)) + " passes"
}

func (l *lives) print(cmd *cobra.Command, stories []order.Story) error {
	w := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
	for i := range stories {
		var text []byte
		if l.json {
			text = storyJSON(nil, &stories[i])
		} else {
			text = storyText(nil, &stories[i], i > 0)
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return w.Flush()
}
