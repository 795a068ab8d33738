package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/filestore"
)

// storeOutcome is what became of a store.
type storeOutcome string

const (
	storeImported storeOutcome = "imported"
	storeResumed  storeOutcome = "continued" // the archive had its beginning
	storePresent  storeOutcome = "present"   // … all of it
	storeReplaced storeOutcome = "replaced"  // … another, which is of an earlier epoch now
	storeRefused  storeOutcome = "refused"
	storeFailed   storeOutcome = "failed"
	storeExported storeOutcome = "exported"
)

// storeDone is what is told of a store.
type storeDone struct {
	place          filestore.Place
	format         filestore.Format
	id             filestore.ID // zero where it could not be told
	outcome        storeOutcome
	survey         filestore.Survey
	had            int // messages that were there before
	sender, target int
	created        time.Time
	odd            bool // something was doubtful beyond a repeated number
	err            error
}

func (r storeDone) failed(err error) storeDone {
	r.outcome, r.err = storeFailed, err
	return r
}

func (r *storeDone) name() string {
	if r.id == (filestore.ID{}) {
		return r.place.String()
	}
	return r.id.String()
}

// storeReport tells what becomes of stores, a line each, as it happens.
type storeReport struct {
	w    io.Writer
	json bool
	dry  bool
	bad  bool  // the exit status is to say so
	err  error // of writing
}

// write goes on when nobody listens any more: what is told is not what matters.
func (p *storeReport) write(line []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(line)
	}
}

func (p *storeReport) doubt(d filestore.Doubt) {
	line := fmt.Appendf(nil, "doubtful: %s\n", once(d.String()))
	if p.json {
		line = appendJSON(nil, map[string]jsonDoubt{"doubt": {
			d.File, d.Offset, d.Entry, d.MsgSeqNum, string(d.Reason), d.Detail, d.LeftOut,
		}})
	}
	p.write(line)
}

func (p *storeReport) store(r storeDone) {
	p.bad = p.bad || r.odd || r.err != nil
	line := r.text(p.dry)
	if p.json {
		line = r.json(p.dry)
	}
	p.write(line)
}

// end is the command's answer.
func (p *storeReport) end() error {
	if p.err == nil && p.bad {
		return errNothing
	}
	return p.err
}

func (r *storeDone) text(dry bool) []byte {
	if r.err != nil {
		return fmt.Appendf(nil, "%s: %s: %s\n", once(r.name()), r.outcome, oneLine(r.err))
	}
	what := string(r.outcome)
	if dry && r.outcome != storePresent {
		what = "would be " + what
	}
	text := fmt.Sprintf("%s: %s: %s, next %d and %d, made %s", once(r.name()), what, count(r.survey.Messages, "message"), r.sender, r.target, second(r.created))
	if r.had > 0 && r.outcome == storeResumed {
		text += fmt.Sprintf(", %d of them there before", r.had)
	}
	if r.survey.LeftOut > 0 {
		text += fmt.Sprintf("; %s left out", entries(r.survey.LeftOut))
	}
	return fmt.Appendf(nil, "%s (%s, %s)\n", text, r.format, once(r.place.String()))
}

// once is text that is safe to show, and in which names are quoted already, or are paths.
func once(text string) string { return strings.ReplaceAll(safe(text), `\\`, `\`) }

func entries(n int) string { return fmt.Sprintf("%d %s", n, plural(n, "entry", "entries")) }

type jsonDoubt struct {
	File      string `json:"file"`
	Offset    int64  `json:"offset"`
	Entry     int    `json:"entry,omitempty"`
	MsgSeqNum int64  `json:"msg_seq_num,omitempty"`
	Reason    string `json:"reason"`
	Detail    string `json:"detail,omitempty"`
	LeftOut   bool   `json:"left_out"`
}

type jsonStore struct {
	Session    string `json:"session,omitempty"`
	Place      string `json:"place"`
	Format     string `json:"format"`
	Outcome    string `json:"outcome"`
	DryRun     bool   `json:"dry_run,omitempty"`
	Messages   int    `json:"messages"`
	Bytes      int64  `json:"bytes"`
	Had        int    `json:"had,omitempty"`
	NextSender int    `json:"next_sender"`
	NextTarget int    `json:"next_target"`
	Created    string `json:"created,omitempty"`
	Doubts     int    `json:"doubts"`
	LeftOut    int    `json:"left_out"`
	Error      string `json:"error,omitempty"`
}

func (r *storeDone) json(dry bool) []byte {
	j := jsonStore{
		Place: r.place.String(), Format: r.format.String(), Outcome: string(r.outcome), DryRun: dry,
		Messages: r.survey.Messages, Bytes: r.survey.Bytes, Had: r.had, NextSender: r.sender, NextTarget: r.target,
		Doubts: r.survey.Doubts, LeftOut: r.survey.LeftOut,
	}
	if r.id != (filestore.ID{}) {
		j.Session = r.id.String()
	}
	if !r.created.IsZero() {
		j.Created = r.created.UTC().Format(time.RFC3339Nano)
	}
	if r.err != nil {
		j.Error = r.err.Error()
	}
	return appendJSON(nil, &j)
}
