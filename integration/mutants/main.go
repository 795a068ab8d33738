// Command mutants breaks the archive on purpose, in one place at a time, and asks the tests whether they notice.
//
//	go run ./integration/mutants            every mutant
//	go run ./integration/mutants -run sync  those with sync in their names
//
// A mutant is a fault that somebody could put into the code and that costs messages one day: see the table. Each names
// the one test that must fail on it. The tree is not touched: the go command is given the broken file in place of the
// real one (-overlay), and only for that test. The run fails when a test passes on its mutant, when a mutant does not
// compile, and when the text that it replaces is not there exactly once any more.
//
// It runs on Linux, and imports nothing of what it breaks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: go run ./integration/mutants [flags]

Builds the archive with one fault at a time and runs the test that must notice it. Prints a line for each: the
mutant, what it breaks, what became of it, the test that was asked and the seconds that it took. What is under way
is told on standard error. Exits with 1 unless every mutant was caught.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	names   *regexp.Regexp
	base    bool
	list    bool
	verbose bool
	jobs    int
	timeout time.Duration
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("mutants", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	names := flags.String("run", "", "only the mutants whose names match this `regexp`")
	flags.BoolVar(&o.base, "base", false, "first see that all these tests pass on the code as it is")
	flags.BoolVar(&o.list, "list", false, "print the mutants and run nothing")
	flags.BoolVar(&o.verbose, "v", false, "print what the tests said, too")
	flags.IntVar(&o.jobs, "j", 1, "mutants at work at once")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "for one test; one that takes longer has not caught its mutant")
	_ = flags.Parse(args) // exits
	if flags.NArg() > 0 || o.jobs < 1 {
		return o, fmt.Errorf("%q: this takes flags only, and -j from 1 on; see -help", flags.Args())
	}
	o.names, err = regexp.Compile(*names)
	return o, err
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	var chosen []mutant
	for _, m := range mutants {
		if o.names.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no mutant's name matches %q; -list prints them", o.names)
	}
	if o.list {
		return list(os.Stdout, chosen)
	}
	scratch, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	return judge(ctx, laboratory{root, scratch, o}, chosen)
}

// moduleRoot is the directory of the go.mod that the go command sees from here.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	path := strings.TrimSpace(string(out))
	if err == nil && (path == "" || path == os.DevNull) {
		err = errors.New("run this within the module")
	}
	return filepath.Dir(path), err
}
