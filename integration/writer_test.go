package integration

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"

	archive "github.com/fixarchive/fixarchive"
)

// writerJob in the environment makes a process of this test binary a gateway: it archives numbered messages as the job
// says and tells its parent, a line each on standard output, what it was promised of them.
const writerJob = "FIXARCHIVE_TEST_WRITER"

// job is what such a process is to do. Its lanes are the directions of its sessions, two of each: lane 2i is what
// session i sends, lane 2i+1 what it receives.
type job struct {
	Dir, RingDir string
	RingBytes    int
	SegmentBytes int64
	OpenFiles    int
	WhenFull     archive.WhenFull

	Sessions int
	From     []int         // the first number of each lane
	Longest  int           // a message is padded with less than this
	Pause    time.Duration // between two messages of a lane

	// InTurn has one goroutine do everything, so that two runs make the same system calls: a message of every lane in
	// turn, so many times, and a Flush after each InTurn/10 rounds. Otherwise each lane has its goroutine and one flushes,
	// until standard input ends.
	InTurn int
}

// What a writer says. The number behind a lane is the one behind the last that it speaks of.
const (
	saidOpened   = "opened"   // ; messages follow
	saidAccepted = "accepted" // LANE NUMBER: the hooks have returned
	saidDurable  = "durable"  // LANE NUMBER: a Flush that began behind them has returned nil
	saidNotYet   = "notyet"   // TEXT: a Flush has returned this
	saidAlarm    = "alarm"    // TEXT
	saidDropped  = "dropped"  // NUMBER: of messages, so far
	saidMapped   = "mapped"   // true or false: whether the ring is a file
	saidClosed   = "closed"   // TEXT: Close has returned this, or nothing
	saidRefused  = "refused"  // TEXT: Open, or making the logs, has returned this
)

// runWriter is the process.
func runWriter(text string) int {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	e := engine{job: j, lanes: make([]engineLane, 2*j.Sessions)}
	if err := e.open(); err != nil {
		say(saidRefused, oneLine(err))
		return 1
	}
	say(saidMapped, e.archive.Stats().RingMapped)
	say(saidOpened)
	if j.InTurn > 0 {
		e.inTurn()
	} else {
		e.atOnce()
	}
	err := e.archive.Close()
	e.tellDropped()
	say(saidClosed, oneLine(err))
	return 0
}

// say writes one line with one call: a pipe keeps those of several goroutines apart, and nothing of it waits in the
// process when that is killed.
func say(words ...any) { fmt.Fprintln(os.Stdout, words...) }

func oneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// engine is what runs in such a process.
type engine struct {
	job
	archive *archive.Archive
	lanes   []engineLane
}

type engineLane struct {
	log    quickfix.Log
	behind atomic.Int64 // the number behind the last that the hook has returned from
}

func (e *engine) open() (err error) {
	e.archive, err = archive.Open(archive.Options{
		Path: e.Dir, RingDir: e.RingDir, RingBytes: e.RingBytes,
		SegmentBytes: e.SegmentBytes, OpenFiles: e.OpenFiles, JournalBytes: 8 << 20, // little, so that everything happens soon
		WhenFull: e.WhenFull, WaitBudget: time.Minute,
		Alarm: func(err error) { say(saidAlarm, oneLine(err)) },
	})
	if err != nil {
		return err
	}
	factory := e.archive.LogFactory(nil)
	for i := range e.lanes {
		e.lanes[i].behind.Store(int64(e.From[i]))
		if e.lanes[i].log, err = factory.CreateSessionLog(laneSession(i)); err != nil {
			return err
		}
	}
	return nil
}

// put has a lane's hook called with its next message.
func (e *engine) put(i int) {
	l := &e.lanes[i]
	n := int(l.behind.Load())
	if m := laneMessage(i, n, e.Longest); i%2 == 0 {
		l.log.OnOutgoing(m)
	} else {
		l.log.OnIncoming(m)
	}
	l.behind.Store(int64(n + 1))
	say(saidAccepted, i, n+1)
}

func (e *engine) inTurn() {
	for n := range e.InTurn {
		for i := range e.lanes {
			e.put(i)
		}
		if n%(e.InTurn/10) == e.InTurn/10-1 {
			e.flush()
		}
	}
}

func (e *engine) atOnce() {
	done := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(done) }()
	var group sync.WaitGroup
	for i := range e.lanes {
		group.Go(func() { e.until(done, e.Pause, func() { e.put(i) }) })
	}
	group.Go(func() { e.until(done, 5*time.Millisecond, func() { e.flush(); e.tellDropped() }) })
	group.Wait()
}

func (e *engine) until(done chan struct{}, pause time.Duration, f func()) {
	for {
		select {
		case <-done:
			return
		default:
		}
		f()
		time.Sleep(pause)
	}
}

// flush asks for what the hooks have returned from, and tells whether it is durable.
func (e *engine) flush() {
	behind := make([]int64, len(e.lanes))
	for i := range e.lanes {
		behind[i] = e.lanes[i].behind.Load()
	}
	patience := time.Second
	if e.InTurn > 0 {
		patience /= 10
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.archive.Flush(ctx); err != nil {
		say(saidNotYet, oneLine(err))
		return
	}
	var lines strings.Builder
	for i, n := range behind {
		fmt.Fprintln(&lines, saidDurable, i, n)
	}
	io.WriteString(os.Stdout, lines.String())
}

func (e *engine) tellDropped() { say(saidDropped, e.archive.Stats().Dropped) }

func laneSession(i int) quickfix.SessionID {
	return quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("GATEWAY%d", i/2), TargetCompID: "VENUE"}
}

// laneMessage is the n-th message of a lane: no other is like it.
func laneMessage(lane, n, longest int) []byte {
	pad := strings.Repeat("x", n*37%max(longest, 1))
	return fmt.Appendf(nil, "8=FIX.4.4\x019=99\x0135=D\x0149=A\x0156=B\x0134=%d\x0158=%d.%d %s\x0110=000\x01", n, lane, n, pad)
}

// heard is what a writer has said.
type heard struct {
	opened, mapped     bool
	accepted, durable  []int // by lane
	dropped            int
	alarms, notYet     []string
	closed             bool
	closeErr, refusing string
}

// hear takes a line. One that was cut short by a kill is the last, and is not whole.
func (h *heard) hear(line string) error {
	word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	var lane, n int
	switch word {
	case saidOpened:
		h.opened = true
	case saidMapped:
		h.mapped = rest == "true"
	case saidAlarm:
		h.alarms = append(h.alarms, rest)
	case saidNotYet:
		h.notYet = append(h.notYet, rest)
	case saidClosed:
		h.closed, h.closeErr = true, rest
	case saidRefused:
		h.refusing = rest
	case saidDropped:
		_, err := fmt.Sscan(rest, &h.dropped)
		return err
	case saidAccepted, saidDurable:
		if _, err := fmt.Sscan(rest, &lane, &n); err != nil || lane >= len(h.accepted) {
			return fmt.Errorf("the writer said %q", line)
		}
		if word == saidAccepted {
			h.accepted[lane] = n
		} else {
			h.durable[lane] = n
		}
	default:
		return fmt.Errorf("the writer said %q", line)
	}
	return nil
}

// listen hears lines until there are none, and calls told behind each.
func listen(from io.Reader, hear func(string) error) error {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return nil // a last line without an end was cut short
		}
		if err := hear(line); err != nil {
			return err
		}
	}
}
