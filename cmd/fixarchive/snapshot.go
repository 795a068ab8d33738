package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newSnapshot(a *app) *cobra.Command {
	var o fixarchive.SnapshotOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "snapshot DIR",
		Short: "Copy the archive, as of one moment, while a gateway writes to it or not",
		Long: `Copy the archive, as of one moment, to a directory that does not exist or is empty. The gateway may go on: it need not
be asked, and does not notice. All that it had brought to its journal by then is in the copy, and durable there.

The copy is an archive of its own: point --archive at it to read or verify it, or let a gateway open it. What happens
to either from then on does not show in the other.

Segments that are never written again become hard links: they take no time and no room. For a copy on another disk, or
one that shares no file with the archive, name a directory there, or give --copy.

Damage is copied as it is; verify the copy to find it. What was quarantined comes along. What a gateway that was killed
left in its ring does not: recover first.`,
		Example: `  fixarchive snapshot /backup/gateway-2026-11-23
  fixarchive snapshot /mnt/nas/gateway --copy && fixarchive verify --archive /mnt/nas/gateway
  fixarchive snapshot before-upgrade --json | jq .copied_bytes`,
		Args: wrongArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.snapshot(cmd, args[0], o, asJSON) },
	}
	cmd.Flags().BoolVar(&o.Copy, "copy", false, "copy every byte: no hard links")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

func (a *app) snapshot(cmd *cobra.Command, dir string, o fixarchive.SnapshotOptions, asJSON bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	bar := newByteBar(cmd.ErrOrStderr(), "snapshot")
	o.Progress = bar.at
	report, err := r.Snapshot(ctx, dir, o)
	bar.end()
	if err != nil {
		return err
	}
	a.warnOf(&report)
	show := snapshotText
	if asJSON {
		show = snapshotJSON
	}
	if _, err := cmd.OutOrStdout().Write(show(dir, &report)); err != nil {
		return err
	}
	if len(report.Damage) > 0 {
		return errNothing
	}
	return nil
}

// warnOf tells on standard error what may not be as expected.
func (a *app) warnOf(r *fixarchive.SnapshotReport) {
	if r.NotLinked != nil {
		a.log.Warn().Msg("segments were copied that could have been hard links: " + oneLine(r.NotLinked))
	}
	if u := r.Unclean; u != nil && u.Ring != "" {
		a.log.Warn().Msg("the last gateway did not close the archive, and what lies in its ring is not in the snapshot; " +
			"fixarchive recover, then another snapshot, brings it in: " + u.Ring)
	}
	for _, note := range r.Notes {
		a.log.Warn().Msg(oneLine(note))
	}
}

func snapshotText(dir string, r *fixarchive.SnapshotReport) (text []byte) {
	text = fmt.Appendf(text, "%s: %s as of %s; %s linked (%s), %s copied (%s), %s of the journal\n",
		dir, count(r.Sessions, "session"), r.At.Format(timeForm),
		count(r.Linked, "segment"), bytesText(uint64(r.LinkedBytes)),
		count(r.Copied, "segment"), bytesText(uint64(r.CopiedBytes)), bytesText(uint64(r.JournalBytes)))
	return appendDamage(text, r.Damage)
}

type jsonSnapshot struct {
	Path           string       `json:"path"`
	At             string       `json:"at"`
	Generation     uint32       `json:"generation"`
	Sessions       int          `json:"sessions"`
	Linked         int          `json:"linked"`
	LinkedBytes    int64        `json:"linked_bytes"`
	Copied         int          `json:"copied"`
	CopiedBytes    int64        `json:"copied_bytes"`
	NotLinked      string       `json:"not_linked,omitempty"`
	JournalEntries int          `json:"journal_entries"`
	JournalBytes   int64        `json:"journal_bytes"`
	Unclean        *jsonUnclean `json:"unclean,omitempty"`
	Damage         []jsonDamage `json:"damage,omitempty"`
	Notes          []string     `json:"notes,omitempty"`
}

func snapshotJSON(_ string, r *fixarchive.SnapshotReport) []byte {
	j := jsonSnapshot{
		Path: r.Path, At: r.At.Format(timeForm), Generation: r.Generation, Sessions: r.Sessions,
		Linked: r.Linked, LinkedBytes: r.LinkedBytes, Copied: r.Copied, CopiedBytes: r.CopiedBytes,
		JournalEntries: r.JournalEntries, JournalBytes: r.JournalBytes, Damage: damageJSON(r.Damage),
	}
	if r.NotLinked != nil {
		j.NotLinked = r.NotLinked.Error()
	}
	j.Unclean = uncleanJSON(r.Unclean)
	for _, note := range r.Notes {
		j.Notes = append(j.Notes, note.Error())
	}
	return appendJSON(nil, &j)
}
