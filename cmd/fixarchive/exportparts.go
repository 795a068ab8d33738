package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/export"
)

// exportPart is what goes into one file.
type exportPart struct {
	name string // empty: there is one file only
	q    fixarchive.Query
}

// sessions are those that q asks for, where somebody wants to know: a bar, or parts.
func (x *exporter) sessions() ([]fixarchive.Session, error) {
	if x.split == "" && !isTerminal(x.cmd.ErrOrStderr()) {
		return nil, nil
	}
	if x.q.Session != "" {
		s, err := x.r.Session(x.q.Session)
		return []fixarchive.Session{s}, unlessCorrupt(err)
	}
	all, err := x.r.Sessions()
	return all, unlessCorrupt(err)
}

// unlessCorrupt lets damage pass, which is told where it is met.
func unlessCorrupt(err error) error {
	if errors.Is(err, fixarchive.ErrCorrupt) {
		return nil
	}
	return err
}

func bytesOf(sessions []fixarchive.Session) (n int64) {
	for i := range sessions {
		n += int64(sessions[i].Bytes)
	}
	return n
}

func (x *exporter) parts(sessions []fixarchive.Session) []exportPart {
	switch x.split {
	case "session":
		return bySession(sessions, x.q)
	case "day":
		return byDay(sessions, x.q)
	}
	return []exportPart{{q: x.q}}
}

// bySession names parts as the archive names its directories: no two are alike, whatever peers call themselves.
func bySession(sessions []fixarchive.Session, q fixarchive.Query) (parts []exportPart) {
	for i := range sessions {
		q.Session = sessions[i].Name
		parts = append(parts, exportPart{filepath.Base(sessions[i].Dir), q})
	}
	return parts
}

// byDay divides the time in which the sessions have records. A query for each day, and not one for all, since clocks are
// set back: a day may come twice.
func byDay(sessions []fixarchive.Session, q fixarchive.Query) (parts []exportPart) {
	var first, last time.Time
	for i := range sessions {
		s := &sessions[i]
		if !s.First.IsZero() && (first.IsZero() || s.First.Before(first)) {
			first = s.First
		}
		if s.Last.After(last) {
			last = s.Last
		}
	}
	if first.IsZero() {
		return []exportPart{{q: q}} // nothing is known, and all may be damaged
	}
	for day := first.UTC().Truncate(24 * time.Hour); !day.After(last); day = day.Add(24 * time.Hour) {
		p := exportPart{day.Format(time.DateOnly), q}
		if p.q.Since.Before(day) {
			p.q.Since = day
		}
		if end := day.Add(24 * time.Hour); p.q.Until.IsZero() || p.q.Until.After(end) {
			p.q.Until = end
		}
		if p.q.Since.Before(p.q.Until) {
			parts = append(parts, p)
		}
	}
	return parts
}

// jsonAsked is in the manifest what was asked for.
type jsonAsked struct {
	Session   string    `json:"session,omitempty"` // none: all
	MsgSeqNum string    `json:"msg_seq_num,omitempty"`
	Direction string    `json:"direction"`
	Epochs    string    `json:"epochs"`
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	Types     []string  `json:"types,omitempty"`
	Events    bool      `json:"events"`
	Limit     int       `json:"limit,omitempty"`
	Split     string    `json:"split,omitempty"`
}

// begun is the manifest as it can be said before the first record.
func (x *exporter) begun(w *wanted) (export.Manifest, error) {
	q := &x.q
	asked := jsonAsked{
		Session: q.Session, Direction: q.Direction.String(), Epochs: rangeText(uint64(q.Epoch.From), uint64(q.Epoch.Till)),
		Since: q.Since, Until: q.Until, Types: q.Types, Events: w.events, Limit: q.Limit, Split: x.split,
	}
	if q.From != 0 {
		asked.MsgSeqNum = rangeText(q.From, q.To)
	}
	status, err := x.r.Status()
	if err != nil {
		return export.Manifest{}, err
	}
	m := export.Manifest{
		Software: "fixarchive " + version(), Started: time.Now().UTC(), Query: asked, Complete: true,
		Archive: export.Archive{
			ID: status.ID, Path: status.Path, Created: status.Created, Generation: status.Generation, Live: status.Writer.Live,
		},
	}
	if path, err := filepath.Abs(status.Path); err == nil {
		m.Archive.Path = path
	}
	if u := status.Unclean; u != nil {
		x.a.log.Warn().Msg("unclean: " + safe(u.String()))
		x.failed, m.Complete = true, false
		m.Notes = append(m.Notes, "unclean: "+u.String())
	}
	return m, nil
}

// about is what a file says of itself where it can.
func (x *exporter) about(unmask bool) map[string]string {
	masking := "masked"
	if unmask {
		masking = "none"
	}
	return map[string]string{"masking": masking, "archive": x.manifest.Archive.ID, "generation": fmt.Sprint(x.manifest.Archive.Generation)}
}

func rangeText(from, till uint64) string {
	switch {
	case from == 0 && till == 0:
		return "all"
	case from == till:
		return fmt.Sprint(from)
	case till == 0:
		return fmt.Sprintf("%d-", from)
	}
	return fmt.Sprintf("%d-%d", from, till)
}
