package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newSessions(a *app) *cobra.Command {
	var asJSON, gaps bool
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List the archive's sessions",
		Long: `List the archive's sessions: how many messages each holds, and from when to when. GAPS counts the records that say that others
were lost.

With --gaps every record is read, to say how many holes there are in a session's MsgSeqNums and how many numbers are missing in
those that nothing explains. fixarchive gaps says which, and joins several logs of a session; here each log stands for itself.

The exit status is 1 when there is none, damage was met, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive sessions
  fixarchive sessions --archive /var/lib/gateway/archive
  fixarchive sessions --gaps                 # reads everything
  fixarchive sessions --json | jq -r .session`,
		Args: wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sessions(cmd, asJSON, gaps) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&gaps, "gaps", false, "also the holes in the MsgSeqNums, for which every record is read")
	return cmd
}

func (a *app) sessions(cmd *cobra.Command, asJSON, gaps bool) error {
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
	var holes []sessionHoles
	if gaps {
		var herr error
		var damage bool
		if holes, damage, herr = a.holes(cmd, r, sessions); herr != nil {
			return herr
		}
		unclean = unclean || damage
	}
	show := sessionTable
	if asJSON {
		show = sessionsJSON
	}
	if _, werr := cmd.OutOrStdout().Write(show(sessions, holes)); werr != nil {
		return werr
	}
	if err == nil && unclean {
		return errNothing
	}
	return err
}

// sessionHoles is what there is to say of the MsgSeqNums of a log.
type sessionHoles struct {
	Unexplained uint64 `json:"unexplained"` // holes
	Missing     uint64 `json:"missing"`     // numbers in them
	Explained   uint64 `json:"explained"`   // holes
}

// holes reads all that there is of each session. Damage that it meets is told.
func (a *app) holes(cmd *cobra.Command, r *fixarchive.Reader, sessions []fixarchive.Session) (all []sessionHoles, damage bool, err error) {
	g := gathering{app: a, cmd: cmd, readers: []*fixarchive.Reader{r}, dirs: []string{a.cfg.Archive}}
	logs := make([]joined, len(sessions))
	for i, s := range sessions {
		logs[i] = joined{s.Name, []joinedLog{{r, a.cfg.Archive, s}}}
	}
	g.expect(logs)
	bar := newByteBar(cmd.ErrOrStderr(), "sessions")
	defer bar.end()
	g.progress = bar.at
	all = make([]sessionHoles, len(sessions))
	for i := range logs {
		report, err := g.account(&logs[i], false)
		if err != nil {
			return nil, false, err
		}
		s := sessionGaps{joined: &logs[i], report: report}
		(&gapFilter{in: true, out: true}).narrow(&s)
		var t gapsTotal
		t.count(&s)
		all[i] = sessionHoles{t.holes, t.missing, t.explained}
	}
	return all, g.damage, nil
}

func sessionTable(sessions []fixarchive.Session, holes []sessionHoles) []byte {
	t := table{{"SESSION", ">IN", ">OUT", ">EVENTS", ">GAPS", ">EPOCHS", ">BYTES", "FIRST", "LAST"}}
	if holes != nil {
		t[0] = append(t[0], ">HOLES", ">MISSING", ">EXPLAINED")
	}
	for i := range sessions {
		s := &sessions[i]
		row := []string{
			safe(s.Name), number(s.Inbound), number(s.Outbound), number(s.Events), number(s.Gaps),
			strconv.Itoa(len(s.Epochs)), bytesText(s.Bytes), second(s.First), second(s.Last),
		}
		if holes != nil {
			h := &holes[i]
			row = append(row, number(h.Unexplained+h.Explained), number(h.Missing), number(h.Explained))
		}
		t = append(t, row)
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
	Session  string        `json:"session"`
	Source   string        `json:"source"`
	ID       jsonIdentity  `json:"id"`
	Dir      string        `json:"dir"`
	Inbound  uint64        `json:"inbound"`
	Outbound uint64        `json:"outbound"`
	Events   uint64        `json:"events"`
	Gaps     uint64        `json:"gaps"`
	Bytes    uint64        `json:"bytes"`
	First    string        `json:"first,omitempty"`
	Last     string        `json:"last,omitempty"`
	Epochs   []jsonEpoch   `json:"epochs"`
	Holes    *sessionHoles `json:"holes,omitempty"` // with --gaps
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

func sessionsJSON(sessions []fixarchive.Session, holes []sessionHoles) (lines []byte) {
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
		if holes != nil {
			j.Holes = &holes[i]
		}
		lines = appendJSON(lines, &j)
	}
	return lines
}
