package main

import "github.com/fixarchive/fixarchive/internal/complete"

type jsonWay struct {
	Session   string      `json:"session"`
	Epoch     uint32      `json:"epoch"`
	Direction string      `json:"direction"`
	Parts     []jsonPart  `json:"parts"` // where it lies
	First     uint64      `json:"first"`
	Last      uint64      `json:"last"`
	Messages  uint64      `json:"messages"`
	Bare      uint64      `json:"without_number,omitempty"`
	Numbers   uint64      `json:"numbers"` // from first to last, that are there
	Missing   uint64      `json:"missing"`
	Explained uint64      `json:"explained"`
	Began     string      `json:"began,omitempty"`
	Ended     string      `json:"ended,omitempty"`
	Findings  []jsonFound `json:"findings"`
}

type jsonPart struct {
	Archive string `json:"archive"`
	Source  string `json:"source"`
	From    uint32 `json:"from"` // epochs of that log
	To      uint32 `json:"to"`
}

type jsonFound struct {
	What      string     `json:"what"`
	From      uint64     `json:"from"`
	To        uint64     `json:"to"`
	Hole      bool       `json:"hole"`
	Explained *bool      `json:"explained,omitempty"` // of a hole
	Archive   string     `json:"archive,omitempty"`   // whose finding it is, where it is one's
	Source    string     `json:"source,omitempty"`
	Cause     *jsonCause `json:"cause,omitempty"`
	Before    *jsonCause `json:"before,omitempty"`
	After     *jsonCause `json:"after,omitempty"`
	Record    *jsonCause `json:"record,omitempty"` // of what is no hole: the first that is meant
}

type jsonCause struct {
	Archive string `json:"archive"`
	Source  string `json:"source"`
	Record  uint64 `json:"record"` // its sequence
	Time    string `json:"time"`
	Text    string `json:"text,omitempty"`
}

type jsonGapsLog struct {
	Session  string      `json:"session"`
	Archive  string      `json:"archive"`
	Source   string      `json:"source"`
	First    uint64      `json:"first_record"`
	Last     uint64      `json:"last_record"`
	Missing  uint64      `json:"missing"` // records
	Findings []jsonFound `json:"findings"`
}

type jsonGapsTotal struct {
	Total     bool   `json:"total"`
	Sessions  int    `json:"sessions"`
	Holes     uint64 `json:"unexplained_holes"`
	Missing   uint64 `json:"missing"`
	Explained uint64 `json:"explained_holes"`
	Odd       int    `json:"to_look_at"`
	Damage    bool   `json:"damage"`
	Unclean   bool   `json:"unclean"`
	Complete  bool   `json:"complete"`
}

func gapsJSON(reports []sessionGaps, total *gapsTotal) (lines []byte) {
	for i := range reports {
		s := &reports[i]
		for k := range s.ways {
			lines = appendJSON(lines, s.wayJSON(&s.ways[k]))
		}
		if !s.whole {
			continue
		}
		for k := range s.report.Logs {
			lines = appendJSON(lines, s.logJSON(k))
		}
	}
	return appendJSON(lines, &jsonGapsTotal{
		Total: true, Sessions: total.sessions, Holes: total.holes, Missing: total.missing, Explained: total.explained,
		Odd: total.odd, Damage: total.damage, Unclean: total.unclean, Complete: total.holes == 0 && !total.damage && !total.unclean,
	})
}

func (s *sessionGaps) wayJSON(w *wayGaps) *jsonWay {
	j := &jsonWay{
		Session: s.name, Epoch: w.epoch, Direction: w.direction.String(), Parts: []jsonPart{}, First: w.First, Last: w.Last,
		Messages: w.Messages, Bare: w.Bare, Numbers: w.Numbers, Missing: w.Missing, Explained: w.Explained,
		Began: jsonTime(w.life.From), Ended: jsonTime(w.life.To), Findings: s.foundJSON(w.Findings),
	}
	for at, p := range w.life.Parts {
		if p.From > 0 {
			j.Parts = append(j.Parts, jsonPart{s.logs[at].dir, s.logs[at].Source, p.From, p.To})
		}
	}
	return j
}

func (s *sessionGaps) logJSON(at int) *jsonGapsLog {
	l := &s.report.Logs[at]
	j := &jsonGapsLog{
		Session: s.name, Archive: s.logs[at].dir, Source: s.logs[at].Source, First: l.First, Last: l.Last,
		Findings: s.foundJSON(l.Findings),
	}
	for i := range l.Findings {
		if !l.Findings[i].What.Explained() {
			j.Missing += l.Findings[i].Count()
		}
	}
	return j
}

func (s *sessionGaps) foundJSON(findings []complete.Finding) []jsonFound {
	list := []jsonFound{}
	for i := range findings {
		f := &findings[i]
		j := jsonFound{
			What: f.What.String(), From: f.From, To: f.To, Hole: f.What.IsHole(),
			Before: s.placeJSON(f.Before), After: s.placeJSON(f.After),
		}
		if explained := f.What.Explained(); j.Hole {
			j.Explained = &explained
		} else {
			j.Record, j.After = j.After, nil
		}
		if f.Log >= 0 {
			j.Archive, j.Source = s.logs[f.Log].dir, s.logs[f.Log].Source
		}
		if f.Cause != nil {
			j.Cause = s.placeJSON(f.Cause.Place)
			j.Cause.Text = f.Cause.Text
		}
		list = append(list, j)
	}
	return list
}

func (s *sessionGaps) placeJSON(p complete.Place) *jsonCause {
	if p.Sequence == 0 {
		return nil
	}
	return &jsonCause{Archive: s.logs[p.Log].dir, Source: s.logs[p.Log].Source, Record: p.Sequence, Time: p.Time.UTC().Format(timeForm)}
}
