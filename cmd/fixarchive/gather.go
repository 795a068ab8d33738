package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/quickfixgo/quickfix"
	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/complete"
)

// joined is a FIX session with all logs of it.
type joined struct {
	name string
	logs []joinedLog
}

type joinedLog struct {
	reader *fixarchive.Reader
	dir    string // of the archive
	fixarchive.Session
}

// gathering reads what several archives hold of sessions.
type gathering struct {
	*app
	cmd     *cobra.Command
	dirs    []string
	readers []*fixarchive.Reader

	progress    func(done, total int64)
	done, total int64
	records     int
	unclean     bool
	damage      bool // was met, and told
}

func (g *gathering) open(dirs []string) error {
	for _, dir := range dirs {
		r, err := fixarchive.OpenReader(dir)
		if err != nil {
			return err
		}
		g.dirs, g.readers = append(g.dirs, dir), append(g.readers, r)
		unclean, err := g.warnUnclean(r)
		if err != nil {
			return err
		}
		g.unclean = g.unclean || unclean
	}
	return nil
}

func (g *gathering) close() {
	for _, r := range g.readers {
		r.Close()
	}
}

// sessions lists the sessions that args name, or all, by their names.
func (g *gathering) sessions(args []string) ([]joined, error) {
	all, err := g.join()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no session yet", strings.Join(g.dirs, ", "))
	}
	if len(args) == 0 {
		return all, nil
	}
	var named []joined
	for _, arg := range args {
		one, err := g.find(all, arg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(named, func(j joined) bool { return j.name == one.name }) {
			named = append(named, one)
		}
	}
	return named, nil
}

