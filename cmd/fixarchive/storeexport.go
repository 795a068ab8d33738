package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/filestore"
)

func newStoreExport(a *app) *cobra.Command {
	var x storeExporter
	var format string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export SESSION... --to DIR",
		Short: "Write message stores of the archive to files",
		Long: `Write message stores of the archive to files, as the engine of the format would have written them: an engine that is
pointed there goes on with the messages, the next MsgSeqNums and the time that the archive has. Stop the gateway first: what it
does afterwards is not in the files, and an engine that goes on with them would use its numbers again.

DIR must not exist yet, or be empty, and appears when all of it is written and durable. Where an engine looks for its store, move
the files while it is stopped.

A store that was imported and has not changed since comes out with the same bytes, in its own format. Other stores are
written for quickfixgo unless --format says otherwise. QuickFIX C++ and /J keep less of the time: seconds and milliseconds.`,
		Example: `  fixarchive store export GATEWAY --to /var/lib/gateway/store.new
  fixarchive store export 'FIX.4.4:GATEWAY->VENUE' 'FIX.4.4:DESK->VENUE' --to stores --format quickfixj
  fixarchive store export GATEWAY --to stores --dry-run --json | jq .messages`,
		Args:              wrongArgs(cobra.MinimumNArgs(1)),
		ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if x.format, err = parseFormat(format); err != nil {
				return err
			}
			if x.format != filestore.Unknown && !x.format.Writable() {
				return usagef("--format %v is only read", x.format)
			}
			if x.to == "" {
				return usagef("--to is missing: name a directory that does not exist yet")
			}
			x.report = &storeReport{w: cmd.OutOrStdout(), json: asJSON, dry: x.dry}
			return a.storeExport(cmd, args, &x)
		},
	}
	f := cmd.Flags()
	f.StringVar(&x.to, "to", "", "the `directory` that the files go to; it must not exist yet, or be empty")
	f.StringVar(&format, "format", "", "the `format` of the files; the one that the store was imported from, else quickfixgo")
	f.BoolVar(&x.dry, "dry-run", false, "read and tell, and write nothing")
	f.BoolVar(&asJSON, "json", false, "one JSON object a line, for each store")
	var formats []string
	for _, name := range filestore.FormatNames() {
		if f, _ := filestore.ParseFormat(name); f.Writable() {
			formats = append(formats, name)
		}
	}
	registerValues(cmd, "format", formats...)
	return cmd
}

// storeExporter writes stores of an archive to files.
type storeExporter struct {
	ctx    context.Context
	format filestore.Format // Unknown: as imported
	to     string
	dry    bool
	report *storeReport
	bar    *byteBar
	writer *filestore.Writer
}

func (a *app) storeExport(cmd *cobra.Command, args []string, x *storeExporter) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := a.settled(r); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	x.ctx, x.bar = ctx, newByteBar(cmd.ErrOrStderr(), "export")
	defer x.bar.end()
	done, err := x.all(r, args, a.warnGaps)
	if err != nil {
		return err
	}
	x.bar.end()
	for _, d := range done {
		x.report.store(d)
	}
	return x.report.end()
}

// settled refuses an archive of which a part cannot be read yet: with numbers that have been used, an engine would go on
// where it must not.
func (a *app) settled(r *fixarchive.Reader) error {
	s, err := r.Status()
	switch {
	case err != nil:
		return err
	case s.Unclean != nil:
		return fmt.Errorf("%s: its writer is gone and did not close it, so the last numbers are not known: fixarchive recover brings them in", a.cfg.Archive)
	case s.Writer.Live:
		a.log.Warn().Msg(oneLine(fmt.Errorf("%s writes to the archive: what it does from now on is not in the files; no engine may go on with them unless it is stopped", s.Writer.Holder)))
	}
	return nil
}

func (a *app) warnGaps(s *fixarchive.SavedStore) {
	if s.Gaps > 0 {
		a.log.Warn().Msg(oneLine(fmt.Errorf("%s has %s since its store began, where a saved message may have been lost: fixarchive get %s --events shows them", s.Session, count(s.Gaps, "gap"), s.Session)))
	}
}

// all writes the stores of sessions, all or none.
func (x *storeExporter) all(r *fixarchive.Reader, sessions []string, look func(*fixarchive.SavedStore)) (done []storeDone, err error) {
	if !x.dry {
		if x.writer, err = filestore.Create(onDisk(), x.to); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, x.writer.Abort()) }()
	}
	for _, name := range sessions {
		s, err := r.Store(name)
		if err != nil {
			return nil, err
		}
		look(s)
		d, err := x.one(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Session, err)
		}
		done = append(done, d)
	}
	if x.dry {
		return done, nil
	}
	return done, x.writer.Commit()
}

func (x *storeExporter) one(s *fixarchive.SavedStore) (d storeDone, err error) {
	note, err := importNote(s)
	if err != nil {
		return d, err
	}
	d = storeDone{format: x.format, id: filestore.ID(s.ID), outcome: storeExported, created: s.Created()}
	d.sender, d.target = s.Next()
	imported, _ := filestore.ParseFormat(note.Format)
	switch {
	case d.format != filestore.Unknown:
	case imported.Writable():
		d.format = imported
	case imported != filestore.Unknown:
		return d, usagef("it was imported from %v, which is only read: --format says what to write", imported)
	default:
		d.format = filestore.QuickFIXGo
	}
	if imported != d.format {
		note.Files = nil
	}
	prefix, err := d.format.FileName(d.id)
	if err != nil {
		return d, err
	}
	d.place = filestore.Place{Dir: x.to, Prefix: prefix}
	from := passing{s, x, &d.survey}
	if x.dry {
		return d, from.Messages(func(int, []byte) error { return nil })
	}
	_, err = x.writer.Write(d.format, d.id, from, note.before())
	return d, err
}

// passing counts a store's messages as they pass, and ends when the user asks for it.
type passing struct {
	*fixarchive.SavedStore
	x   *storeExporter
	sum *filestore.Survey
}

func (c passing) Messages(yield func(seq int, msg []byte) error) error {
	return c.SavedStore.Messages(func(seq int, msg []byte) error {
		c.sum.Messages++
		c.sum.Bytes += int64(len(msg))
		c.sum.Highest = max(c.sum.Highest, int64(seq))
		c.x.bar.at(c.sum.Bytes, c.sum.Bytes)
		if c.x.ctx.Err() != nil {
			return errors.New("interrupted: nothing is written")
		}
		return yield(seq, msg)
	})
}

// importNote is the last that an import has noted of the store; the zero storeNote when there is none.
func importNote(s *fixarchive.SavedStore) (note storeNote, err error) {
	err = s.Events(func(text []byte) error {
		if n, ok := parseNote(text); ok {
			note = n
		}
		return nil
	})
	return note, err
}

var _ filestore.Origin = (*fixarchive.SavedStore)(nil)
