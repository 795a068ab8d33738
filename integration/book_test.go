package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// book is what a test knows of an archive that writers live and die on: what its last look found there, which must stay,
// and what the writer of now has said since.
type book struct {
	t      *testing.T
	job    job
	lanes  []laneBook
	gaps   []gapBook // by session
	alarms []string  // of the test's own openings
}

type laneBook struct {
	have []int // numbers of the messages, in order
	next int   // every number below it has been used
}

type gapBook struct {
	records  int
	counted  int // records that the gaps count
	powerCut int // gaps of unknown length
}

func newBook(t *testing.T, j job) *book {
	return &book{t: t, job: j, lanes: make([]laneBook, 2*j.Sessions), gaps: make([]gapBook, j.Sessions)}
}

// clone is a book that goes on from where b is.
func (b *book) clone() *book {
	c := *b
	c.lanes, c.gaps, c.alarms = slices.Clone(b.lanes), slices.Clone(b.gaps), nil
	return &c
}

// gateway is a writer that runs.
type gateway struct {
	*exec.Cmd
	from []int
	in   io.Closer
	done chan struct{} // its output has ended

	mu    sync.Mutex
	said  heard
	wrong error
	moved chan struct{} // closed when it has said more
}

// start starts a writer behind what was archived so far. wrap is a command to run it under, if any.
func (b *book) start(wrap ...string) *gateway {
	b.t.Helper()
	j := b.job
	for i := range b.lanes {
		j.From = append(j.From, b.lanes[i].next)
	}
	text, err := json.Marshal(j)
	if err != nil {
		b.t.Fatal(err)
	}
	args := append(wrap, os.Args[0])
	g := &gateway{Cmd: exec.Command(args[0], args[1:]...), from: j.From, done: make(chan struct{}), moved: make(chan struct{})}
	g.said.accepted, g.said.durable = slices.Clone(j.From), slices.Clone(j.From)
	g.Env = append(os.Environ(), writerJob+"="+string(text))
	g.Stderr = os.Stderr
	out, err := g.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if g.in, err = g.StdinPipe(); err != nil {
		b.t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { g.Process.Kill() })
	go func() {
		defer close(g.done)
		if err := listen(out, g.hear); err != nil {
			g.mu.Lock()
			g.wrong = err
			g.mu.Unlock()
			g.Process.Kill()
		}
	}()
	return g
}

func (g *gateway) hear(line string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.said.hear(line)
	close(g.moved)
	g.moved = make(chan struct{})
	return err
}

// acknowledged is what the writer has called durable so far.
func (g *gateway) acknowledged() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.said.durable)
}

// await waits until the writer has said enough, and reports whether it has. It gives up when the writer ends, and after
// a time that only a writer that hangs needs.
func (g *gateway) await(enough func(*heard) bool) bool {
	patience := time.After(time.Minute)
	for {
		g.mu.Lock()
		ok, moved := enough(&g.said), g.moved
		g.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-moved:
		case <-g.done:
			g.mu.Lock()
			defer g.mu.Unlock()
			return enough(&g.said)
		case <-patience:
			return false
		}
	}
}

// stop has the writer close its archive, unless it does so by itself, and waits for its end.
func (b *book) stop(g *gateway) *heard {
	b.t.Helper()
	g.in.Close()
	return b.ended(g)
}

// kill kills the writer.
func (b *book) kill(g *gateway) *heard {
	b.t.Helper()
	g.Process.Kill()
	return b.ended(g)
}

// ended waits for the writer's end and returns what it has said.
func (b *book) ended(g *gateway) *heard {
	b.t.Helper()
	defer g.in.Close()
	select {
	case <-g.done:
	case <-time.After(2 * time.Minute):
		g.Process.Kill()
		b.t.Fatalf("the writer hangs; it said %+v", &g.said)
	}
	g.Wait()
	if g.wrong != nil {
		b.t.Fatal(g.wrong)
	}
	return &g.said
}

// reopen opens the archive, which recovers what a writer has left, and closes it.
func (b *book) reopen() *archive.Recovery {
	b.t.Helper()
	a, err := archive.Open(archive.Options{
		Path: b.job.Dir, RingDir: b.job.RingDir, Alarm: func(err error) { b.alarms = append(b.alarms, oneLine(err)) },
	})
	if err != nil {
		b.t.Fatalf("opening again: %v", err)
	}
	recovered := a.Stats().Recovered
	if err := a.Close(); err != nil {
		b.t.Fatalf("closing again: %v", err)
	}
	return recovered
}

// promise is how much of what a writer was given must be there after its end.
type promise int

const (
	everything promise = iota // each message, for each was accepted
	durable                   // each that was acknowledged, and of the others those that came first
	accounted                 // each, or a gap record counts it
)

