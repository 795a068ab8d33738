package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/export"
)

// exporting is how an export was asked for, besides which records.
type exporting struct {
	format, output, manifest, columns, split string
	force, unmask                            bool
}

func newExport(a *app) *cobra.Command {
	var w wanted
	var e exporting
	cmd := &cobra.Command{
		Use:   "export [SESSION [SEQ|FROM-TO|FROM-]] --output FILE",
		Short: "Hand messages over: raw FIX, JSON Lines, CSV, a log, Parquet or a packet capture, with a manifest",
		Long: `Write messages of a session, or of all of them in the order of their capture, to a file that others can open.

  raw      .fix .raw         the exact bytes, one message after the other
  jsonl    .jsonl .ndjson    a JSON object a line, as get --json prints it: the exact bytes in raw, or in raw_base64 where
                             they are no UTF-8
  csv      .csv              RFC 4180, UTF-8; --columns chooses. What does not show is \xNN, SOH in raw is |, and what a spreadsheet
                             would take for a formula begins with \x3d and the like. The exact bytes are in raw_base64
  log      .log              a line a message, as quickfixgo's file log writes it
  parquet  .parquet          common tags as columns of text, times in microseconds and nanoseconds, the exact bytes
  pcap     .pcap .pcapng     packets that Wireshark opens as FIX. TCP is made up around the messages

Beside FILE stands FILE.manifest.json: what was asked for, of which archive, how many of what, and the SHA-256 of every
file. A file has its name only when all of it is written; after an error or an interrupt there is none.

Passwords and what else --mask-tags has are masked: *** stands there, and BodyLength and CheckSum fit that. raw, pcap and pcapng
are exact bytes or nothing: where they would hold a secret, nothing is written and the first such message is named, unless
--unmask is given. To a pipe (--output -), what came before it has been written by then.

Gaps and, with --events, events and the like are in jsonl, csv and parquet; the manifest counts what a format has no place for.
The exit status is 1 when nothing was found, damage was met, or a writer is gone that did not close the archive; the manifest
then says complete: false.`,
		Example: `  fixarchive export GATEWAY --since 2026-11-23 --until 2026-11-24 --output day.jsonl
  fixarchive export --type D,8,9 --columns time,session,11,55,54,38,44,39 --output orders.csv
  fixarchive export --output all.parquet --split day       # all.2026-11-23.parquet, …
  fixarchive export GATEWAY 40-50 --output for-venue.pcapng
  fixarchive export GATEWAY --format jsonl --output - | jq -r .msg_type | sort | uniq -c`,
		Args:              wrongArgs(cobra.MaximumNArgs(2)),
		ValidArgsFunction: a.completeSession,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.export(cmd, args, &w, &e) },
	}
	w.addFlags(cmd, 0)
	e.addFlags(cmd)
	return cmd
}

func (e *exporting) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&e.output, "output", "o", "", "the `file` to write, or - for standard output, which has no manifest unless --manifest names one")
	f.StringVarP(&e.format, "format", "f", "", "raw, jsonl, csv, log, parquet, pcap or pcapng; by the ending of FILE if not given")
	f.StringVar(&e.columns, "columns", "", "the `columns` of a csv: tags, and "+export.ColumnNames()+" (default "+export.DefaultColumns+")")
	f.StringVar(&e.split, "split", "", "session or day: a file for each session, or each day in UTC, with its name before the ending")
	f.StringVar(&e.manifest, "manifest", "", "the manifest's `file`, instead of FILE.manifest.json")
	f.BoolVar(&e.force, "force", false, "replace files that are there")
	f.BoolVar(&e.unmask, "unmask", false, "write secrets as they are")
	var formats []string
	for _, format := range export.Formats {
		formats = append(formats, string(format))
	}
	registerValues(cmd, "format", formats...)
	registerValues(cmd, "split", "session", "day")
}

