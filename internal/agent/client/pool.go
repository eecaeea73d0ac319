package client

import (
	"context"
	"errors"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Pool keeps the connections and the agents of a run: one connection for each way to reach a host, one agent for each
// part of the modules and user on it. All tasks share them. The zero Pool is empty and ready.
type Pool struct {
	mu     sync.Mutex
	conns  map[string]*shared[connection.Conn]
	agents map[string]*shared[Client]
	closed bool
}

// Way is a way to reach a host, and as whom.
type Way struct {
	Host string // as the inventory names it
	// Key is the same for two ways that may share a connection, AgentKey for two that may share an agent.
	Key, AgentKey string
	Connect       func(ctx context.Context) (connection.Conn, error)
	Agent         Options // Host and Conn are filled in
}

// shared is something that is made once; who comes while it is being made waits.
type shared[T any] struct {
	ready chan struct{}
	host  string
	value T
	err   error
	cut   bool // err came when whoever made it was told to end: that is nobody else's
}

// Get gives the client for a way, and makes what is not there. A host on which the agent can't run gives a *Bare.
func (p *Pool) Get(ctx context.Context, w Way) (Client, error) {
	if w.Agent.Programs == nil {
		all, err := program.All()
		if err != nil {
			return nil, err
		}
		w.Agent.Programs = all
	}
	w.AgentKey += "\x00" + w.Agent.Programs.For(w.Agent.Part) // one agent serves the parts that it has
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, &connection.Error{Host: w.Host, Op: "connect", Err: connection.ErrClosed}
		}
		if p.agents == nil {
			p.agents, p.conns = map[string]*shared[Client]{}, map[string]*shared[connection.Conn]{}
		}
		s := p.agents[w.AgentKey]
		if s == nil {
			s = &shared[Client]{ready: make(chan struct{}), host: w.Host}
			p.agents[w.AgentKey] = s
			p.mu.Unlock()
			s.value, s.err = p.open(ctx, w)
			if s.err != nil {
				s.cut = ctx.Err() != nil
				p.drop(w.AgentKey, s)
			}
			close(s.ready)
			return s.value, s.err
		}
		p.mu.Unlock()
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case s.err == nil && !broken(s.value):
			return s.value, nil
		case s.err != nil && !s.cut:
			return nil, s.err // of the task that made it, at the same time
		}
		p.drop(w.AgentKey, s)
	}
}

// broken reports whether a client's agent has gone.
func broken(c Client) bool {
	r, ok := c.(*Remote)
	return ok && r.Err() != nil
}

func (p *Pool) drop(key string, s *shared[Client]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agents[key] == s {
		delete(p.agents, key)
	}
}

// open connects, where that has not been done, and starts the agent. A connection that was there before and does not
// work any more is made anew.
func (p *Pool) open(ctx context.Context, w Way) (Client, error) {
	conn, fresh, err := p.conn(ctx, w)
	if err != nil {
		return nil, err
	}
	c, err := agent(ctx, w, conn)
	var lost *connection.Error
	if fresh || !errors.As(err, &lost) || ctx.Err() != nil {
		return c, err
	}
	p.forget(w.Key, conn)
	if conn, _, err = p.conn(ctx, w); err != nil {
		return nil, err
	}
	return agent(ctx, w, conn)
}

// agent starts the agent; where it can't run there is at least a shell.
func agent(ctx context.Context, w Way, conn connection.Conn) (Client, error) {
	o := w.Agent
	o.Host, o.Conn = w.Host, conn
	r, err := Open(ctx, o)
	var none *NoAgentError
	if errors.As(err, &none) {
		return &Bare{host: w.Host, conn: conn, how: o.Become, why: err, timeout: o.patience()}, nil
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Conn gives the connection of a way, and makes it where it is not there. The pool closes it.
func (p *Pool) Conn(ctx context.Context, w Way) (connection.Conn, error) {
	p.mu.Lock()
	if p.conns == nil {
		p.agents, p.conns = map[string]*shared[Client]{}, map[string]*shared[connection.Conn]{}
	}
	p.mu.Unlock()
	c, _, err := p.conn(ctx, w)
	return c, err
}

// conn gives the connection of a way; fresh tells that it was made just now.
func (p *Pool) conn(ctx context.Context, w Way) (c connection.Conn, fresh bool, err error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, false, &connection.Error{Host: w.Host, Op: "connect", Err: connection.ErrClosed}
		}
		s := p.conns[w.Key]
		if s == nil {
			s = &shared[connection.Conn]{ready: make(chan struct{}), host: w.Host}
			p.conns[w.Key] = s
			p.mu.Unlock()
			s.value, s.err = w.Connect(ctx)
			if s.err != nil {
				s.cut = ctx.Err() != nil
				p.mu.Lock()
				if p.conns[w.Key] == s {
					delete(p.conns, w.Key)
				}
				p.mu.Unlock()
			}
			close(s.ready)
			return s.value, true, s.err
		}
		p.mu.Unlock()
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
		if !s.cut {
			return s.value, false, s.err
		}
	}
}

// forget closes a connection that does not work any more.
func (p *Pool) forget(key string, c connection.Conn) {
	p.mu.Lock()
	if s := p.conns[key]; s != nil && s.value == c {
		delete(p.conns, key)
	}
	p.mu.Unlock()
	_ = c.Close() // it is lost anyway
}

// Reset closes the agents and connections of a host, as meta: reset_connection asks for. The next task connects anew.
func (p *Pool) Reset(host string) error { return p.close(func(h string) bool { return h == host }) }

// Close closes everything. A Get afterwards fails.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	return p.close(func(string) bool { return true })
}

func (p *Pool) close(which func(host string) bool) error {
	var agents []*shared[Client]
	var conns []*shared[connection.Conn]
	p.mu.Lock()
	for key, s := range p.agents {
		if which(s.host) {
			agents = append(agents, s)
			delete(p.agents, key)
		}
	}
	for key, s := range p.conns {
		if which(s.host) {
			conns = append(conns, s)
			delete(p.conns, key)
		}
	}
	p.mu.Unlock()
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	done := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
	}
	for _, s := range agents {
		all.Go(func() {
			if <-s.ready; s.value != nil {
				done(s.value.Close())
			}
		})
	}
	all.Wait()
	for _, s := range conns {
		all.Go(func() {
			if <-s.ready; s.err == nil {
				done(s.value.Close())
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
