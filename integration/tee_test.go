package integration

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// tee is a TCP proxy that keeps every byte of both directions: what was on the wire.
type tee struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	conns   []net.Conn
	toVenue bytes.Buffer // what the connecting side sent
	back    bytes.Buffer // what it got back
	wg      sync.WaitGroup
}

func startTee(t *testing.T, target string) *tee {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tee{listener: l, target: target}
	p.wg.Go(p.accept)
	t.Cleanup(p.stop)
	return p
}

func (p *tee) addr() string { return p.listener.Addr().String() }

func (p *tee) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		v, err := net.Dial("tcp", p.target)
		if err != nil {
			c.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, c, v)
		p.mu.Unlock()
		p.wg.Go(func() { p.copy(v, c, &p.toVenue) })
		p.wg.Go(func() { p.copy(c, v, &p.back) })
	}
}

// copy passes bytes on after it has kept them, and passes the end on too.
func (p *tee) copy(to, from net.Conn, kept *bytes.Buffer) {
	defer to.(*net.TCPConn).CloseWrite()
	io.Copy(to, io.TeeReader(from, writer(func(b []byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		kept.Write(b)
	})))
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

func (p *tee) stop() {
	p.listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// wire returns the bytes sent to the venue and the bytes that came back.
func (p *tee) wire() (out, in []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.toVenue.Bytes()), bytes.Clone(p.back.Bytes())
}
