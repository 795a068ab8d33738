package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runningTrader is a process that trades.
type runningTrader struct {
	*exec.Cmd
	life int
	in   io.Closer
	done chan struct{}

	mu     sync.Mutex
	moved  chan struct{} // closed when it has said more
	logons int
	sent   int
	got    []gotReport
	alarms []string
	closed bool
	wrong  error
}

type gotReport struct {
	number int
	dup    bool
}

func (f *floor) start(life int) *runningTrader {
	f.Helper()
	j := tradeJob{
		Dir: f.archive(), RingDir: f.dir, Venue: f.tap.addr(), Life: life, Pause: time.Duration(f.random.IntN(500)) * time.Microsecond,
		Sync: []string{"always", "always", "interval", "none"}[f.random.IntN(4)], SyncInbound: f.random.IntN(3) == 0, Early: f.random.IntN(3) == 0,
	}
	text, err := json.Marshal(j)
	if err != nil {
		f.Fatal(err)
	}
	g := &runningTrader{Cmd: exec.Command(os.Args[0]), life: life, done: make(chan struct{}), moved: make(chan struct{})}
	g.Env = append(os.Environ(), traderJob+"="+string(text))
	g.Stderr = os.Stderr
	out, err := g.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	if g.in, err = g.StdinPipe(); err != nil {
		f.Fatal(err)
	}
	if err := g.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { g.Process.Kill() })
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

func (g *runningTrader) hear(line string) (err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	switch word {
	case saidOpened:
	case saidLogon:
		g.logons++
	case saidSent:
		g.sent, err = strconv.Atoi(rest)
	case saidGot:
		var r gotReport
		_, err = fmt.Sscan(rest, &r.number, &r.dup)
		g.got = append(g.got, r)
	case saidAlarm:
		g.alarms = append(g.alarms, rest)
	case saidClosed:
		if g.closed = true; rest != "" {
			err = fmt.Errorf("closing: %s", rest)
		}
	default:
		err = fmt.Errorf("the trader said %q", line)
	}
	close(g.moved)
	g.moved = make(chan struct{})
	return err
}

// await waits until the trader has said enough. It gives up when the trader ends, and after a time that only one that
// hangs needs.
func (g *runningTrader) await(enough func(*runningTrader) bool) bool {
	patience := time.After(time.Minute)
	for {
		g.mu.Lock()
		ok, moved := enough(g), g.moved
		g.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-moved:
		case <-g.done:
			g.mu.Lock()
			defer g.mu.Unlock()
			return enough(g)
		case <-patience:
			return false
		}
	}
}
