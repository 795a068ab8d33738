package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newStat(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stat",
		Short: "Show how the archive stands: who writes to it, how much it holds, what was lost, what went wrong",
		Long: `Show how the archive stands: who writes to it, how much it holds and was lost, how much room its disk has and for how
long that lasts, and the last alarms that nobody has acknowledged.

For whatever watches the gateway the exit status is 1 while there is such an alarm (fixarchive alarms --acknowledge ends that),
when a writer is gone that did not close the archive, and when damage was met on the way; what was met is told on
standard error, and fixarchive verify tells of all there is.`,
		Example: `  fixarchive stat
  fixarchive stat --archive /var/lib/gateway/archive --json`,
		Args: wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stat(cmd, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

func (a *app) stat(cmd *cobra.Command, asJSON bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	status, err := r.Status()
	if err != nil {
		return err
	}
	sessions, damage := r.Sessions()
	if damage != nil {
		a.log.Warn().Msg(oneLine(damage))
	}
	alarms, err := r.Alarms()
	if err != nil {
		return err
	}
	held, open := sum(sessions), unacknowledged(alarms)
	show := statTable
	if asJSON {
		show = statJSON
	}
	if _, err := cmd.OutOrStdout().Write(show(&status, &held, open)); err != nil {
		return err
	}
	if len(open) > 0 || status.Unclean != nil || damage != nil {
		return errNothing
	}
	return nil
}

// sum is all sessions together.
func sum(sessions []fixarchive.Session) (all fixarchive.Session) {
	for i := range sessions {
		s := &sessions[i]
		all.Inbound += s.Inbound
		all.Outbound += s.Outbound
		all.Events += s.Events
		all.Gaps += s.Gaps
		all.Bytes += s.Bytes
		if all.First.IsZero() || !s.First.IsZero() && s.First.Before(all.First) {
			all.First = s.First
		}
		if s.Last.After(all.Last) {
			all.Last = s.Last
		}
	}
	return all
}

func statTable(s *fixarchive.Status, held *fixarchive.Session, open []fixarchive.Alarm) []byte {
	t := table{{"archive", s.Path}}
	add := func(what, format string, args ...any) { t = append(t, []string{what, fmt.Sprintf(format, args...)}) }
	add("id", "%s, made %s", s.ID, second(s.Created))
	add("writer", "%s", writerText(s))
	add("generation", "%d", s.Generation)
	add("sessions", "%d", s.Sessions)
	add("messages", "%d in, %d out", held.Inbound, held.Outbound)
	add("events", "%d", held.Events)
	add("gaps", "%d", held.Gaps)
	add("on disk", "%s", bytesText(held.Bytes))
	add("disk", "%s", spaceText(&s.Space))
	add("reserve", "%s", reserveText(&s.Space))
	add("captured", "%s to %s", second(held.First), second(held.Last))
	if !s.Heartbeat.IsZero() {
		add("this generation", "%s accepted, %d dropped", count(s.Accepted, "record"), s.Dropped)
		add("durable", "up to position %d", s.Durable)
		add("stored", "up to position %d", s.Stored)
		if s.Away > 0 {
			add("away", "%s whose files fail: what they get is kept in the journal and the spill", count(s.Away, "session"))
		}
	}
	if u := s.Unclean; u != nil {
		add("unclean", "%s", safe(u.String()))
	}
	if q := &s.Quarantine; q.Files > 0 {
		add("quarantine", "%s", quarantineText(q))
	}
	addAlarms(add, open)
	return t.append(nil)
}

func writerText(s *fixarchive.Status) string {
	switch {
	case !s.Writer.Live && s.Unclean == nil:
		return "none; the last one closed the archive"
	case !s.Writer.Live:
		return "none; the last one ended without closing the archive"
	case s.Heartbeat.IsZero():
		return safe(s.Writer.Holder)
	}
	return fmt.Sprintf("%s, heartbeat %s", safe(s.Writer.Holder), s.Heartbeat.Format(time.RFC3339))
}

type jsonStat struct {
	Archive    string       `json:"archive"`
	ID         string       `json:"id"`
	Created    string       `json:"created"`
	Generation uint32       `json:"generation"`
	Writer     jsonWriter   `json:"writer"`
	Sessions   int          `json:"sessions"`
	Inbound    uint64       `json:"inbound"`
	Outbound   uint64       `json:"outbound"`
	Events     uint64       `json:"events"`
	Gaps       uint64       `json:"gaps"`
	Bytes      uint64       `json:"bytes"`
	First      string       `json:"first,omitempty"`
	Last       string       `json:"last,omitempty"`
	Accepted   uint64       `json:"accepted"` // of this generation, as are the following
	Dropped    uint64       `json:"dropped"`
	Durable    uint64       `json:"durable"`
	Stored     uint64       `json:"stored"`
	Away       int          `json:"away"`
	Space      *jsonSpace   `json:"space"`
	Alarms     jsonAlarms   `json:"alarms"`
	Unclean    *jsonUnclean `json:"unclean,omitempty"`

	Quarantine *jsonQuarantine `json:"quarantine,omitempty"`
}

type jsonWriter struct {
	Live      bool   `json:"live"`
	PID       int    `json:"pid,omitempty"`
	Holder    string `json:"holder,omitempty"`
	Heartbeat string `json:"heartbeat,omitempty"`
}

type jsonUnclean struct {
	Ring           string `json:"ring,omitempty"`
	RingBytes      *int64 `json:"ring_bytes,omitempty"` // in the ring and not yet taken; missing when that is not known
	RingNote       string `json:"ring_note,omitempty"`
	JournalEntries int    `json:"journal_entries"`
	JournalBytes   int64  `json:"journal_bytes"`
}

func statJSON(s *fixarchive.Status, held *fixarchive.Session, open []fixarchive.Alarm) []byte {
	j := jsonStat{
		Archive: s.Path, ID: s.ID, Created: jsonTime(s.Created), Generation: s.Generation,
		Writer:   jsonWriter{s.Writer.Live, s.Writer.PID, s.Writer.Holder, jsonTime(s.Heartbeat)},
		Sessions: s.Sessions, Inbound: held.Inbound, Outbound: held.Outbound, Events: held.Events, Gaps: held.Gaps,
		Bytes: held.Bytes, First: jsonTime(held.First), Last: jsonTime(held.Last),
		Accepted: s.Accepted, Dropped: s.Dropped, Durable: s.Durable, Stored: s.Stored, Away: s.Away,
		Space: spaceJSON(&s.Space), Alarms: openJSON(open),
	}
	j.Unclean, j.Quarantine = uncleanJSON(s.Unclean), quarantineJSON(&s.Quarantine)
	return appendJSON(nil, &j)
}

func uncleanJSON(u *fixarchive.Unclean) *jsonUnclean {
	if u == nil {
		return nil
	}
	j := &jsonUnclean{Ring: u.Ring, RingNote: u.RingNote, JournalEntries: u.JournalEntries, JournalBytes: u.JournalBytes}
	if u.Ring != "" && u.RingBytes >= 0 {
		j.RingBytes = &u.RingBytes
	}
	return j
}

// jsonTime is empty for no time at all.
func jsonTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}
