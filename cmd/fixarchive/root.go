package main

import (
	"io"
	"os"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fixarchive/fixarchive/config"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// app is what all subcommands share. It is complete when their run functions are called.
type app struct {
	cfg    config.Config
	places places
	log    zerolog.Logger // to standard error: what is worth knowing beside the answer

	secrets *fixwire.Secrets // what is masked where nobody asked to see it
}

func newRoot() *cobra.Command {
	a := &app{log: zerolog.Nop()}
	root := &cobra.Command{
		Use:   "fixarchive",
		Short: "Find, follow and verify archived FIX messages",
		Long: `fixarchive looks into an archive of raw FIX messages, also while a gateway is writing to it.

SESSION is quickfix's own spelling, FIX.4.4:GATEWAY->VENUE, or any part of it that only one session has.`,
		Example: `  fixarchive sessions                        # what the archive in ./archive holds
  fixarchive get GATEWAY 48                  # the message with MsgSeqNum 48
  fixarchive get GATEWAY --since 2h --type 8 # the ExecutionReports of the last two hours
  fixarchive tail -f                         # what is captured now, all sessions
  fixarchive verify                          # read every byte, check every checksum`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.configure(cmd)
		},
	}
	flags := root.PersistentFlags()
	a.places.fallback = config.Default().Archive
	flags.Var(&a.places, "archive", "the archive's `directory`; get and tail take several, and folders of archives")
	flags.String("config", "", "a `file` (.toml, .yaml, .json) with the keys archive, dictionary, log-level, log-format, mask-tags")
	flags.StringArray("dictionary", nil, "a venue's own dictionary, a `file` in QuickFIX's XML, on top of the version that it names; may be repeated")
	flags.String("log-level", config.Default().LogLevel, "what is told on standard error: debug, info, warn, error or off")
	flags.String("log-format", config.Default().LogFormat, "auto (console on a terminal, else json), console or json")
	flags.String("mask-tags", config.Default().MaskTags, "the `tags` whose values are secret, such as default,448,58:j (58 in MsgType j); default: "+fixwire.DefaultSecrets)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; %s --help lists what there is", err, cmd.CommandPath())
	})
	root.CompletionOptions.DisableDefaultCmd = true // ours follows
	root.AddCommand(newSessions(a), newGet(a), newTail(a), newVerify(a), newStat(a), newAlarms(a), newRecover(a), newRepair(a),
		newSnapshot(a), newExport(a), newGaps(a), newStore(a), newOrder(a), newDemo(a), newVersion(), newCompletion(), newQueryHelp())
	return root
}

// configure fills in a from file, environment and flags.
func (a *app) configure(cmd *cobra.Command) error {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return err
	}
	if file == "" {
		file = os.Getenv(config.EnvPrefix + "_CONFIG")
	}
	if a.cfg, err = config.Load(file, cmd.Flags()); err != nil {
		return usageError{err}
	}
	if a.secrets, err = fixwire.ParseSecrets(a.cfg.MaskTags); err != nil {
		return usageError{err} // Load has seen it
	}
	a.log = newLogger(cmd.ErrOrStderr(), a.cfg)
	return a.checkArchives(cmd)
}

func newLogger(w io.Writer, cfg config.Config) zerolog.Logger {
	if cfg.LogFormat == "console" || cfg.LogFormat == "auto" && isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, NoColor: !isTerminal(w) || os.Getenv("NO_COLOR") != "", PartsExclude: []string{zerolog.TimestampFieldName}}
	}
	level := zerolog.Disabled
	if cfg.LogLevel != "off" {
		level, _ = zerolog.ParseLevel(cfg.LogLevel) // Validate has seen it
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// noSuchCommand complains about a word that is no subcommand.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("no command %q; is %s meant?", args[0], strings.Join(near, " or "))
	}
	return usagef("no command %q; fixarchive --help lists what there is", args[0])
}
