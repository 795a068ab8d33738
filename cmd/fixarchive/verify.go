package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newVerify(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [SESSION...]",
		Short: "Read every byte, and check every checksum, index entry and sequence",
		Long: `Read every byte of the named sessions, or of all, and check every checksum, index entry and sequence. Each damage is
named with its file and offset, and ends in exit status 1.

Gaps are no damage: they say truthfully that records were lost. Nor is what a writer that was killed left undone.`,
		Example: `  fixarchive verify
  fixarchive verify GATEWAY
  fixarchive verify --json | jq 'select(.damage)'`,
		ValidArgsFunction: a.completeSessions,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.verify(cmd, args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line: each session, then the archive")
	return cmd
}

func (a *app) verify(cmd *cobra.Command, names []string, asJSON bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	bar := newByteBar(cmd.ErrOrStderr(), "verify")
	report, err := r.Verify(ctx, names, bar.at)
	bar.end()
	if err != nil {
		return err
	}
	show := verifyText
	if asJSON {
		show = verifyJSON
	}
	if _, err := cmd.OutOrStdout().Write(show(&report)); err != nil {
		return err
	}
	if !report.Sound() {
		return errNothing
	}
	return nil
}

func verifyText(r *fixarchive.VerifyReport) (text []byte) {
	for i := range r.Sessions {
		s := &r.Sessions[i]
		text = fmt.Appendf(text, "%s: %s\n", safe(s.Name), counted(s))
		text = appendDamage(text, s.Damage)
	}
	text = appendDamage(text, r.Damage)
	if u := r.Unclean; u != nil {
		text = fmt.Appendf(text, "unclean: %s\n", uncleanText(u))
	}
	verdict := "sound"
	if n := r.Damages(); n > 0 {
		verdict = count(n, "damaged place")
	}
	all := total(r)
	return fmt.Appendf(text, "%s, %s, %s: %s\n", count(len(r.Sessions), "session"), count(all.Records, "record"), bytesText(all.Bytes), verdict)
}

func counted(s *fixarchive.SessionReport) string {
	text := fmt.Sprintf("%s, %s, %s, %s", count(s.Segments, "segment"), count(s.Blocks, "block"), count(s.Records, "record"), bytesText(s.Bytes))
	if s.Gaps > 0 {
		text += ", " + count(s.Gaps, "gap")
	}
	if len(s.Damage) > 0 {
		return text + ", " + count(len(s.Damage), "damaged place")
	}
	return text + ", sound"
}

func appendDamage(text []byte, damage []*fixarchive.CorruptError) []byte {
	for _, d := range damage {
		text = fmt.Appendf(text, "  %s: offset %d: %s\n", safe(d.Path), d.Offset, safe(d.Reason))
	}
	return text
}

func total(r *fixarchive.VerifyReport) (all fixarchive.SessionReport) {
	for i := range r.Sessions {
		all.Records += r.Sessions[i].Records
		all.Bytes += r.Sessions[i].Bytes
	}
	return all
}

type jsonVerified struct {
	Session  string       `json:"session,omitempty"`
	Archive  bool         `json:"archive,omitempty"` // the last line, of what belongs to no session
	Segments uint64       `json:"segments"`
	Blocks   uint64       `json:"blocks"`
	Records  uint64       `json:"records"`
	Messages uint64       `json:"messages"`
	Gaps     uint64       `json:"gaps"`
	Bytes    uint64       `json:"bytes"`
	Damage   []jsonDamage `json:"damage,omitempty"`
	Unclean  *jsonUnclean `json:"unclean,omitempty"`
	Sound    bool         `json:"sound"`
}

type jsonDamage struct {
	Path   string `json:"path"`
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

func verifyJSON(r *fixarchive.VerifyReport) (lines []byte) {
	all := jsonVerified{Archive: true, Damage: damageJSON(r.Damage), Sound: r.Sound()}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		j := jsonVerified{
			Session: s.Name, Segments: s.Segments, Blocks: s.Blocks, Records: s.Records, Messages: s.Messages,
			Gaps: s.Gaps, Bytes: s.Bytes, Damage: damageJSON(s.Damage), Sound: len(s.Damage) == 0,
		}
		lines = appendJSON(lines, &j)
		all.Segments += s.Segments
		all.Blocks += s.Blocks
		all.Records += s.Records
		all.Messages += s.Messages
		all.Gaps += s.Gaps
		all.Bytes += s.Bytes
	}
	if u := r.Unclean; u != nil {
		all.Unclean = &jsonUnclean{u.Ring, u.JournalEntries, u.JournalBytes}
	}
	return appendJSON(lines, &all)
}

func damageJSON(damage []*fixarchive.CorruptError) (list []jsonDamage) {
	for _, d := range damage {
		list = append(list, jsonDamage{d.Path, d.Offset, d.Reason})
	}
	return list
}