// plan checks the flags.
func (e *exporting) plan(cmd *cobra.Command, w *wanted) (f export.Format, p export.Place, columns []export.Column, err error) {
	if f, err = e.chosenFormat(); err != nil {
		return f, p, nil, err
	}
	p = export.Place{Path: e.output, Manifest: e.manifest, Force: e.force}
	switch {
	case f.MessagesOnly() && w.events:
		return f, p, nil, usagef("%s holds messages, and events are none: leave out --events, or give --format jsonl, csv or parquet", f)
	case e.columns != "" && f != export.CSV:
		return f, p, nil, usagef("--columns are those of a csv, and the format is %s", f)
	case e.split != "" && e.split != "session" && e.split != "day":
		return f, p, nil, usagef("--split is %q, want session or day", e.split)
	case e.split != "" && e.output == "-":
		return f, p, nil, usagef("--split %s makes files, and --output - is a pipe: name a file", e.split)
	case e.split != "" && w.limit > 0:
		return f, p, nil, usagef("--split %s and --limit exclude each other: which records would be the first ones?", e.split)
	case e.output == "-" && (f == export.Parquet || f == export.Pcap || f == export.PcapNG) && isTerminal(cmd.OutOrStdout()):
		return f, p, nil, usagef("%s is nothing for a terminal: name a file, or put a pipe behind it", f)
	}
	if e.columns != "" {
		if columns, err = export.ParseColumns(e.columns); err != nil {
			return f, p, nil, usagef("--columns: %w", err)
		}
	}
	if e.output == "-" {
		p.Path, p.Stream = "", cmd.OutOrStdout()
	} else if e.manifest == "" {
		p.Manifest = e.output + ".manifest.json"
	}
	return f, p, columns, nil
}

func (e *exporting) chosenFormat() (export.Format, error) {
	switch {
	case e.output == "":
		return "", usagef("--output is missing: give a file, or - for standard output")
	case e.format != "":
		f, err := export.ParseFormat(e.format)
		if err != nil {
			return "", usagef("--format: %w", err)
		}
		return f, nil
	case e.output == "-":
		return "", usagef("--output - needs --format: there are %s", export.FormatNames())
	}
	f, ok := export.FormatOf(e.output)
	if !ok {
		return "", usagef("%s has no ending that says a format: give --format %s", e.output, strings.ReplaceAll(export.FormatNames(), " and ", " or "))
	}
	return f, nil
}

func (a *app) export(cmd *cobra.Command, args []string, w *wanted, e *exporting) error {
	format, place, columns, err := e.plan(cmd, w)
	if err != nil {
		return err
	}
	q, err := w.query(time.Now())
	if err != nil {
		return err
	}
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := a.narrow(r, &q, args, w); err != nil {
		return err
	}
	x := exporter{a: a, cmd: cmd, r: r, q: q, split: e.split}
	if x.manifest, err = x.begun(w); err != nil {
		return err
	}
	if columns != nil {
		x.manifest.Columns = e.columns
	}
	guard := export.Guard{Secrets: a.secrets, Open: e.unmask}
	if x.set, err = export.NewSet(format, place, guard, export.Options{Columns: columns, Software: x.manifest.Software, About: x.about(e.unmask)}); err != nil {
		return err
	}
	defer x.set.Abort()
	if err := x.run(); err != nil {
		return whatIsLeft(err, place.Stream != nil)
	}
	return x.commit(place)
}

// whatIsLeft says after an error what was written, and of secrets what to do.
func whatIsLeft(err error, piped bool) error {
	left := "nothing was written"
	if piped {
		left = "nothing is written from there on"
	}
	var secret *export.SecretError
	switch {
	case errors.As(err, &secret):
		return fmt.Errorf("%w: %s; give --unmask to write it as it is, or --format jsonl, csv, log or parquet to have it masked", err, left)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: " + left)
	}
	return err
}

