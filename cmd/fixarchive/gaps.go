package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/config"
	"github.com/fixarchive/fixarchive/internal/complete"
)

// wantedGaps are the flags of gaps.
type wantedGaps struct {
	archives         archives
	direction, epoch string
	all, json        bool
}

func newGaps(a *app) *cobra.Command {
	var w wantedGaps
	cmd := &cobra.Command{
		Use:   "gaps [SESSION...]",
		Short: "Say whether every MsgSeqNum is there, and why not",
		Long: `Read the named sessions, or all, and say for each epoch and direction which MsgSeqNums are there and which are not. Each hole
is explained, or called missing:

  skipped     a gap fill or SequenceReset passed over the numbers, or the engine's own store was set beyond them
  dropped     the archive lost records at that place and says so in a gap record, or they lie in damage
  garbled     a message with the number came, but its frame does not hold: engines pass such over
  missing     nothing explains it

A number that was resent later is no hole. The last number is none: the session may go on. An epoch that begins above 1 is
shown as "begins at" and is no hole, unless a reset says that it had to begin at 1.

These are not holes, and shown beside them:

  different         different messages under one number, none of them a resend
  resent otherwise  a resend whose body is not that of the message it resends
  late              lower than a number before it, and not marked as a resend

Each archive numbers its own records too, without holes. Where some are not there and nothing says why, "records missing" is
shown, and counts as a hole.

With --all also what is explained or ordinary: the holes above, resends, Logons that were repeated, the same bytes twice, saved
and never sent, what one archive lacks and another has, and the records that the archive says it lost.

Several --archive of the same sessions are joined, as are a session's logs of several sources in one archive: what one of
them has is there. An epoch's number is then its place among all of them. Epochs of several archives are one where they have a
Logon in common; an archive that begins without a reset goes on in the latest.

The exit status is 1 when a hole is not explained, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive gaps
  fixarchive gaps GATEWAY --all
  fixarchive gaps GATEWAY --epoch 2026-11-23 --direction out
  fixarchive gaps --archive /var/lib/gateway-a/archive --archive /var/lib/gateway-b/archive   # a failover
  fixarchive gaps --json | jq -c 'select(.missing > 0)'`,
		ValidArgsFunction: a.completeSessions,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.gaps(cmd, args, &w) },
	}
	f := cmd.Flags()
	f.Var(&w.archives, "archive", "an archive's `directory`; may be given several times, for archives of the same sessions")
	f.StringVarP(&w.direction, "direction", "d", "both", "in (received), out (sent) or both; leaves out the archive's own sequences")
	f.StringVarP(&w.epoch, "epoch", "e", "", "an `epoch`: all, a number, or a day it was alive (UTC); leaves out the archive's own sequences")
	f.BoolVar(&w.all, "all", false, "also what is explained, or ordinary")
	f.BoolVar(&w.json, "json", false, "one JSON object a line: each epoch and direction, each log, then the total")
	registerValues(cmd, "direction", "in", "out", "both")
	return cmd
}

// archives are the directories of --archive. To the configuration it is one of them.
type archives []string

func (l *archives) Type() string { return "string" }

func (l *archives) String() string {
	if len(*l) == 0 {
		return config.Default().Archive
	}
	return (*l)[0]
}

func (l *archives) Set(dir string) error {
	same := func(other string) bool { return filepath.Clean(other) == filepath.Clean(dir) }
	if !slices.ContainsFunc(*l, same) {
		*l = append(*l, dir)
	}
	return nil
}

func (a *app) gaps(cmd *cobra.Command, args []string, w *wantedGaps) error {
	show, err := w.filter()
	if err != nil {
		return err
	}
	dirs := w.archives
	if len(dirs) == 0 {
		dirs = archives{a.cfg.Archive}
	}
	g := gathering{app: a, cmd: cmd}
	defer g.close()
	if err := g.open(dirs); err != nil {
		return err
	}
	sessions, err := g.sessions(args)
	if err != nil {
		return err
	}
	bar := newByteBar(cmd.ErrOrStderr(), "gaps")
	g.progress = bar.at
	g.expect(sessions)
	reports := make([]sessionGaps, len(sessions))
	total := gapsTotal{sessions: len(sessions)}
	for i := range sessions {
		reports[i] = sessionGaps{joined: &sessions[i]}
		if reports[i].report, err = g.account(&sessions[i], true); err != nil {
			bar.end()
			return err
		}
		show.narrow(&reports[i])
		total.count(&reports[i])
		reports[i].leaveOut(w.all)
	}
	bar.end()
	total.unclean, total.damage = g.unclean, g.damage
	if show.epochs() && total.ways == 0 {
		return usagef("no epoch is as --epoch %s asks for: give all, a number that fixarchive gaps shows, or a day when one was alive", w.epoch)
	}
	print := gapsText
	if w.json {
		print = gapsJSON
	}
	if _, err := cmd.OutOrStdout().Write(print(reports, &total)); err != nil {
		return err
	}
	if total.holes > 0 || g.unclean || g.damage {
		return errNothing
	}
	return nil
}

