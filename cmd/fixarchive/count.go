package main

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

// countedBy are the values of --by, in the order of fixarchive.ByType and what follows it.
var countedBy = []string{"type", "session", "direction", "archive"}

// checkCount refuses flags that say nothing of a count.
func (g *getting) checkCount() error {
	switch {
	case g.by != "" && !slices.Contains(countedBy, g.by):
		return usagef("--by is %q, want type, session, direction or archive", g.by)
	case g.by != "" && !g.count:
		return usagef("--by says by what --count counts: add --count")
	case g.count && (g.raw || g.json || g.unmask):
		return usagef("--count prints numbers and no messages: leave out --raw, --json and --unmask")
	case g.count && (g.limit != 0 || g.reverse):
		return usagef("--count counts all that there is: leave out --limit and --reverse")
	}
	return nil
}

// count prints how many records there are. That there are none is status 1, as of grep.
func (a *app) count(cmd *cobra.Command, r *fixarchive.Readers, q fixarchive.Query, by string, p *printer) error {
	counts, err := r.Count(q, fixarchive.CountBy(1+slices.Index(countedBy, by)))
	if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) {
		return err
	}
	if by == "" {
		p.buf = append(p.buf, number(counts[""])+"\n"...)
	} else if len(counts) > 0 {
		p.buf = countTable(counts, by)
	}
	if _, err := p.w.Write(p.buf); err != nil {
		return err
	}
	if err != nil {
		p.damaged(cmd, err)
	}
	for _, n := range counts {
		p.printed += int(n)
	}
	return p.end(a)
}

// countTable has the most frequent key first.
func countTable(counts map[string]uint64, by string) []byte {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	t := table{{">COUNT", strings.ToUpper(by)}}
	for _, key := range keys {
		shown := safe(key)
		if shown == "" {
			shown = "-"
		}
		t = append(t, []string{number(counts[key]), shown})
	}
	return t.append(nil)
}
