package main

import (
	"fmt"
	"strconv"

	"github.com/fixarchive/fixarchive/internal/complete"
)

// gapsText is two tables and a verdict: what there is, what is to be said of it, and whether it is whole.
func gapsText(reports []sessionGaps, total *gapsTotal) []byte {
	covered := table{{"SESSION", ">EPOCH", "DIR", ">FIRST", ">LAST", ">MESSAGES", ">MISSING", ">EXPLAINED", "BEGAN", "ENDED"}}
	told := table{{"SESSION", ">EPOCH", "DIR", ">NUMBERS", ">COUNT", "WHAT", "WHY"}}
	for i := range reports {
		s := &reports[i]
		for k := range s.ways {
			w := &s.ways[k]
			covered = append(covered, []string{
				safe(s.name), number(uint64(w.epoch)), w.direction.String(), orDash(w.First), orDash(w.Last), number(w.Messages),
				number(w.Missing), number(w.Explained), second(w.life.From), second(w.life.To),
			})
			told = s.tell(told, w.Findings, number(uint64(w.epoch)), w.direction.String())
		}
		if s.whole {
			for k := range s.report.Logs {
				told = s.tell(told, s.report.Logs[k].Findings, "-", "records")
			}
		}
	}
	text := covered.append(nil)
	if len(told) > 1 {
		text = told.append(append(text, '\n'))
	}
	return fmt.Appendf(append(text, '\n'), "%s\n", total.verdict())
}

func (s *sessionGaps) tell(t table, findings []complete.Finding, epoch, direction string) table {
	for i := range findings {
		f := &findings[i]
		t = append(t, []string{safe(s.name), epoch, direction, numbersText(f.Range), countText(f), f.What.String(), safe(s.why(f))})
	}
	return t
}

// orDash is a MsgSeqNum, or that there is none.
func orDash(n uint64) string {
	if n == 0 {
		return "-"
	}
	return number(n)
}

func numbersText(r complete.Range) string {
	if r.From == r.To {
		return number(r.From)
	}
	return number(r.From) + "-" + number(r.To)
}

func countText(f *complete.Finding) string {
	if f.What == complete.BeginsAt {
		return "-"
	}
	return number(f.Count())
}

// why says what explains a finding, or what is known instead.
func (s *sessionGaps) why(f *complete.Finding) string {
	switch f.What {
	case complete.Missing:
		return s.between(f)
	case complete.AbsentRecords:
		return "the log goes on at " + second(f.After.Time) + s.of(f.Log)
	case complete.TooMany:
		return "there are more holes than can be counted: what lies behind is not known"
	case complete.Garbled:
		return "it came, but its frame does not hold"
	case complete.BeginsAt:
		return "nothing before it was archived" + s.of(f.Log)
	case complete.LackedBy:
		return s.logName(f.Log) + " lacks it, another has it" + s.because(f)
	case complete.Unsent:
		return "saved, and not seen being sent"
	case complete.Resent:
		return "marked as a resend, with the same body"
	case complete.Again:
		return "the same body with another header, not marked as a resend" + s.because(f)
	case complete.LogonAgain:
		return "a Logon before the session was up"
	case complete.Copied:
		return "the same bytes twice in one log"
	case complete.Late:
		return "came behind a higher number, not marked as a resend" + s.because(f)
	case complete.Different, complete.Redone:
		if f.After.Sequence > 0 {
			return "see " + s.place(f.After) + s.because(f)
		}
	}
	if f.Cause != nil {
		return s.cause(f.Cause)
	}
	return ""
}

// between says where a hole lies that nothing explains.
func (s *sessionGaps) between(f *complete.Finding) string {
	var text string
	switch before, after := f.Before.Sequence > 0, f.After.Sequence > 0; {
	case before && after:
		text = "between " + s.place(f.Before) + " and " + s.place(f.After)
	case before:
		text = "behind " + s.place(f.Before)
	case after:
		text = "before " + s.place(f.After)
	}
	if f.Cause != nil {
		text += "; only this was lost there: " + f.Cause.Text
	}
	return text
}

func (s *sessionGaps) because(f *complete.Finding) string {
	if f.Cause == nil {
		return ""
	}
	return ": " + s.cause(f.Cause)
}

func (s *sessionGaps) cause(c *complete.Cause) string { return c.Text + " (" + s.place(c.Place) + ")" }

func (s *sessionGaps) place(p complete.Place) string {
	return "record " + strconv.FormatUint(p.Sequence, 10) + ", " + p.Time.UTC().Format(timeForm) + s.of(p.Log)
}

// of names a log, where there are several.
func (s *sessionGaps) of(log int) string {
	if log < 0 || len(s.logs) == 1 {
		return ""
	}
	return ", in " + s.logName(log)
}

func (s *sessionGaps) logName(log int) string {
	l := &s.logs[log]
	if l.Source == "hook" {
		return l.dir
	}
	return l.dir + "@" + l.Source
}

// verdict is the last line.
func (t *gapsTotal) verdict() string {
	text := count(t.sessions, "session") + ": "
	switch {
	case t.holes > 0:
		text += fmt.Sprintf("%s of %s unexplained", count(t.holes, "hole"), count(t.missing, "number"))
	case t.explained > 0:
		text += "nothing is missing without explanation"
	default:
		text += "nothing is missing"
	}
	if t.explained > 0 {
		text += ", " + count(t.explained, "hole") + " explained"
	}
	if t.odd > 0 {
		text += ", " + count(t.odd, "thing") + " to look at"
	}
	if t.damage {
		text += ", damage was met"
	}
	if t.unclean {
		text += ", and more is to be recovered"
	}
	return text
}
