package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/fixarchive/fixarchive"
	"github.com/spf13/cobra"
)

// The exit statuses.
const (
	statusFound   = 0
	statusNothing = 1 // nothing was found, or damage was, or a writer is gone that did not close the archive
	statusUsage   = 2
)

// errNothing ends a command whose output has said already that nothing, or damage, was found, or that more is to come.
var errNothing = errors.New("nothing found")

// usageError is a call that cannot be answered as it is.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is the command without the process around it.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err != nil && !errors.Is(err, errNothing) && !readerLeft(err) {
		complain(stderr, err)
		showPlace(stderr, err)
	}
	return status(err)
}

func complain(stderr io.Writer, err error) { fmt.Fprintf(stderr, "fixarchive: %s\n", oneLine(err)) }

// showPlace shows where in a condition the trouble is.
func showPlace(stderr io.Writer, err error) {
	var where *fixarchive.WhereError
	if errors.As(err, &where) {
		fmt.Fprintf(stderr, "  %s\n  fixarchive help query explains the language\n", strings.ReplaceAll(where.Place(), "\n", "\n  "))
	}
}

// readerLeft reports whether standard output is a pipe that nobody reads any more, as behind head. That is an end
// like any other.
func readerLeft(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

func status(err error) int {
	var usage usageError
	switch {
	case err == nil || readerLeft(err):
		return statusFound
	case errors.As(err, &usage), errors.Is(err, fixarchive.ErrNotArchive), errors.Is(err, fixarchive.ErrAmbiguous), errors.Is(err, fixarchive.ErrNoPlace):
		return statusUsage
	}
	return statusNothing
}

// oneLine is err in one line that is safe to show: it may hold what a peer chose.
func oneLine(err error) string {
	text := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
	return strings.ReplaceAll(safe(strings.TrimPrefix(text, "fixarchive: ")), `\\`, `\`) // names in it are quoted once already
}

// wrongArgs makes the complaints of a cobra.PositionalArgs usage errors that show how to call the command.
func wrongArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%w; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