// narrow is what the arguments and --epoch say, as get takes them.
func (a *app) narrow(r *fixarchive.Reader, q *fixarchive.Query, args []string, w *wanted) error {
	if len(args) == 0 {
		if w.epoch != "" && w.epoch != "all" {
			return usagef("--epoch %s needs a SESSION: each session counts its own", w.epoch)
		}
		return nil
	}
	if len(args) == 2 {
		n, err := parseNumbers(args[1])
		if err != nil {
			return err
		}
		q.From, q.To = n.from, n.till
	}
	session, err := r.Session(args[0])
	if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) { // damage is told where it lies
		return err
	}
	q.Session = session.Name
	epochs, latest, err := w.epochs(&session)
	q.Epoch = epochs
	if err == nil && latest && q.From != 0 {
		err = a.latestEpoch(r, q, 1)
	}
	return err
}

// exporter brings the records of a query to a set of files.
type exporter struct {
	a        *app
	cmd      *cobra.Command
	r        *fixarchive.Reader
	q        fixarchive.Query
	split    string
	set      *export.Set
	manifest export.Manifest
	failed   bool // damage was met, or a writer is gone
}

// run writes the parts one after the other, so that only one file is open.
func (x *exporter) run() error {
	ctx, stop := signal.NotifyContext(x.cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sessions, err := x.sessions()
	if err != nil {
		return err
	}
	bar := newByteBar(x.cmd.ErrOrStderr(), "export")
	defer bar.end()
	var done int64
	total := bytesOf(sessions)
	for _, p := range x.parts(sessions) {
		if err := x.set.Next(p.name); err != nil {
			return err
		}
		for m, err := range x.r.Messages(p.q) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := x.take(&m, err); err != nil {
				return err
			}
			done += int64(len(m.Raw))
			bar.at(done, max(total, done))
		}
	}
	return nil
}

// take tells of damage, which costs the exit status, not what lies behind it.
func (x *exporter) take(m *fixarchive.Message, err error) error {
	if errors.Is(err, fixarchive.ErrCorrupt) {
		complain(x.cmd.ErrOrStderr(), err)
		x.incomplete("damage: " + oneLine(err))
		return nil
	}
	if err != nil {
		return err
	}
	return x.set.Put(m)
}

func (x *exporter) incomplete(note string) {
	x.failed = true
	x.manifest.Complete = false
	x.manifest.Notes = append(x.manifest.Notes, note)
}

// commit gives the files their names and says what was written.
func (x *exporter) commit(place export.Place) error {
	x.manifest.Finished = time.Now().UTC()
	err := x.set.Commit(&x.manifest)
	if errors.Is(err, export.ErrNothing) {
		if left := x.set.LeftOut; len(left) > 0 {
			return fmt.Errorf("nothing that was found has a place in the format: nothing was written")
		}
		return errors.New("nothing is as asked for: nothing was written")
	}
	if err != nil {
		return err
	}
	if n := x.set.LeftOut[fixarchive.Gap.String()]; n > 0 {
		x.a.log.Warn().Uint64("gaps", n).Msg("records are missing here; jsonl, csv and parquet show where")
	}
	if place.Stream == nil {
		if _, err := x.cmd.OutOrStdout().Write(exportedText(&x.manifest, place)); err != nil {
			return err
		}
	}
	if x.failed {
		return errNothing
	}
	return nil
}

func exportedText(m *export.Manifest, place export.Place) (text []byte) {
	for i := range m.Files {
		f := &m.Files[i]
		text = fmt.Appendf(text, "%s: %s, %s\n", safe(filepath.Join(filepath.Dir(place.Path), f.Name)), count(f.Records, "record"), bytesText(uint64(f.Bytes)))
	}
	if m.Masked > 0 {
		text = fmt.Appendf(text, "%s masked\n", count(m.Masked, "record"))
	}
	return fmt.Appendf(text, "%s: the manifest\n", safe(place.Manifest))
}
