package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"
)

// Gateway is the connecting side.
type Gateway struct {
	initiator *quickfix.Initiator
	sessions  map[quickfix.SessionID]*line
}

// line is one session's orders: one in flight.
type line struct {
	id     quickfix.SessionID
	logons chan struct{} // holds a token once the session is logged on
	fills  chan struct{}
}

// StartGateway connects n sessions to the venue at addr.
func StartGateway(addr string, n int, parts Parts) (*Gateway, error) {
	s, err := GatewaySettings(addr, n, parts.Global)
	if err != nil {
		return nil, err
	}
	return StartGatewayWith(s, parts)
}

// StartGatewayWith connects the sessions of s.
func StartGatewayWith(s *quickfix.Settings, parts Parts) (*Gateway, error) {
	parts = parts.filled()
	g := &Gateway{sessions: map[quickfix.SessionID]*line{}}
	for id := range s.SessionSettings() {
		g.sessions[id] = &line{id: id, logons: make(chan struct{}, 1), fills: make(chan struct{}, 1)}
	}
	var err error
	if g.initiator, err = quickfix.NewInitiator(parts.Wrap(gatewayApp{g}), parts.Store, s, parts.Log); err != nil {
		return nil, err
	}
	return g, g.initiator.Start()
}

// Stop logs the sessions out and disconnects.
func (g *Gateway) Stop() { g.initiator.Stop() }

// WaitLogons returns when every session is logged on.
func (g *Gateway) WaitLogons(ctx context.Context) error {
	for _, l := range g.sessions {
		select {
		case <-l.logons:
			l.logons <- struct{}{}
		case <-ctx.Done():
			return fmt.Errorf("%v is not logged on: %w", l.id, ctx.Err())
		}
	}
	return nil
}

// Trade sends orders orders on each session, the next when the last is filled, and returns how long each fill took.
// done, if not nil, is called after each fill, from many goroutines.
func (g *Gateway) Trade(ctx context.Context, orders int, done func()) ([]time.Duration, error) {
	if err := g.WaitLogons(ctx); err != nil {
		return nil, err
	}
	var (
		all   = make([]time.Duration, 0, orders*len(g.sessions))
		first error
		mu    sync.Mutex
		wg    sync.WaitGroup
	)
	for _, l := range g.sessions {
		wg.Go(func() {
			took, err := l.trade(ctx, orders, done)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	return all, first
}

func (l *line) trade(ctx context.Context, orders int, done func()) ([]time.Duration, error) {
	took := make([]time.Duration, 0, orders)
	for i := range orders {
		start := time.Now()
		if err := quickfix.SendToTarget(newOrder(fmt.Sprintf("ORD-%s-%d", l.id.SenderCompID, i+1)), l.id); err != nil {
			return took, err
		}
		select {
		case <-l.fills:
			took = append(took, time.Since(start))
		case <-ctx.Done():
			return took, fmt.Errorf("%v, order %d: %w", l.id, i+1, ctx.Err())
		}
		if done != nil {
			done()
		}
	}
	return took, nil
}

type gatewayApp struct{ g *Gateway }

func (gatewayApp) OnCreate(quickfix.SessionID)                       {}
func (gatewayApp) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (gatewayApp) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (gatewayApp) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}

func (a gatewayApp) OnLogon(id quickfix.SessionID) { token(a.g.sessions[id].logons) }

func (a gatewayApp) OnLogout(id quickfix.SessionID) {
	select {
	case <-a.g.sessions[id].logons:
	default:
	}
}

func (a gatewayApp) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	if kind, err := m.MsgType(); err == nil && kind == "8" {
		token(a.g.sessions[id].fills)
	}
	return nil
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
