package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive/internal/filestore"
)

// storeTarget is what an import needs of an archive. One session at a time: Begin or Resume, then the rest of it, and
// Commit.
type storeTarget interface {
	// Held is the store that the archive has of a session; nil if it has none, or one that nothing has happened to.
	Held(id quickfix.SessionID) (filestore.Origin, error)
	// Begin begins a new store, and a new life of the session; what there was stays in the archive.
	Begin(id quickfix.SessionID, created time.Time) error
	// Resume goes on with the store that Held showed.
	Resume(id quickfix.SessionID) error
	// Note keeps a line of text with the store.
	Note(text string) error
	SetNext(sender, target int) error
	// Save keeps a message under a number. msg is not kept.
	Save(seq int, msg []byte) error
	// Commit returns when all of it is durable.
	Commit() error
}

var errInterrupted = errors.New("interrupted: the same import again goes on where it was")

// importer brings stores into an archive.
type importer struct {
	ctx     context.Context
	target  storeTarget
	format  filestore.Format
	session string // which; empty: all
	dry     bool
	replace bool
	report  *storeReport
	bar     *byteBar
	done    int64 // bytes, of total
	total   int64
}

func newStoreImport(a *app) *cobra.Command {
	var im importer
	var format string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import DIR|FILE...",
		Short: "Bring message stores in files into the archive",
		Long: `Bring message stores in files into the archive, so that an engine that keeps its messages there goes on with the numbers
and messages of its file store. Stop the engine first. The files are only read. Where there is no archive one is made.

DIR stands for all the stores in it, any FILE of a store for that store. Which engine wrote it is seen from the files, and which
session it is of from their name and the messages; --format and --session decide where they leave it open.

A store that is torn or inconsistent is imported as far as it is good. Each entry that is doubtful is told with its file and
offset, and left out unless it leads to one whole message with the MsgSeqNum that it says: the engine fills such a gap when it
is asked to send again.

Importing a store twice changes nothing, an import that was cut short goes on where it was, and one of a store that has grown
since adds what is new. A session whose messages in the archive are others, or further, is refused: an engine may have used those
numbers. With --replace its life in the archive ends and a new one begins with the file store; get --epoch finds the old one.

The exit status is 1 when a store was refused or could not be read, and when anything was doubtful, but for a MsgSeqNum that was
saved again: all versions are kept, and the last one counts.`,
		Example: `  fixarchive store import --dry-run /var/lib/gateway/store    # what is there, and what is doubtful
  fixarchive store import /var/lib/gateway/store --archive /var/lib/gateway/archive
  fixarchive store import store --session 'FIX.4.4:GATEWAY->VENUE'
  fixarchive store import store --json | jq 'select(.doubt)'`,
		Args: wrongArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if im.format, err = parseFormat(format); err != nil {
				return err
			}
			im.report = &storeReport{w: cmd.OutOrStdout(), json: asJSON, dry: im.dry}
			return a.storeImport(cmd, args, &im)
		},
	}
	f := cmd.Flags()
	f.StringVar(&im.session, "session", "", "only the store of this session, or of the only one with this in its `name`")
	f.StringVar(&format, "format", "", "take the files for this `format`")
	f.BoolVar(&im.dry, "dry-run", false, "read and tell, and write nothing")
	f.BoolVar(&im.replace, "replace", false, "begin a new life where the archive has another store of the session")
	f.BoolVar(&asJSON, "json", false, "one JSON object a line: each doubt, and each store")
	registerValues(cmd, "format", filestore.FormatNames()...)
	return cmd
}

