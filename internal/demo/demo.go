// Package demo trades: a venue that fills every order (a quickfixgo acceptor) and a gateway that sends them (an
// initiator), over loopback. The demo command, the end-to-end benchmark and tests run real sessions with it.
//
//	gateway ──NewOrderSingle──► venue
//	        ◄─ExecutionReport──        each session keeps one order in flight
//
// It knows nothing of archives: a log factory and an application wrapper are handed in.
package demo

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
)

// Parts are what a side is made of; zero fields are quickfix's memory store, its null log and the bare application.
type Parts struct {
	Log   quickfix.LogFactory
	Store quickfix.MessageStoreFactory
	Wrap  func(quickfix.Application) quickfix.Application

	Global map[string]string // settings over the defaults
}

func (p Parts) filled() Parts {
	if p.Log == nil {
		p.Log = quickfix.NewNullLogFactory()
	}
	if p.Store == nil {
		p.Store = quickfix.NewMemoryStoreFactory()
	}
	if p.Wrap == nil {
		p.Wrap = func(app quickfix.Application) quickfix.Application { return app }
	}
	return p
}

// GatewayName is the CompID of the i-th gateway, from 0: GATEWAY, GATEWAY2, GATEWAY3, …
func GatewayName(i int) string {
	if i == 0 {
		return "GATEWAY"
	}
	return "GATEWAY" + strconv.Itoa(i+1)
}

// VenueName is the CompID of the venue.
const VenueName = "VENUE"

// settings are those of n sessions, sender first, as both sides need them.
func settings(addr string, n int, pair func(i int) (sender, target string), global map[string]string) (*quickfix.Settings, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	s := quickfix.NewSettings()
	for key, value := range map[string]string{
		config.SocketAcceptHost: host, config.SocketAcceptPort: port,
		config.SocketConnectHost: host, config.SocketConnectPort: port,
		config.HeartBtInt: "30", config.ReconnectInterval: "1",
	} {
		s.GlobalSettings().Set(key, value)
	}
	for key, value := range global {
		s.GlobalSettings().Set(key, value)
	}
	for i := range n {
		one := quickfix.NewSessionSettings()
		sender, target := pair(i)
		one.Set(config.BeginString, quickfix.BeginStringFIX44)
		one.Set(config.SenderCompID, sender)
		one.Set(config.TargetCompID, target)
		if _, err := s.AddSession(one); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// GatewaySettings are the settings of n gateway sessions that connect to addr, with global over the defaults.
func GatewaySettings(addr string, n int, global map[string]string) (*quickfix.Settings, error) {
	return settings(addr, n, func(i int) (string, string) { return GatewayName(i), VenueName }, global)
}

// FreeAddr finds a loopback address that nobody listens on.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

const utcTimestamp = "20060102-15:04:05.000"

func set(m *quickfix.FieldMap, fields ...any) {
	for i := 0; i < len(fields); i += 2 {
		m.SetField(quickfix.Tag(fields[i].(int)), quickfix.FIXString(fmt.Sprint(fields[i+1])))
	}
}

// newOrder is NewOrderSingle (35=D).
func newOrder(id string) *quickfix.Message {
	m := quickfix.NewMessage()
	set(&m.Header.FieldMap, 35, "D")
	set(&m.Body.FieldMap, 11, id, 1, "ACCOUNT-1", 21, 1, 55, "EURUSD", 54, 1, 60, time.Now().UTC().Format(utcTimestamp), 38, 1_000_000, 40, 2, 44, "1.08345", 59, 0)
	return m
}

// fill is the ExecutionReport (35=8) that fills order at once.
func fill(order *quickfix.Message, execID uint64) *quickfix.Message {
	m := quickfix.NewMessage()
	set(&m.Header.FieldMap, 35, "8")
	set(&m.Body.FieldMap, 37, fmt.Sprintf("O-%d", execID), 17, fmt.Sprintf("E-%d", execID), 150, "F", 39, 2,
		32, 1_000_000, 31, "1.08345", 151, 0, 14, 1_000_000, 6, "1.08345", 60, time.Now().UTC().Format(utcTimestamp))
	for _, tag := range []quickfix.Tag{11, 1, 55, 54, 38, 44} {
		if value, err := order.Body.GetBytes(tag); err == nil {
			m.Body.SetBytes(tag, value)
		}
	}
	return m
}
