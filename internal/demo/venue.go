package demo

import (
	"sync/atomic"

	"github.com/quickfixgo/quickfix"
)

// Venue is the accepting side.
type Venue struct {
	acceptor *quickfix.Acceptor
	execs    atomic.Uint64
}

// StartVenue listens on addr for n gateways.
func StartVenue(addr string, n int, parts Parts) (*Venue, error) {
	parts = parts.filled()
	s, err := settings(addr, n, func(i int) (string, string) { return VenueName, GatewayName(i) }, parts.Global)
	if err != nil {
		return nil, err
	}
	v := &Venue{}
	v.acceptor, err = quickfix.NewAcceptor(parts.Wrap(venueApp{v}), parts.Store, s, parts.Log)
	if err != nil {
		return nil, err
	}
	return v, v.acceptor.Start()
}

// Stop logs the sessions out and stops listening.
func (v *Venue) Stop() { v.acceptor.Stop() }

type venueApp struct{ v *Venue }

func (venueApp) OnCreate(quickfix.SessionID)                       {}
func (venueApp) OnLogon(quickfix.SessionID)                        {}
func (venueApp) OnLogout(quickfix.SessionID)                       {}
func (venueApp) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (venueApp) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (venueApp) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}

func (a venueApp) FromApp(order *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	if kind, err := order.MsgType(); err != nil || kind != "D" {
		return quickfix.UnsupportedMessageType()
	}
	if err := quickfix.SendToTarget(fill(order, a.v.execs.Add(1)), id); err != nil {
		return quickfix.NewMessageRejectError(err.Error(), 0, nil)
	}
	return nil
}
