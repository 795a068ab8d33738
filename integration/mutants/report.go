package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// judge runs the mutants and prints what became of each, in their order.
func judge(ctx context.Context, l laboratory, chosen []mutant) error {
	begin := time.Now()
	if l.base {
		if err := l.healthy(ctx, chosen); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "the tests pass on the code as it is (%.0f s)\n", time.Since(begin).Seconds())
	}
	outcomes := l.all(ctx, chosen)
	if err := write(os.Stdout, chosen, outcomes); err != nil {
		return err
	}
	var escaped []string
	for i, m := range chosen {
		if outcomes[i].verdict != caught {
			escaped = append(escaped, fmt.Sprintf("%s: %v", m.name, outcomes[i]))
		}
	}
	if len(escaped) > 0 {
		return fmt.Errorf("%d of %d were not caught\n%s", len(escaped), len(chosen), strings.Join(escaped, "\n"))
	}
	fmt.Fprintf(os.Stderr, "%d mutants, each caught, %.0f s\n", len(chosen), time.Since(begin).Seconds())
	return nil
}

// all runs the mutants, some at once, and tells of each on standard error as it ends.
func (l laboratory) all(ctx context.Context, chosen []mutant) []outcome {
	outcomes := make([]outcome, len(chosen))
	var group sync.WaitGroup
	places := make(chan struct{}, l.jobs)
	for i, m := range chosen {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			outcomes[i] = l.try(ctx, m)
			fmt.Fprintf(os.Stderr, "%2d/%d %s: %v\n", i+1, len(chosen), m.name, outcomes[i].verdict)
			if l.verbose {
				fmt.Fprintf(os.Stderr, "%s\n", outcomes[i].said)
			}
		})
	}
	group.Wait()
	return outcomes
}

func write(to io.Writer, chosen []mutant, outcomes []outcome) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "mutant\twhat it breaks\tverdict\ttest\tseconds")
	for i, m := range chosen {
		fmt.Fprintf(w, "%s\t%s\t%v\t%s %s\t%.1f\n", m.name, m.breaks, outcomes[i].verdict, m.in, m.test, outcomes[i].took.Seconds())
	}
	return w.Flush()
}

func list(to io.Writer, chosen []mutant) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "mutant\twhat it breaks\tfile\ttest")
	for _, m := range chosen {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %s\n", m.name, m.breaks, m.file, m.in, m.test)
	}
	return w.Flush()
}