func (a *app) storeImport(cmd *cobra.Command, args []string, im *importer) (err error) {
	places, err := filestore.Find(onDisk(), args...)
	if err != nil {
		return usageError{err}
	}
	if len(places) == 0 {
		return fmt.Errorf("no message store in %s: want files such as FIX.4.4-SENDER-TARGET.header and .body", strings.Join(args, ", "))
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // an import is not to be killed for what it tells
	target := &archiveTarget{ctx: ctx, app: a, dry: im.dry}
	im.ctx, im.target, im.bar = ctx, target, newByteBar(cmd.ErrOrStderr(), "import")
	defer func() {
		im.bar.end()
		err = errors.Join(err, target.close())
	}()
	return im.all(places)
}

// all imports every store that is wanted. What is wrong with one is told, and does not keep the others from coming.
func (im *importer) all(places []filestore.Place) (err error) {
	if im.session != "" {
		if places, err = im.wanted(places); err != nil {
			return err
		}
	}
	for _, p := range places {
		im.total += p.Size(onDisk())
	}
	for _, p := range places {
		if im.ctx.Err() != nil {
			return errors.Join(errInterrupted, im.report.err)
		}
		im.report.store(im.at(p))
	}
	return im.report.end()
}

// at imports what lies at a place. One store is open at a time: there may be more than descriptors.
func (im *importer) at(p filestore.Place) storeDone {
	s, err := filestore.Open(onDisk(), p, im.format)
	if err != nil {
		if errors.As(err, new(*filestore.UnknownFormatError)) {
			err = fmt.Errorf("%w; --format says which it is", err)
		}
		return storeDone{place: p, outcome: storeFailed, err: err}
	}
	defer s.Close()
	return im.one(s)
}

// wanted is where the store of the session lies that was asked for.
func (im *importer) wanted(places []filestore.Place) ([]filestore.Place, error) {
	var exact, part []filestore.Place
	var failed error
	for _, p := range places {
		ids, err := im.idsAt(p)
		failed = errors.Join(failed, err)
		switch {
		case slices.ContainsFunc(ids, func(id filestore.ID) bool { return id.String() == im.session }):
			exact = append(exact, p)
		case slices.ContainsFunc(ids, func(id filestore.ID) bool { return strings.Contains(id.String(), im.session) }):
			part = append(part, p)
		}
	}
	if len(exact) == 0 {
		exact = part
	}
	switch len(exact) {
	case 0:
		err := usagef("no store is of session %q; without --session the import tells of which they are", im.session)
		return nil, errors.Join(err, failed)
	case 1:
		return exact, nil
	}
	return nil, usagef("%d stores may be of session %q: give all of its name, or the file", len(exact), im.session)
}

func (im *importer) idsAt(p filestore.Place) ([]filestore.ID, error) {
	s, err := filestore.Open(onDisk(), p, im.format)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Survey(nil); err != nil {
		return nil, err
	}
	return idsOf(s), nil
}

// idsOf is whose store it is, or may be.
func idsOf(s *filestore.Store) []filestore.ID {
	id, err := s.ID()
	var ambiguous *filestore.AmbiguousNameError
	if errors.As(err, &ambiguous) {
		return ambiguous.Candidates
	}
	return []filestore.ID{id}
}

// one imports a store.
func (im *importer) one(s *filestore.Store) storeDone {
	r := storeDone{place: s.Place, format: s.Format}
	sum, err := s.Survey(func(d filestore.Doubt) {
		r.odd = r.odd || d.Reason != filestore.Repeated
		im.report.doubt(d)
	})
	r.survey, r.created = sum, s.Created()
	r.sender, r.target = s.Next()
	if err != nil {
		return r.failed(err)
	}
	if r.id, err = im.idOf(s); err != nil {
		return r.failed(err)
	}
	held, err := im.target.Held(quickfix.SessionID(r.id))
	if err != nil {
		return r.failed(err)
	}
	have, err := compare(held, s)
	if err != nil {
		return r.failed(err)
	}
	r.had = have.same
	switch why := have.refusal(held, s); {
	case why == "" && held != nil && have.nothingNew(held, s, sum.Messages):
		r.outcome = storePresent
	case why == "":
		r.outcome = im.outcome(held)
		err = im.write(s, r.id, have.same, held == nil)
	case im.replace:
		r.had, r.outcome = 0, storeReplaced
		err = im.write(s, r.id, 0, true)
	default:
		r.outcome, r.err = storeRefused, errors.New(why+"; --replace begins a new life with the file store, and keeps that one under its epoch")
	}
	if err != nil {
		return r.failed(err)
	}
	return r
}

func (im *importer) outcome(held filestore.Origin) storeOutcome {
	if held == nil {
		return storeImported
	}
	return storeResumed
}

// idOf is whose store it is, by what --session says where the files leave it open.
func (im *importer) idOf(s *filestore.Store) (filestore.ID, error) {
	id, err := s.ID()
	var ambiguous *filestore.AmbiguousNameError
	if errors.As(err, &ambiguous) {
		for _, may := range ambiguous.Candidates {
			if may.String() == im.session {
				return may, nil
			}
		}
		if len(ambiguous.Candidates) > 0 {
			err = fmt.Errorf("%w; --session says which it is", err)
		}
	}
	return id, err
}

// write brings a store into the archive, but for the messages that it has. The numbers come first: should the import be
// cut short and an engine go on, it lacks messages to send again, and uses no number twice.
func (im *importer) write(s *filestore.Store, id filestore.ID, have int, begin bool) error {
	if im.dry {
		return nil
	}
	if begin {
		created := s.Created()
		if created.IsZero() {
			created = time.Now() // as the engine does
		}
		if err := im.target.Begin(quickfix.SessionID(id), created); err != nil {
			return err
		}
	} else if err := im.target.Resume(quickfix.SessionID(id)); err != nil {
		return err
	}
	if err := errors.Join(im.target.Note(noteOf(s)), im.target.SetNext(s.Next())); err != nil {
		return err
	}
	n := 0
	err := s.Messages(func(seq int, msg []byte) error {
		n++
		im.done += int64(len(msg))
		im.bar.at(im.done, im.total)
		if n <= have {
			return nil
		}
		if im.ctx.Err() != nil {
			return errInterrupted
		}
		return im.target.Save(seq, msg)
	})
	if err == nil {
		err = s.Changed()
	}
	return errors.Join(err, im.target.Commit())
}
