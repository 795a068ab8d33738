package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newRepair(a *app) *cobra.Command {
	var asJSON bool
	var o fixarchive.RepairOptions
	cmd := &cobra.Command{
		Use:   "repair [SESSION...]",
		Short: "Make indexes and the like anew, and move aside what does not belong; never touch a record",
		Long: `Make anew what can be made of the messages themselves where it is missing, stale, damaged or another's: indexes,
catalogues, the status file. What lies in a session's directory and does not belong there is moved to quarantine. Nothing is
deleted, and no byte of a record is changed: a segment with damage in it stays as it is and is named, with what you can do.

The archive must be closed: a process that writes to it is named, and what one left that was killed comes first, with
fixarchive recover. Try --dry-run, which reads every byte and says what would be done. A repair that was cut short is simply
run again.

The checkpoint says where each session ends. It cannot be made of anything else: where it is lost, restore it from a backup. Only if
there is none, --checkpoint makes one of the sessions as they are, provided that each is whole. Given up for it is what only
the old one knew: whether messages at the end of a session, or whole sessions, are missing.

The exit status is 0 when nothing is left that is damaged, and 1 otherwise.`,
		Example: `  fixarchive repair --dry-run
  fixarchive repair
  fixarchive repair GATEWAY
  fixarchive repair --json | jq 'select(.left)'`,
		ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Sessions = args
			return a.repair(cmd, o, asJSON)
		},
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and change nothing")
	cmd.Flags().BoolVar(&o.Checkpoint, "checkpoint", false, "make a checkpoint where none can be read; what that gives up stands above")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line: each deed, each damage that is left, then the archive")
	return cmd
}

func (a *app) repair(cmd *cobra.Command, o fixarchive.RepairOptions, asJSON bool) error {
	if o.Checkpoint && len(o.Sessions) > 0 {
		return usagef("--checkpoint is of all sessions: leave out %s", o.Sessions[0])
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	bar := newByteBar(cmd.ErrOrStderr(), "repair")
	o.Progress = bar.at
	report, err := fixarchive.Repair(ctx, a.cfg.Archive, o)
	bar.end()
	show := repairText
	if asJSON {
		show = repairJSON
	}
	if err == nil || len(report.Deeds) > 0 { // what was done before it failed is done
		if _, werr := cmd.OutOrStdout().Write(show(&report)); werr != nil {
			return werr
		}
	}
	if err == nil && len(report.Left) > 0 {
		return errNothing
	}
	return err
}

func repairText(r *fixarchive.RepairReport) (text []byte) {
	would := ""
	if r.DryRun {
		would = "would be "
	}
	for i := range r.Deeds {
		d := &r.Deeds[i]
		text = fmt.Appendf(text, "%s%s%s %s", of(d.Session), would, d.Act, safe(d.Path))
		if d.To != "" {
			text = fmt.Appendf(text, " to %s", safe(d.To))
		}
		text = fmt.Appendf(text, ": %s\n", safe(d.Why))
	}
	for i := range r.Left {
		l := &r.Left[i]
		text = fmt.Appendf(text, "%sleft %s: offset %d: %s; %s\n", of(l.Session), safe(l.Path), l.Offset, safe(l.Reason), safe(l.Remedy))
	}
	return fmt.Appendf(text, "%s: %s\n", count(r.Sessions, "session"), repairVerdict(r, would))
}

func of(session string) string {
	if session == "" {
		return ""
	}
	return safe(session) + ": "
}

func repairVerdict(r *fixarchive.RepairReport, would string) string {
	if len(r.Deeds)+len(r.Left) == 0 {
		return "nothing to repair"
	}
	rebuilt, moved := repairCounts(r)
	text := fmt.Sprintf("%s %s%s, %d %s%s", count(rebuilt, "file"), would, fixarchive.Rebuilt, moved, would, fixarchive.Moved)
	if n := len(r.Left); n > 0 {
		return text + ", " + count(n, "damaged place") + " left"
	}
	return text
}

func repairCounts(r *fixarchive.RepairReport) (rebuilt, moved int) {
	for i := range r.Deeds {
		if r.Deeds[i].Act == fixarchive.Rebuilt {
			rebuilt++
		} else {
			moved++
		}
	}
	return rebuilt, moved
}

// jsonRepair is a deed, or with left a damage that no repair mends.
type jsonRepair struct {
	Session string `json:"session,omitempty"`
	Act     string `json:"act,omitempty"` // rebuilt or moved
	Left    bool   `json:"left,omitempty"`
	Path    string `json:"path"`
	To      string `json:"to,omitempty"`
	Offset  *int64 `json:"offset,omitempty"` // of what is left
	Why     string `json:"why"`
	Remedy  string `json:"remedy,omitempty"`
	DryRun  bool   `json:"dry_run,omitempty"` // nothing was done
}

type jsonRepaired struct {
	Archive  bool `json:"archive"` // the last line
	DryRun   bool `json:"dry_run,omitempty"`
	Sessions int  `json:"sessions"`
	Rebuilt  int  `json:"rebuilt"`
	Moved    int  `json:"moved"`
	Damaged  int  `json:"damaged"` // places that are left
}

func repairJSON(r *fixarchive.RepairReport) (lines []byte) {
	for i := range r.Deeds {
		d := &r.Deeds[i]
		lines = appendJSON(lines, &jsonRepair{Session: d.Session, Act: string(d.Act), Path: d.Path, To: d.To, Why: d.Why, DryRun: r.DryRun})
	}
	for i := range r.Left {
		l := &r.Left[i]
		lines = appendJSON(lines, &jsonRepair{
			Session: l.Session, Left: true, Path: l.Path, Offset: &l.Offset, Why: l.Reason, Remedy: l.Remedy, DryRun: r.DryRun,
		})
	}
	rebuilt, moved := repairCounts(r)
	return appendJSON(lines, &jsonRepaired{Archive: true, DryRun: r.DryRun, Sessions: r.Sessions, Rebuilt: rebuilt, Moved: moved, Damaged: len(r.Left)})
}
