package main

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newVerify(a *app) *cobra.Command {
	var asJSON, fast bool
	cmd := &cobra.Command{
		Use:   "verify [SESSION...]",
		Short: "Read every byte, and check every checksum, index entry and sequence",
		Long: `Read every byte of the named sessions, or of all, and check every checksum, index entry and sequence. Each damage is
named with its file and offset. fixarchive repair mends what can be mended.

With --fast only what readers need to find messages is checked: headers, indexes, catalogues and sequences. It takes a few
hundredths of the time, and does not notice a bit that has turned within a message.

Gaps are no damage: they say truthfully that records were lost. Nor is what lies in quarantine, where recoveries and repairs
put what they take out of the way.

The exit status is 0 when all is sound, and 1 when there is damage, or a writer is gone that did not close the archive.`,
		Example: `  fixarchive verify
  fixarchive verify GATEWAY
  fixarchive verify --fast
  fixarchive verify --json | jq 'select(.damage)'`,
		ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd, fixarchive.VerifyOptions{Sessions: args, Fast: fast}, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line: each session, then the archive")
	cmd.Flags().BoolVar(&fast, "fast", false, "headers, indexes and sequences only, no messages")
	return cmd
}

func (a *app) verify(cmd *cobra.Command, o fixarchive.VerifyOptions, asJSON bool) error {
	r, err := fixarchive.OpenReader(a.cfg.Archive)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	bar := newByteBar(cmd.ErrOrStderr(), "verify")
	o.Progress = bar.at
	report, err := r.Verify(ctx, o)
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
	if !report.Sound() || report.Unclean != nil {
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
		text = fmt.Appendf(text, "unclean: %s\n", safe(u.String()))
	}
	if q := &r.Quarantine; q.Files > 0 {
		text = fmt.Appendf(text, "quarantine: %s\n", quarantineText(q))
	}
	verdict := "sound"
	if r.Fast {
		verdict = "sound, as far as --fast looks"
	}
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
	if s.Tail > 0 {
		text += fmt.Sprintf(", %s at the end that are no block yet", bytesText(s.Tail))
	}
	if len(s.Damage) > 0 {
		return text + ", " + count(len(s.Damage), "damaged place")
	}
	return text + ", sound"
}

// quarantineText is also what stat says.
func quarantineText(q *fixarchive.Quarantine) string {
	return fmt.Sprintf("%s, %s, kept in %s", count(q.Files, "file"), bytesText(uint64(q.Bytes)), safe(q.Dir))
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
	Fast     bool         `json:"fast,omitempty"`    // the records were not read
	Segments uint64       `json:"segments"`
	Blocks   uint64       `json:"blocks"`
	Records  uint64       `json:"records"`
	Messages uint64       `json:"messages"`
	Gaps     uint64       `json:"gaps"`
	Bytes    uint64       `json:"bytes"`               // read and proved
	Tail     uint64       `json:"tail,omitempty"`      // at the end of the log, and no block yet
	Indexes  uint64       `json:"index_entries"`       // compared with the blocks that they are about
	Bare     uint64       `json:"unindexed,omitempty"` // bytes of sealed segments that no index covers
	Damage   []jsonDamage `json:"damage,omitempty"`

	Unclean    *jsonUnclean    `json:"unclean,omitempty"`
	Quarantine *jsonQuarantine `json:"quarantine,omitempty"`

	Sound bool `json:"sound"` // no damage; an archive can be sound and unclean
}

type jsonQuarantine struct {
	Dir   string `json:"dir"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
}

func quarantineJSON(q *fixarchive.Quarantine) *jsonQuarantine {
	if q.Files == 0 {
		return nil
	}
	return &jsonQuarantine{q.Dir, q.Files, q.Bytes}
}

type jsonDamage struct {
	Path   string `json:"path"`
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

func verifyJSON(r *fixarchive.VerifyReport) (lines []byte) {
	all := jsonVerified{
		Archive: true, Fast: r.Fast, Damage: damageJSON(r.Damage), Sound: r.Sound(),
		Unclean: uncleanJSON(r.Unclean), Quarantine: quarantineJSON(&r.Quarantine),
	}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		j := jsonVerified{
			Session: s.Name, Fast: r.Fast, Segments: s.Segments, Blocks: s.Blocks, Records: s.Records, Messages: s.Messages,
			Gaps: s.Gaps, Bytes: s.Bytes, Tail: s.Tail, Indexes: s.IndexEntries, Bare: s.Unindexed, Damage: damageJSON(s.Damage), Sound: len(s.Damage) == 0,
		}
		lines = appendJSON(lines, &j)
		all.Segments += s.Segments
		all.Blocks += s.Blocks
		all.Records += s.Records
		all.Messages += s.Messages
		all.Gaps += s.Gaps
		all.Bytes += s.Bytes
		all.Tail += s.Tail
		all.Indexes += s.IndexEntries
		all.Bare += s.Unindexed
	}
	return appendJSON(lines, &all)
}

func damageJSON(damage []*fixarchive.CorruptError) (list []jsonDamage) {
	for _, d := range damage {
		list = append(list, jsonDamage{d.Path, d.Offset, d.Reason})
	}
	return list
}
