package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newSessions(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List the archive's sessions",
		Long: `List the archive's sessions: how many messages each holds, and from when to when.

The exit status is 1 when there is none, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive sessions
  fixarchive sessions --archive /var/lib/gateway/archive
  fixarchive sessions --json | jq -r .session`,
		Args: wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sessions(cmd, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func (a *app) sessions(cmd *cobra.Command, asJSON bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	unclean, err := a.warnUnclean(r)
	if err != nil {
		return err
	}
	sessions, err := r.Sessions()
	if len(sessions) == 0 && err == nil {
		return fmt.Errorf("%s holds no session yet", a.cfg.Archive)
	}
	show := sessionTable
	if asJSON {
		show = sessionsJSON
	}
	if _, werr := cmd.OutOrStdout().Write(show(sessions)); werr != nil {
		return werr
	}
	if err == nil && unclean {
		return errNothing
	}
	return err
}

func sessionTable(sessions []fixarchive.Session) []byte {
	t := table{{"SESSION", ">IN", ">OUT", ">EVENTS", ">GAPS", ">EPOCHS", ">BYTES", "FIRST", "LAST"}}
	for i := range sessions {
		s := &sessions[i]
		t = append(t, []string{
			safe(s.Name), number(s.Inbound), number(s.Outbound), number(s.Events), number(s.Gaps),
			strconv.Itoa(len(s.Epochs)), bytesText(s.Bytes), second(s.First), second(s.Last),
		})
	}
	return t.append(nil)
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func second(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

type jsonSession struct {
	Session  string       `json:"session"`
	Source   string       `json:"source"`
	ID       jsonIdentity `json:"id"`
	Dir      string       `json:"dir"`
	Inbound  uint64       `json:"inbound"`
	Outbound uint64       `json:"outbound"`
	Events   uint64       `json:"events"`
	Gaps     uint64       `json:"gaps"`
	Bytes    uint64       `json:"bytes"`
	First    string       `json:"first,omitempty"`
	Last     string       `json:"last,omitempty"`
	Epochs   []jsonEpoch  `json:"epochs"`
}

type jsonIdentity struct {
	BeginString      string `json:"begin_string,omitempty"`
	SenderCompID     string `json:"sender_comp_id,omitempty"`
	SenderSubID      string `json:"sender_sub_id,omitempty"`
	SenderLocationID string `json:"sender_location_id,omitempty"`
	TargetCompID     string `json:"target_comp_id,omitempty"`
	TargetSubID      string `json:"target_sub_id,omitempty"`
	TargetLocationID string `json:"target_location_id,omitempty"`
	Qualifier        string `json:"qualifier,omitempty"`
}

type jsonEpoch struct {
	Epoch uint32 `json:"epoch"`
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
}

func sessionsJSON(sessions []fixarchive.Session) (lines []byte) {
	for i := range sessions {
		s := &sessions[i]
		j := jsonSession{
			Session: s.Name, Source: s.Source, Dir: s.Dir,
			ID: jsonIdentity{
				s.ID.BeginString, s.ID.SenderCompID, s.ID.SenderSubID, s.ID.SenderLocationID,
				s.ID.TargetCompID, s.ID.TargetSubID, s.ID.TargetLocationID, s.ID.Qualifier,
			},
			Inbound: s.Inbound, Outbound: s.Outbound, Events: s.Events, Gaps: s.Gaps, Bytes: s.Bytes,
			First: jsonTime(s.First), Last: jsonTime(s.Last), Epochs: []jsonEpoch{},
		}
		for _, e := range s.Epochs {
			j.Epochs = append(j.Epochs, jsonEpoch{e.Number, jsonTime(e.First), jsonTime(e.Last)})
		}
		lines = appendJSON(lines, &j)
	}
	return lines
}
