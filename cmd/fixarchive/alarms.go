package main

import (
	"fmt"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newAlarms(a *app) *cobra.Command {
	var asJSON, all, acknowledge bool
	cmd := &cobra.Command{
		Use:   "alarms",
		Short: "Show what the archive was alarmed by, until somebody acknowledges it",
		Long: `Show what the archive was alarmed by: by all its writers, since somebody last acknowledged it. Each text stands there once,
with when it was raised last and how often. While there is any the exit status is 1, as is that of stat.

--acknowledge shows them and says that you have seen them. It writes a file of its own into the archive's directory,
and may be called beside a living gateway. What is raised again afterwards is shown again.`,
		Example: `  fixarchive alarms
  fixarchive alarms --all --json           # also those that were acknowledged
  fixarchive alarms --acknowledge`,
		Args: wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.alarms(cmd, asJSON, all, acknowledge) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&all, "all", false, "also those that were acknowledged")
	cmd.Flags().BoolVar(&acknowledge, "acknowledge", false, "say that what is shown was seen")
	return cmd
}

func (a *app) alarms(cmd *cobra.Command, asJSON, all, acknowledge bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	alarms, err := r.Alarms()
	if err != nil {
		return err
	}
	open := unacknowledged(alarms)
	shown := open
	if all {
		shown = alarms
	}
	show := alarmLines
	if asJSON {
		show = alarmsJSON
	}
	if _, err := cmd.OutOrStdout().Write(show(shown)); err != nil {
		return err
	}
	switch {
	case len(open) == 0:
		a.log.Info().Msg(noAlarms(r))
		return nil
	case acknowledge:
		return a.acknowledge(open)
	}
	return errNothing
}

// acknowledge takes for seen what was shown, and nothing that came since.
func (a *app) acknowledge(open []fixarchive.Alarm) error {
	upTo := uint64(0)
	for i := range open {
		upTo = max(upTo, open[i].Number)
	}
	if err := fixarchive.AcknowledgeAlarms(a.cfg.Archive, upTo, whoIs()); err != nil {
		return fmt.Errorf("nothing is acknowledged, for which a file in %s must be written; do it as the gateway's user: %w", a.cfg.Archive, err)
	}
	a.log.Info().Msgf("%s acknowledged", count(len(open), "alarm"))
	return nil
}

// whoIs is who acknowledges: a name is wanted, not proof of it.
func whoIs() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

func noAlarms(r *fixarchive.Reader) string {
	ack, err := r.Acknowledgement()
	if err != nil || ack.UpTo == 0 {
		return "no alarms"
	}
	return fmt.Sprintf("no alarms since %s acknowledged them at %s", safe(ack.By), second(ack.At))
}
