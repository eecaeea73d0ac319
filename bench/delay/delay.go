// Package delay is a TCP proxy between a client and a server on one machine that are to see each other as far apart: what
// either sends reaches the other half a round trip later. It takes the place of netem where the kernel has none.
package delay

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Proxy is a running proxy.
type Proxy struct {
	Addr     string // where it listens
	to       string
	trip     time.Duration
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]bool
	running  sync.WaitGroup
}

// Start starts a proxy on a free port of the address host ("127.0.0.1") for the server at to. trip is the time of a round
// trip. A connection costs one trip before anything passes, as TCP's own does.
func Start(host, to string, trip time.Duration) (*Proxy, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: l.Addr().String(), to: to, trip: trip, listener: l, open: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	return p, nil
}

// Close ends the proxy and all that passes through it.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	for c := range p.open {
		_ = c.Close()
	}
	p.open = nil
	p.mu.Unlock()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.pass(c) })
	}
}

// keep remembers a connection, so that Close ends it.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		_ = c.Close()
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

func (p *Proxy) pass(client net.Conn) {
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	time.Sleep(p.trip)
	server, err := net.Dial("tcp", p.to)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	var both sync.WaitGroup
	both.Go(func() { p.oneWay(server, client) })
	both.Go(func() { p.oneWay(client, server) })
	both.Wait()
}

// piece is what came at a time.
type piece struct {
	data []byte
	at   time.Time
}

// oneWay passes on what comes, half a trip later.
func (p *Proxy) oneWay(to, from net.Conn) {
	late := make(chan piece, 4096)
	go func() {
		defer close(late)
		for {
			buf := make([]byte, 64<<10)
			n, err := from.Read(buf)
			if n > 0 {
				late <- piece{buf[:n], time.Now().Add(p.trip / 2)}
			}
			if err != nil {
				return
			}
		}
	}()
	for d := range late {
		time.Sleep(time.Until(d.at))
		if _, err := to.Write(d.data); err != nil {
			_ = from.Close()
			for range late { // the reader must not be left waiting
			}
			return
		}
	}
	time.Sleep(p.trip / 2)
	if half, ok := to.(*net.TCPConn); ok {
		if err := half.CloseWrite(); err == nil || errors.Is(err, io.EOF) {
			return
		}
	}
	_ = to.Close()
}
