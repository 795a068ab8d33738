package integration

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
)

// counterparty is an acceptor that lives on: it keeps its messages in memory and its own record of orders.
type counterparty struct {
	acceptor *quickfix.Acceptor

	mu     sync.Mutex
	moved  chan struct{}
	orders []order
	count  map[int]int // orders by life
	dups   int
	sent   int
	wrong  error
}

type order struct{ life, number, seq int }

func startCounterparty(t *testing.T, addr string) *counterparty {
	t.Helper()
	s := quickfix.NewSettings()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		config.SocketAcceptHost: host, config.SocketAcceptPort: port, config.BeginString: atVenue.BeginString,
		config.SenderCompID: atVenue.SenderCompID, config.TargetCompID: atVenue.TargetCompID, config.HeartBtInt: "30",
	} {
		s.GlobalSettings().Set(key, value)
	}
	if _, err := s.AddSession(quickfix.NewSessionSettings()); err != nil {
		t.Fatal(err)
	}
	c := &counterparty{moved: make(chan struct{}), count: map[int]int{}}
	if c.acceptor, err = quickfix.NewAcceptor(c, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory()); err != nil {
		t.Fatal(err)
	}
	if err := c.acceptor.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.acceptor.Stop()
		if c.wrong != nil {
			t.Error(c.wrong)
		}
	})
	return c
}

// take notes an order: the next of its life, under a number above all before it.
func (c *counterparty) take(name string, seq int, dup bool) error {
	var o order
	if _, err := fmt.Sscanf(name, "%d-%d", &o.life, &o.number); err != nil {
		return err
	}
	o.seq = seq
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.orders); n > 0 && c.orders[n-1].seq >= seq && c.wrong == nil {
		c.wrong = fmt.Errorf("order %s has number %d, behind %+v", name, seq, c.orders[n-1])
	}
	if o.number != c.count[o.life]+1 && c.wrong == nil {
		c.wrong = fmt.Errorf("order %s with number %d (possible duplicate: %v) behind %d of its life", name, seq, dup, c.count[o.life])
	}
	c.count[o.life] = o.number
	c.orders = append(c.orders, o)
	c.dups += btoi(dup)
	c.sent++
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

// await waits for the first order of a life.
func (c *counterparty) await(life int) bool {
	patience := time.After(30 * time.Second)
	for {
		c.mu.Lock()
		n, moved := c.count[life], c.moved
		c.mu.Unlock()
		if n > 0 {
			return true
		}
		select {
		case <-moved:
		case <-patience:
			return false
		}
	}
}

// byLife is how many orders it has of each life.
func (c *counterparty) byLife() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.count)
}

func (c *counterparty) reports() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

func (c *counterparty) last(n int) []order {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.orders[max(len(c.orders)-n, 0):])
}

func (*counterparty) OnCreate(quickfix.SessionID)                       {}
func (*counterparty) OnLogon(quickfix.SessionID)                        {}
func (*counterparty) OnLogout(quickfix.SessionID)                       {}
func (*counterparty) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (*counterparty) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (*counterparty) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}

func (c *counterparty) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	name, err := m.Body.GetString(11)
	if err != nil {
		return err
	}
	seq, err := m.Header.GetInt(34)
	if err != nil {
		return err
	}
	if err := c.take(name, seq, isDup(m)); err != nil {
		return quickfix.NewMessageRejectError(err.Error(), 0, nil)
	}
	report := numberedMessage("8", 17, strconv.Itoa(c.reports()))
	report.Body.SetString(11, name)
	if err := quickfix.SendToTarget(report, id); err != nil {
		return quickfix.NewMessageRejectError(err.Error(), 0, nil)
	}
	return nil
}
