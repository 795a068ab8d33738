package integration

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// wiretap is a TCP proxy that keeps what each connection carried, so that it can be told which process it was of.
type wiretap struct {
	listener net.Listener
	target   string
	wg       sync.WaitGroup

	mu     sync.Mutex
	conns  []net.Conn
	tapped []*tapped
	calls  map[string]chan struct{} // of settle, by the address that it calls from
}

// tapped is one connection.
type tapped struct {
	mu      sync.Mutex
	out, in bytes.Buffer // what the connecting side sent, and what it got back
	over    chan struct{}
}

func startWiretap(t *testing.T, target string) *wiretap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wiretap{listener: l, target: target, calls: map[string]chan struct{}{}}
	w.wg.Go(w.accept)
	t.Cleanup(w.stop)
	return w
}

func (w *wiretap) addr() string { return w.listener.Addr().String() }

func (w *wiretap) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		if w.isSettling(c) {
			continue
		}
		v, err := net.Dial("tcp", w.target)
		if err != nil {
			c.Close()
			continue
		}
		k := &tapped{over: make(chan struct{})}
		w.mu.Lock()
		w.conns = append(w.conns, c, v)
		w.tapped = append(w.tapped, k)
		w.mu.Unlock()
		w.wg.Go(func() {
			var both sync.WaitGroup
			both.Go(func() { k.copy(v, c, &k.out) })
			both.Go(func() { k.copy(c, v, &k.in) })
			both.Wait()
			c.Close()
			v.Close()
			close(k.over)
		})
	}
}

func (k *tapped) copy(to, from net.Conn, kept *bytes.Buffer) {
	defer to.(*net.TCPConn).CloseWrite()
	io.Copy(to, io.TeeReader(from, writer(func(b []byte) {
		k.mu.Lock()
		defer k.mu.Unlock()
		kept.Write(b)
	})))
}

// settle returns the connections since it was last called, when they are over. Whoever made them has ended, and calls
// are answered in the order in which they were made: behind a call of its own there are none.
func (w *wiretap) settle(t *testing.T) []*tapped {
	t.Helper()
	arrived := make(chan struct{})
	w.mu.Lock()
	c, err := net.Dial("tcp", w.addr())
	if err == nil {
		w.calls[c.LocalAddr().String()] = arrived
	}
	w.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	<-arrived
	c.Close()
	w.mu.Lock()
	connections := w.tapped
	w.tapped = nil
	w.mu.Unlock()
	for _, k := range connections {
		<-k.over
	}
	return connections
}

func (w *wiretap) isSettling(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	arrived, ok := w.calls[c.RemoteAddr().String()]
	if ok {
		delete(w.calls, c.RemoteAddr().String())
		c.Close()
		close(arrived)
	}
	return ok
}

func (w *wiretap) stop() {
	w.listener.Close()
	w.mu.Lock()
	for _, c := range w.conns {
		c.Close()
	}
	w.mu.Unlock()
	w.wg.Wait()
}

// framed splits a stream into messages. What is behind the last whole one comes by itself.
func framed(stream []byte) (messages []string, rest string) {
	for {
		at := bytes.Index(stream, []byte("\x0110="))
		if at < 0 || at+8 > len(stream) {
			return messages, string(stream)
		}
		messages = append(messages, string(stream[:at+8]))
		stream = stream[at+8:]
	}
}