// look reads the whole archive and compares it with what was promised to the writer that has ended. killed says that it
// did not end by itself: then a lane may have given one message more than it could tell of.
func (b *book) look(said *heard, from []int, p promise, killed bool) {
	b.t.Helper()
	lanes, gaps := b.read()
	missing := make([]int, len(gaps))
	for i := range lanes {
		missing[i/2] += b.compare(i, lanes[i], from[i], said, p, killed)
	}
	for i := range gaps {
		counted := gaps[i].counted - b.gaps[i].counted
		if slack := 2 * btoi(killed); p == accounted && (counted < missing[i] || counted > missing[i]+slack) {
			b.t.Errorf("session %d: %d messages are missing, and gap records count %d", i, missing[i], counted)
		}
		if p == everything && (counted > 2*btoi(killed) || gaps[i].powerCut > b.gaps[i].powerCut) {
			b.t.Errorf("session %d: gap records count %d messages, and tell of %d power cuts", i, counted, gaps[i].powerCut-b.gaps[i].powerCut)
		}
	}
	b.gaps = gaps
	b.verify()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compare says what is wrong with a lane, and how many of its messages are missing.
func (b *book) compare(i int, got []int, from int, said *heard, p promise, killed bool) (missing int) {
	b.t.Helper()
	l := &b.lanes[i]
	before := len(l.have)
	if len(got) < before || !slices.Equal(got[:before], l.have) {
		at := 0
		for at < min(len(got), before) && got[at] == l.have[at] {
			at++
		}
		b.t.Fatalf("lane %d: it held %d messages, and of %d that it holds now not all are the same: from the %dth on %v, and now %v",
			i, before, len(got), at, l.have[at:min(at+5, before)], got[min(at, len(got)):min(at+5, len(got))])
	}
	fresh := got[before:]
	accepted := said.accepted[i]
	for k := 1; k < len(fresh); k++ {
		if fresh[k] <= fresh[k-1] {
			b.t.Fatalf("lane %d: message %d stands behind %d", i, fresh[k], fresh[k-1])
		}
	}
	end := from
	if n := len(fresh); n > 0 {
		end = fresh[n-1] + 1
	}
	switch {
	case end > accepted+btoi(killed) || len(fresh) > 0 && fresh[0] < from:
		b.t.Errorf("lane %d: messages from %d to %d, and %d to %d were sent", i, fresh[0], end-1, from, accepted-1)
	case p != accounted && end-from != len(fresh):
		b.t.Errorf("lane %d: %d messages from %d to %d", i, len(fresh), from, end-1)
	case p == everything && end < accepted:
		b.t.Errorf("lane %d: message %d was accepted, and the last is %d", i, accepted-1, end-1)
	case p == durable && end < said.durable[i]:
		b.t.Errorf("lane %d: message %d was acknowledged, and the last is %d", i, said.durable[i]-1, end-1)
	}
	l.have, l.next = got, max(accepted, end)
	return max(accepted, end) - from - len(fresh)
}

// read reads every record. Each must be what was sent, and follow its predecessor.
func (b *book) read() (lanes [][]int, gaps []gapBook) {
	b.t.Helper()
	lanes, gaps = make([][]int, len(b.lanes)), make([]gapBook, len(b.gaps))
	r, err := archive.OpenReader(b.job.Dir)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	for i := range gaps {
		name, next := laneSession(2*i).String(), uint64(1)
		for m, err := range r.Messages(archive.Query{Session: name}) {
			if errors.Is(err, archive.ErrNoSession) {
				break
			}
			if err != nil {
				b.t.Fatalf("%s: %v", name, err)
			}
			if m.Sequence != next {
				b.t.Fatalf("%s: record %d, want %d", name, m.Sequence, next)
			}
			next = m.Sequence + 1
			if m.Kind == archive.Gap {
				next = m.Lost.Last + 1
				gaps[i].add(m.Lost)
				continue
			}
			lane := 2*i + btoi(m.Direction == archive.In)
			if want := laneMessage(lane, int(m.MsgSeqNum), b.job.Longest); string(m.Raw) != string(want) {
				b.t.Fatalf("%s: record %d is %.90q, want %.90q", name, m.Sequence, m.Raw, want)
			}
			lanes[lane] = append(lanes[lane], int(m.MsgSeqNum))
		}
	}
	return lanes, gaps
}

func (g *gapBook) add(l *archive.Lost) {
	g.records++
	if l.Count == 0 {
		g.powerCut++
		return
	}
	g.counted += int(l.Count)
}

// rings are the archive's in memory, where the command makes its own.
func (b *book) rings() []string {
	b.t.Helper()
	r, err := archive.OpenReader(b.job.Dir)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	s, err := r.Status()
	if err != nil {
		b.t.Fatal(err)
	}
	rings, err := filepath.Glob("/dev/shm/fixarchive-" + s.ID[:8] + "-*.ring")
	if err != nil {
		b.t.Fatal(err)
	}
	return rings
}

// verify proves every byte.
func (b *book) verify() {
	b.t.Helper()
	r, err := archive.OpenReader(b.job.Dir)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	report, err := r.Verify(context.Background(), archive.VerifyOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	if report.Unclean != nil {
		b.t.Errorf("verify: %+v is not in the stores", *report.Unclean)
	}
	if !report.Sound() {
		b.t.Errorf("verify: %s", damages(&report))
	}
}

func damages(v *archive.VerifyReport) (text string) {
	for _, d := range v.Damage {
		text += fmt.Sprintln(d)
	}
	for i := range v.Sessions {
		for _, d := range v.Sessions[i].Damage {
			text += fmt.Sprintln(d)
		}
	}
	return text
}
