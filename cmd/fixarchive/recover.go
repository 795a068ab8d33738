package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newRecover(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "recover",
		Short: "Bring home what a gateway that was killed left in its ring and journal",
		Long: `Bring home what a gateway that was killed left in its ring and journal, and close the archive. The next start of the
gateway does the same; this is for archives whose gateway does not start again.

It writes to the archive, and refuses one that a process has open. What it did stands in the archive afterwards, as an event of
its global log: fixarchive get global --events.`,
		Example: `  fixarchive recover --archive /var/lib/gateway/archive`,
		Args:    wrongArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.recover(cmd) },
	}
}

func (a *app) recover(cmd *cobra.Command) error {
	needed, err := a.needsRecovery()
	if err != nil {
		return err
	}
	if !needed {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s was closed: there is nothing to recover\n", a.cfg.Archive)
		return err
	}
	archive, err := fixarchive.Open(fixarchive.Options{
		Path:         a.cfg.Archive,
		ReserveBytes: -1, // it is soon closed, and what the gateway has kept back is here to be used
		FreePercent:  -1,
		Alarm:        func(err error) { a.log.Warn().Msg(oneLine(err)) },
	})
	if err != nil {
		return err
	}
	found := archive.Stats().Recovered
	if err := archive.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), recoveredText(a.cfg.Archive, found))
	return err
}

// needsRecovery looks before anything is opened for writing: where there is no archive, none is made.
func (a *app) needsRecovery() (bool, error) {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return false, err
	}
	defer r.Close()
	s, err := r.Status()
	if err == nil && s.Writer.Live {
		err = fmt.Errorf("%s: %s writes to it: end that first", a.cfg.Archive, s.Writer.Holder)
	}
	return s.Unclean != nil, err
}

func recoveredText(path string, r *fixarchive.Recovery) string {
	if r == nil {
		return path + " was recovered by another process"
	}
	ring := count(r.RingRecords, "record") + " of its ring"
	if r.RingLost {
		ring = "its ring is gone"
	}
	return fmt.Sprintf("%s: %s of the journal (%d extents), %s; %s written for what was lost",
		path, bytesText(uint64(r.JournalBytes)), r.JournalEntries, ring, count(r.Gaps, "gap"))
}
