package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/export"
)

// shown are the flags that say how records are printed.
type shown struct{ raw, json, pretty, unmask bool }

func (s *shown) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.raw, "raw", false, "the exact bytes of the messages, one after the other")
	f.BoolVar(&s.json, "json", false, "one JSON object a line")
	f.BoolVar(&s.pretty, "pretty", false, "decoded: a tree with names, meanings and groups; with --json, the fields as objects")
	f.BoolVar(&s.unmask, "unmask", false, "show passwords and what else --mask-tags has: without it *** stands there, and --raw stops before them")
}

func (s *shown) check(w *wanted) error {
	switch {
	case s.raw && s.json:
		return usagef("--raw and --json exclude each other: give one of them")
	case s.raw && s.pretty:
		return usagef("--raw and --pretty exclude each other: give one of them")
	case s.raw && w.events:
		return usagef("--raw prints the bytes of messages, and events are none: leave out --raw or --events")
	}
	return nil
}

// printer prints records as they were asked for.
type printer struct {
	w       *bufio.Writer
	form    form
	guard   *export.Guard // of the exact bytes, which cannot be masked
	buf     []byte
	printed int
	gaps    int // that the form could not show
	isRaw   bool
	damage  bool // was met
	unclean bool // there is more, which cannot be shown yet
}

// printer returns one for records of r, of one session or of many, which are named then, as archives are when there are many.
func (s *shown) printer(a *app, cmd *cobra.Command, r *fixarchive.Readers, named, placed bool) (*printer, error) {
	l := &liner{named: named, placed: placed, guard: export.Guard{Secrets: a.secrets, Open: s.unmask}}
	p := &printer{w: bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10), form: l.line, isRaw: s.raw}
	switch {
	case s.raw:
		p.form = rawForm
		p.guard = &export.Guard{Secrets: a.secrets, Open: s.unmask, Refuse: true}
	case s.pretty:
		t, err := a.prettier(l, r, paletteFor(cmd.OutOrStdout()))
		if err != nil {
			return nil, err
		}
		p.form = t.tree
		if s.json {
			p.form = t.json
		}
	case s.json:
		p.form = l.json
	}
	return p, nil
}

func (p *printer) print(m *fixarchive.Message) error {
	if p.isRaw && m.Kind == fixarchive.Gap {
		p.gaps++
		return nil
	}
	if p.guard != nil {
		if _, err := p.guard.Pass(m); err != nil {
			return fmt.Errorf("%w: nothing is printed from there on; give --unmask to print it, or leave out --raw to see it masked", err)
		}
	}
	p.printed++
	p.buf = p.form(p.buf[:0], m)
	_, err := p.w.Write(p.buf)
	return err
}

// damaged tells of damage, after what was printed before it.
func (p *printer) damaged(cmd *cobra.Command, err error) {
	p.damage = true
	_ = p.w.Flush() // an error of it comes again at the next
	complain(cmd.ErrOrStderr(), err)
}

// end flushes, and says by its error if nothing was found, or not all that there is.
func (p *printer) end(a *app) error {
	if err := p.w.Flush(); err != nil {
		return err
	}
	if p.gaps > 0 {
		a.log.Warn().Int("gaps", p.gaps).Msg("records are missing here; without --raw, gaps are shown where they are")
	}
	if p.printed == 0 || p.damage || p.unclean {
		return errNothing
	}
	return nil
}
