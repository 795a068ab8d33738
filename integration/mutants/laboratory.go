package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mutant is one fault and the test that must notice it.
type mutant struct {
	name   string
	breaks string
	file   string // from the module's root on
	edits  []edit
	in     string   // the package of the test, from the module's root on
	test   string   // its name
	args   []string // flags that make it the faster one to notice
	hangs  bool     // the test notices by never ending
}

// edit puts one text in the place of another, which stands in the file exactly once.
type edit struct{ old, new string }

// laboratory is where mutants are made and tried.
type laboratory struct {
	root    string // of the module
	scratch string // a directory that is removed afterwards
	options
}

// verdict is what became of a mutant.
type verdict string

const (
	caught   verdict = "caught"
	survived verdict = "SURVIVED" // the test passes on it
	stale    verdict = "STALE"    // it cannot be made, or its test is gone
	unbuilt  verdict = "UNBUILT"  // it does not compile
	hung     verdict = "HUNG"     // the test did not end
	stopped  verdict = "STOPPED"  // we were
)

type outcome struct {
	verdict verdict
	why     string
	said    string // by the test
	took    time.Duration
}

func (o outcome) String() string {
	if o.why == "" {
		return string(o.verdict)
	}
	return fmt.Sprintf("%s, %s", o.verdict, o.why)
}

// try makes a mutant and runs its test.
func (l laboratory) try(ctx context.Context, m mutant) outcome {
	begin := time.Now()
	overlay, err := l.make(m)
	if err != nil {
		return outcome{verdict: stale, why: err.Error()}
	}
	said, err := l.goTest(ctx, m, "-overlay", overlay)
	o := verdictOf(m, said, err)
	if ctx.Err() != nil {
		o = outcome{verdict: stopped}
	}
	o.said, o.took = said, time.Since(begin)
	return o
}

// make writes the broken file, and the overlay that puts it in the place of the real one.
func (l laboratory) make(m mutant) (overlay string, err error) {
	path := filepath.Join(l.root, filepath.FromSlash(m.file))
	good, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("mutant %s is stale: %w", m.name, err)
	}
	bad, err := m.apply(good)
	if err != nil {
		return "", err
	}
	broken := filepath.Join(l.scratch, m.name+".go")
	overlay = filepath.Join(l.scratch, m.name+".json")
	b, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	return overlay, errors.Join(err, os.WriteFile(broken, bad, 0o600), os.WriteFile(overlay, b, 0o600))
}

// apply is the source with the mutant's edits.
func (m *mutant) apply(source []byte) ([]byte, error) {
	for _, e := range m.edits {
		if n := bytes.Count(source, []byte(e.old)); n != 1 || e.old == e.new {
			return nil, fmt.Errorf("mutant %s is stale: %s has this text %d times, want it once:\n%s", m.name, m.file, n, e.old)
		}
		source = bytes.Replace(source, []byte(e.old), []byte(e.new), 1)
	}
	return source, nil
}

// goTest runs a mutant's test, with flags of the go command before it.
func (l laboratory) goTest(ctx context.Context, m mutant, flags ...string) (said string, err error) {
	args := slices.Concat([]string{"test"}, flags, []string{
		"-count=1", "-vet=off", "-ldflags=-s -w", "-timeout", l.timeout.String(), "-run", "^" + m.test + "$", "./" + m.in,
	}, m.args)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = l.root
	cmd.Env = append(os.Environ(), "TMPDIR="+l.scratch) // what a test leaves behind when it is cut short goes with ours
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// verdictOf reads what the go command printed. A test binary that was not built has caught nothing, nor has one that
// found no such test.
func verdictOf(m mutant, said string, err error) outcome {
	switch {
	case strings.Contains(said, "[build failed]") || strings.Contains(said, "[setup failed]"):
		return outcome{verdict: unbuilt, why: "it does not compile:\n" + said}
	case strings.Contains(said, "no tests to run"):
		return outcome{verdict: stale, why: fmt.Sprintf("%s has no %s", m.in, m.test)}
	case err == nil:
		return outcome{verdict: survived, why: fmt.Sprintf("%s in %s passes on it", m.test, m.in)}
	case strings.Contains(said, "panic: test timed out"):
		if m.hangs {
			return outcome{verdict: caught}
		}
		return outcome{verdict: hung, why: fmt.Sprintf("%s in %s did not end", m.test, m.in)}
	case strings.Contains(said, "--- FAIL: "+m.test), strings.Contains(said, "panic: "), strings.Contains(said, "fatal error: "):
		return outcome{verdict: caught}
	}
	return outcome{verdict: stale, why: fmt.Sprintf("go test said something else, %v:\n%s", err, said)}
}

// healthy runs every test that the mutants name on the code as it is.
func (l laboratory) healthy(ctx context.Context, chosen []mutant) error {
	type group struct{ in, args string }
	groups := map[group][]mutant{}
	var order []group
	for _, m := range chosen {
		g := group{m.in, strings.Join(m.args, " ")}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], m)
	}
	for _, g := range order {
		all := groups[g][0]
		all.test = names(groups[g])
		if said, err := l.goTest(ctx, all); err != nil || strings.Contains(said, "no tests to run") {
			return fmt.Errorf("%s: %s on the code as it is: %v\n%s", g.in, all.test, err, said)
		}
	}
	return nil
}

// names is a pattern of all tests that some mutants name.
func names(all []mutant) string {
	var tests []string
	for _, m := range all {
		if !slices.Contains(tests, m.test) {
			tests = append(tests, m.test)
		}
	}
	return "(" + strings.Join(tests, "|") + ")"
}