// join puts the logs of one identity together. What belongs to no session stays by itself.
func (g *gathering) join() ([]joined, error) {
	var all []joined
	at := map[string]int{}
	for i, r := range g.readers {
		sessions, err := r.Sessions()
		if err != nil && !errors.Is(err, fixarchive.ErrCorrupt) { // damage is told where it lies
			return nil, err
		}
		for _, s := range sessions {
			name := s.Name
			if s.ID != (quickfix.SessionID{}) {
				name = strings.TrimSuffix(name, "@"+s.Source)
			} else if len(g.readers) > 1 {
				name += " of " + g.dirs[i]
			}
			if _, has := at[name]; !has {
				at[name] = len(all)
				all = append(all, joined{name: name})
			}
			j := &all[at[name]]
			j.logs = append(j.logs, joinedLog{r, g.dirs[i], s})
		}
	}
	slices.SortFunc(all, func(a, b joined) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// find is the session that a name means, as Reader.Session takes it. One with an @source means that log alone.
func (g *gathering) find(all []joined, arg string) (joined, error) {
	for _, j := range all {
		if j.name == arg {
			return j, nil
		}
		alone := joined{name: arg}
		for _, l := range j.logs {
			if l.Name == arg {
				alone.logs = append(alone.logs, l)
			}
		}
		if len(alone.logs) > 0 {
			return alone, nil
		}
	}
	fold := strings.ToLower(arg)
	for _, has := range []func(joined) bool{
		func(j joined) bool { return strings.Contains(j.name, arg) },
		func(j joined) bool { return strings.Contains(strings.ToLower(j.name), fold) },
	} {
		var found []string
		var last joined
		for _, j := range all {
			if has(j) {
				found, last = append(found, j.name), j
			}
		}
		switch {
		case len(found) == 1:
			return last, nil
		case len(found) > 1:
			return joined{}, &fixarchive.AmbiguousError{Name: arg, Candidates: found}
		}
	}
	_, err := g.readers[0].Session(arg) // knows what comes near it
	if err == nil {
		err = &fixarchive.NoSessionError{Name: arg, Archive: g.dirs[0]}
	}
	return joined{}, err
}

// expect says how much will be read, for the progress that is shown.
func (g *gathering) expect(sessions []joined) {
	for i := range sessions {
		for k := range sessions[i].logs {
			g.total += int64(sessions[i].logs[k].Bytes)
		}
	}
}

// account reads all that there is of a session. What came more than once is compared only if that is asked for.
func (g *gathering) account(j *joined, compare bool) (*complete.Report, error) {
	a := complete.New(len(j.logs))
	logs := make([]iter.Seq2[*complete.Record, error], len(j.logs))
	for i := range j.logs {
		logs[i] = g.read(a, &j.logs[i], i)
	}
	for r, err := range byTime(logs) {
		if err != nil {
			return nil, err
		}
		a.Add(r)
	}
	if compare {
		for p := range a.Compare() {
			if err := again(j, p); err != nil {
				return nil, err
			}
		}
	}
	return a.Report(), nil
}

// read is all records of a log. Damage is told, and the account knows of it; what lies behind it follows.
func (g *gathering) read(a *complete.Account, l *joinedLog, at int) iter.Seq2[*complete.Record, error] {
	return func(yield func(*complete.Record, error) bool) {
		var r complete.Record
		for m, err := range l.reader.Messages(fixarchive.Query{Session: l.Name, Kinds: fixarchive.AllKinds()}) {
			if errors.Is(err, fixarchive.ErrCorrupt) {
				g.damage = true
				complain(g.cmd.ErrOrStderr(), err)
				a.Damaged(at, oneLine(err))
				continue
			}
			g.step(len(m.Raw))
			setRecord(&r, &m, at)
			if l.ID == (quickfix.SessionID{}) {
				r.MsgSeqNum, r.MsgType = 0, "" // of many peers, none of which this is the account of
			}
			if !yield(&r, err) {
				return
			}
		}
	}
}

// step shows now and then how far the reading has come. A record has some fifty bytes beside its body.
func (g *gathering) step(bytes int) {
	const each, beside = 1 << 13, 50
	g.done += int64(bytes) + beside
	if g.records++; g.records%each == 0 && g.progress != nil {
		g.progress(min(g.done, g.total), g.total)
	}
}

// again reads what came more than once. Damage has been told.
func again(j *joined, p *complete.Portion) error {
	var r complete.Record
	for at := range j.logs {
		epochs := p.Epochs(at)
		if epochs.From == 0 {
			continue
		}
		l := &j.logs[at]
		q := fixarchive.Query{
			Session: l.Name, Direction: fixarchive.In, From: p.From, To: p.To,
			Epoch: fixarchive.EpochRange{From: epochs.From, Till: epochs.To},
		}
		if p.Out {
			q.Direction = fixarchive.Out
		}
		for m, err := range l.reader.Messages(q) {
			if errors.Is(err, fixarchive.ErrCorrupt) {
				continue
			}
			if err != nil {
				return err
			}
			setRecord(&r, &m, at)
			p.Again(&r)
		}
	}
	return nil
}

// setRecord is m as an account takes it.
func setRecord(r *complete.Record, m *fixarchive.Message, log int) {
	const garbled = fixarchive.NotFramed | fixarchive.BadBodyLength | fixarchive.BadCheckSum
	*r = complete.Record{
		Log: log, Kind: complete.Kind(m.Kind), Sequence: m.Sequence, Epoch: m.Epoch, Time: m.Time,
		MsgSeqNum: m.MsgSeqNum, MsgType: m.MsgType, Raw: m.Raw, Refers: m.Refers,
		PossDup: m.Flags&fixarchive.PossDup != 0, Reset: m.Flags&fixarchive.ResetSeqNum != 0,
		Garbled: m.Flags&garbled != 0, Saved: m.Flags&fixarchive.Saved != 0,
	}
	if m.Lost != nil {
		r.Lost = complete.Lost{Last: m.Lost.Last, Count: m.Lost.Count, Reason: m.Lost.Reason}
	}
	if m.Change != nil {
		r.Change = changeOf(m.Change)
	}
}

func changeOf(c *fixarchive.Change) complete.Change {
	switch c.What {
	case "reset":
		return complete.Change{What: complete.StoreReset}
	case "set sender":
		return complete.Change{What: complete.SenderSet, Value: uint64(c.Value)}
	case "set target":
		return complete.Change{What: complete.TargetSet, Value: uint64(c.Value)}
	}
	return complete.Change{}
}

// byTime merges the records of several logs in the order of their time. Of each it holds one at a time.
func byTime(logs []iter.Seq2[*complete.Record, error]) iter.Seq2[*complete.Record, error] {
	if len(logs) == 1 {
		return logs[0]
	}
	return func(yield func(*complete.Record, error) bool) {
		heads := make([]*complete.Record, len(logs))
		next := make([]func() (*complete.Record, error, bool), len(logs))
		for i, log := range logs {
			pull, stop := iter.Pull2(log)
			defer stop()
			next[i] = pull
		}
		advance := func(i int) bool {
			r, err, ok := next[i]()
			if heads[i] = r; !ok {
				heads[i] = nil
			}
			return err == nil || yield(nil, err)
		}
		for i := range heads {
			if !advance(i) {
				return
			}
		}
		for {
			first := earliest(heads)
			if first < 0 || !yield(heads[first], nil) || !advance(first) {
				return
			}
		}
	}
}

func earliest(heads []*complete.Record) int {
	first := -1
	for i, r := range heads {
		if r != nil && (first < 0 || r.Time.Before(heads[first].Time)) {
			first = i
		}
	}
	return first
}