// gapFilter is which epochs and directions are asked for.
type gapFilter struct {
	in, out bool
	number  uint32    // of an epoch; 0: any
	day     time.Time // zero: any
}

func (w *wantedGaps) filter() (f gapFilter, err error) {
	switch w.direction {
	case "in", "out", "both":
		f.in, f.out = w.direction != "out", w.direction != "in"
	default:
		return f, usagef("--direction is %q, want in, out or both", w.direction)
	}
	if w.epoch == "" || w.epoch == "all" {
		return f, nil
	}
	if day, isDay := parseDay(w.epoch); isDay {
		f.day = day
		return f, nil
	}
	n, err := strconv.ParseUint(w.epoch, 10, 32)
	if err != nil || n == 0 {
		return f, usagef("--epoch is %q, want all, a number from 1, or a date such as 2026-11-23", w.epoch)
	}
	f.number = uint32(n)
	return f, nil
}

func (f *gapFilter) epochs() bool { return f.number != 0 || !f.day.IsZero() }

// narrow leaves in a report what is asked for.
func (f *gapFilter) narrow(s *sessionGaps) {
	for i := range s.report.Lives {
		l := &s.report.Lives[i]
		n := epochNumber(s.report, i)
		if f.number != 0 && n != f.number || !f.day.IsZero() && !aliveOn(l, f.day) {
			continue
		}
		if f.in {
			s.ways = append(s.ways, wayGaps{n, fixarchive.In, l, &l.In})
		}
		if f.out {
			s.ways = append(s.ways, wayGaps{n, fixarchive.Out, l, &l.Out})
		}
	}
	s.whole = f.in && f.out && !f.epochs()
}

// leaveOut lets go of the findings that nobody wants to see: of some sessions there are very many.
func (s *sessionGaps) leaveOut(all bool) {
	if all {
		return
	}
	ordinary := func(f complete.Finding) bool { return f.What.Ordinary() }
	for _, w := range s.ways {
		w.Findings = slices.Clone(slices.DeleteFunc(w.Findings, ordinary))
	}
	for i := range s.report.Logs {
		l := &s.report.Logs[i]
		l.Findings = slices.Clone(slices.DeleteFunc(l.Findings, ordinary))
	}
}

// epochNumber is what a life is called: the epoch of the only log, or its place among those of all.
func epochNumber(r *complete.Report, at int) uint32 {
	if parts := r.Lives[at].Parts; len(parts) == 1 {
		return parts[0].From
	}
	return uint32(at + 1)
}

func aliveOn(l *complete.Life, day time.Time) bool {
	return l.From.Before(day.Add(24*time.Hour)) && !l.To.Before(day)
}

// sessionGaps is what there is to say of a session.
type sessionGaps struct {
	*joined
	report *complete.Report
	ways   []wayGaps
	whole  bool // nothing was left out, so that the logs' own sequences are shown too
}

// wayGaps is one direction of one epoch.
type wayGaps struct {
	epoch     uint32
	direction fixarchive.Direction
	life      *complete.Life
	*complete.Way
}

// gapsTotal sums up what was asked for.
type gapsTotal struct {
	sessions, ways  int
	holes, missing  uint64 // that nothing explains, and the numbers in them
	explained       uint64 // holes
	odd             int    // of what is no hole and yet not ordinary
	unclean, damage bool
}

func (t *gapsTotal) count(s *sessionGaps) {
	for _, w := range s.ways {
		t.ways++
		t.add(w.Findings)
	}
	if s.whole {
		for k := range s.report.Logs {
			t.add(s.report.Logs[k].Findings)
		}
	}
}

func (t *gapsTotal) add(findings []complete.Finding) {
	for i := range findings {
		switch w := findings[i].What; {
		case !w.Explained():
			t.holes++
			t.missing += findings[i].Count()
		case w.IsHole() && w != complete.LostRecords:
			t.explained++
		case !w.Ordinary():
			t.odd++
		}
	}
}
