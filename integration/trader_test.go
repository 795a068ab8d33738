package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	archive "github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// traderJob in the environment makes a process of this test binary a gateway that trades: an engine whose message store
// and log are the archive. It sends orders until its standard input ends, and tells its parent what it was promised.
const traderJob = "FIXARCHIVE_TEST_TRADER"

// tradeJob is what such a process is to do.
type tradeJob struct {
	Dir, RingDir string
	Venue        string // an address
	Life         int    // stands in each order's name
	Sync         string
	SyncInbound  bool
	Early        bool // it sends before it has logged on
	Pause        time.Duration
}

// What a trader says, besides what a writer does.
const (
	saidLogon = "logon"
	saidSent  = "sent" // NUMBER: the engine has taken the order, and so the store has it
	saidGot   = "got"  // NUMBER DUP: the application was given the report with this number; dup says that it may have been before
)

// runTrader is the process.
func runTrader(text string) int {
	var j tradeJob
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if err := (&trader{tradeJob: j, logon: make(chan struct{}, 1), reported: make(chan struct{}, 1)}).run(); err != nil {
		say(saidRefused, oneLine(err))
		return 1
	}
	return 0
}

type trader struct {
	tradeJob
	logon    chan struct{}
	sent     int
	last     atomic.Value  // the name of the order that was reported last
	reported chan struct{} // … was there since somebody looked
}

func (g *trader) name(n int) string { return fmt.Sprintf("%d-%d", g.Life, n) }

func (g *trader) run() error {
	archive.OnAlarm(func(_ string, err error) { say(saidAlarm, oneLine(err)) })
	s, err := demo.GatewaySettings(g.Venue, 1, map[string]string{
		config.ReconnectInterval: "100ms", "FixArchiveSync": g.Sync, "FixArchiveSyncInbound": map[bool]string{true: "Y", false: "N"}[g.SyncInbound],
		archive.FixArchivePath: g.Dir, "FixArchiveRingDir": g.RingDir, "FixArchiveRequired": "Y", "FixArchiveReserveBytes": "0", "FixArchiveFreePercent": "0",
		"FixArchiveSegmentBytes": "262144", "FixArchiveJournalBytes": "8388608", "FixArchiveRingBytes": "1048576",
	})
	if err != nil {
		return err
	}
	log, err := archive.NewLogFactory(s)
	if err != nil {
		return err
	}
	initiator, err := quickfix.NewInitiator(g, archive.NewStoreFactory(s), s, log)
	if err != nil {
		return err
	}
	say(saidOpened)
	if err := initiator.Start(); err != nil {
		return err
	}
	if err := g.trade(); err != nil {
		return err
	}
	// An engine that is logged out while it is asked for what was missed does not give it.
	for last := g.name(g.sent); g.sent > 0 && g.last.Load() != last; {
		<-g.reported
	}
	initiator.Stop()
	say(saidClosed, oneLine(archive.Close(context.Background())))
	return nil
}

// trade sends orders until standard input ends.
func (g *trader) trade() error {
	done := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(done) }()
	if !g.Early {
		select {
		case <-g.logon:
		case <-done:
			return nil
		}
	}
	for {
		select {
		case <-done:
			return nil
		case <-time.After(g.Pause):
		}
		if err := quickfix.SendToTarget(numberedMessage("D", 11, g.name(g.sent+1)), atGateway); err != nil {
			return err
		}
		g.sent++
		say(saidSent, g.sent)
	}
}

// numberedMessage is an application message with one field.
func numberedMessage(kind string, tag quickfix.Tag, value string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(35, kind)
	m.Body.SetString(tag, value)
	m.Body.SetString(58, fmt.Sprintf("%*s", len(value)*97%300, "x")) // no two in a row are as long
	return m
}

func isDup(m *quickfix.Message) bool {
	dup, err := m.Header.GetBool(43)
	return err == nil && dup
}

func (*trader) OnCreate(quickfix.SessionID)                       {}
func (*trader) OnLogout(quickfix.SessionID)                       {}
func (*trader) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (*trader) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (*trader) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}

func (g *trader) OnLogon(quickfix.SessionID) {
	say(saidLogon)
	signal(g.logon)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (g *trader) FromApp(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	number, err := m.Body.GetString(17)
	if err != nil {
		return err
	}
	name, err := m.Body.GetString(11)
	if err != nil {
		return err
	}
	say(saidGot, number, isDup(m))
	g.last.Store(name)
	signal(g.reported)
	return nil
}
