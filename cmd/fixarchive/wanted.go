package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

// wanted are the flags of get and tail that say which records are asked for.
type wanted struct {
	direction, epoch, since, until, state, where string
	types                                        []string
	limit                                        int
	events                                       bool
}

func (w *wanted) addFlags(cmd *cobra.Command, limit int) {
	f := cmd.Flags()
	f.StringVarP(&w.direction, "direction", "d", "both", "in (←, received), out (→, sent) or both")
	f.StringVarP(&w.epoch, "epoch", "e", "", "an `epoch`, a life of the session's MsgSeqNums: all, a number, or a day it was alive (UTC)")
	f.StringVar(&w.since, "since", "", "captured at or after this `time`: 2026-11-23T09:30:00Z, 2026-11-23, 09:30 (today, UTC) or 2h (ago)")
	f.StringVar(&w.until, "until", "", "captured before this `time`")
	f.StringSliceVarP(&w.types, "type", "t", nil, "MsgTypes, such as D,8")
	f.StringVarP(&w.where, "where", "w", "", "what must hold besides, a `condition` such as '35=8 and 55=EURUSD': fixarchive help query")
	f.IntVarP(&w.limit, "limit", "n", limit, "at most so many; 0: all")
	f.BoolVar(&w.events, "events", false, "also events, state changes, marks and voids")
	registerValues(cmd, "direction", "in", "out", "both")
}

// query is the flags as the library has them, but for the session, the MsgSeqNums and the epoch.
func (w *wanted) query(now time.Time) (q fixarchive.Query, err error) {
	switch w.direction {
	case "in":
		q.Direction = fixarchive.In
	case "out":
		q.Direction = fixarchive.Out
	case "both":
	default:
		return q, usagef("--direction is %q, want in, out or both", w.direction)
	}
	if w.since != "" {
		if q.Since, err = parseWhen("since", w.since, now); err != nil {
			return q, err
		}
	}
	if w.until != "" {
		if q.Until, err = parseWhen("until", w.until, now); err != nil {
			return q, err
		}
	}
	if w.since != "" && w.until != "" && !q.Since.Before(q.Until) {
		return q, usagef("--since %s is not before --until %s: a date stands for its beginning, and what is captured at --until is left out", w.since, w.until)
	}
	if w.limit < 0 {
		return q, usagef("--limit is %d, want 0 (all) or more", w.limit)
	}
	if w.state != "" && w.state != "pending" {
		return q, usagef("--state is %q, want pending", w.state)
	}
	q.Pending = w.state != ""
	q.Limit = w.limit
	if slices.Contains(w.types, "") {
		return q, usagef("--type is empty, want MsgTypes such as D,8")
	}
	q.Types = w.types
	if w.events {
		q.Kinds = fixarchive.AllKinds()
	}
	if w.where != "" {
		if q.Where, err = fixarchive.ParseWhere(w.where, nil); err != nil {
			return q, usageError{err}
		}
	}
	return q, nil
}

// epochs turns --epoch into a range of s's epochs. latest reports that nothing was asked for.
func (w *wanted) epochs(s *fixarchive.Session) (e fixarchive.EpochRange, latest bool, err error) {
	switch day, isDay := parseDay(w.epoch); {
	case w.epoch == "":
		return e, true, nil
	case w.epoch == "all":
		return e, false, nil
	case isDay:
		e, ok := s.EpochsOn(day)
		if !ok {
			return e, false, usagef("no epoch of %s was alive on %s: it holds records from %s to %s", safe(s.Name), w.epoch, s.First.Format(time.DateOnly), s.Last.Format(time.DateOnly))
		}
		return e, false, nil
	}
	n, err := strconv.ParseUint(w.epoch, 10, 32)
	if err != nil || n == 0 {
		return e, false, usagef("--epoch is %q, want all, a number from 1, or a date such as 2026-11-23", w.epoch)
	}
	return fixarchive.OneEpoch(uint32(n)), false, nil
}

func parseDay(text string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	return day, err == nil
}

// ofSession fills in the session and the epochs that q asks for, and returns the session as each archive has it that
// holds it. Where several do, each counts its own epochs.
func (w *wanted) ofSession(r *fixarchive.Readers, name string, q *fixarchive.Query) (found []fixarchive.Session, err error) {
	found, err = r.Session(name)
	if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) { // damage is told where it lies, behind what is good
		return nil, err
	}
	q.Session = found[0].Name
	if _, isDay := parseDay(w.epoch); isDay && len(found) > 1 {
		return nil, usagef("--epoch %s: %d archives hold %s, and each counts its own epochs; give --since and --until", w.epoch, len(found), safe(q.Session))
	}
	q.Epoch, _, err = w.epochs(&found[0])
	return found, err
}
