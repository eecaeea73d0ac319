package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// process is a command on the host: a session of RFC 4254, 6.
type process struct {
	conn    *Conn
	line    *line
	ctx     context.Context
	channel ssh.Channel
	stderr  io.Reader
	telling *connection.Told // nil where the host takes signals

	ended   chan struct{} // closed when the session is over
	done    chan struct{} // closed when nobody watches over it any more: see watched
	unwatch func() bool
	settled sync.Once
	code    int
	told    bool // code is what the host said
	killing sync.Once

	tty    bool
	hungUp atomic.Bool // the terminal was
	cut    atomic.Bool // the connection was closed before the command had ended
}

// rawModes are the modes of a raw terminal (RFC 4254, 8; cfmakeraw in termios(3)).
var rawModes = ssh.TerminalModes{
	ssh.ECHO: 0, ssh.ECHOE: 0, ssh.ECHOK: 0, ssh.ECHONL: 0, ssh.ICANON: 0, ssh.ISIG: 0, ssh.IEXTEN: 0, ssh.ECHOCTL: 0, ssh.ECHOKE: 0,
	ssh.ICRNL: 0, ssh.INLCR: 0, ssh.IGNCR: 0, ssh.IXON: 0, ssh.IXOFF: 0, ssh.IXANY: 0, ssh.ISTRIP: 0, ssh.PARMRK: 0, ssh.IMAXBEL: 0,
	ssh.OPOST: 0, ssh.ONLCR: 0, ssh.CS8: 1, ssh.PARENB: 0, ssh.TTY_OP_ISPEED: 38400, ssh.TTY_OP_OSPEED: 38400,
}

// begin has the host start the command. Its error is that of the context, or why the host does not.
func (p *process) begin(command string) error {
	answer := make(chan error, 1)
	go func() { answer <- p.ask(command) }()
	select {
	case err := <-answer:
		return err
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// ask asks the host to start the command, and waits for its answer: what is written before it has taken the request would be lost.
func (p *process) ask(command string) error {
	for _, v := range p.conn.env {
		_, _ = p.channel.SendRequest("env", false, ssh.Marshal(v))
	}
	if p.line.forward {
		_, _ = p.channel.SendRequest("auth-agent-req@openssh.com", false, nil)
	}
	if p.tty {
		var modes []byte
		for key, value := range rawModes {
			modes = append(modes, ssh.Marshal(struct {
				Key   byte
				Value uint32
			}{key, value})...)
		}
		_, _ = p.channel.SendRequest("pty-req", false, ssh.Marshal(struct {
			Term                         string
			Columns, Rows, Width, Height uint32
			Modes                        string
		}{Term: "dumb", Columns: 80, Rows: 24, Modes: string(append(modes, 0))}))
	}
	ok, err := p.channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{command}))
	if err == nil && !ok {
		err = errRefused
	}
	return err
}

// errRefused has OpenSSH's words for a host that does not run commands.
var errRefused = errors.New("exec request failed on channel 0")

// follow takes what the host tells of the command. The end of the requests is the end of the session.
func (p *process) follow(requests <-chan *ssh.Request) {
	defer close(p.ended)
	for r := range requests {
		switch r.Type {
		case "exit-status":
			var m struct{ Status uint32 }
			if ssh.Unmarshal(r.Payload, &m) == nil {
				p.code, p.told = int(m.Status), true
			}
		case "exit-signal":
			var m struct {
				Signal   string
				Core     bool
				Message  string
				Language string
			}
			if ssh.Unmarshal(r.Payload, &m) == nil {
				p.code, p.told = 128+signals[m.Signal], true
			}
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
}

// signals are the numbers of those that RFC 4254, 6.10 names.
var signals = map[string]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
}

func (p *process) Stdin() io.WriteCloser { return input{p} }
func (p *process) Stdout() io.Reader     { return p.channel }
func (p *process) Stderr() io.Reader     { return p.stderr }

// input is a command's stdin.
type input struct{ p *process }

func (i input) Write(b []byte) (int, error) { return i.p.channel.Write(b) }

// Close is the end of the input. A terminal is hung up.
func (i input) Close() error {
	if i.p.tty {
		i.p.hungUp.Store(true)
		return i.p.channel.Close()
	}
	return i.p.channel.CloseWrite()
}

// watch has the command killed when its context ends first.
func (p *process) watch() {
	p.unwatch = context.AfterFunc(p.ctx, func() {
		defer close(p.done)
		select {
		case <-p.ended:
		default:
			p.kill()
		}
	})
}

// watched waits until nobody watches over the command any more, which has ended.
func (p *process) watched() {
	p.settled.Do(func() {
		if p.unwatch() {
			close(p.done)
		}
	})
	<-p.done
}

// drop ends a session whose command nobody waits for.
func (p *process) drop() {
	go func() { // it is written to a host that may take nothing
		p.signal("TERM")
		_ = p.channel.Close()
	}()
	p.conn.leave(p)
}

// kill ends the command and all it has started: sshd signals the process group, or a second command does. A host that does
// not even close the session is lost.
func (p *process) kill() {
	p.killing.Do(func() {
		if p.telling != nil {
			p.telling.Kill(func(ctx context.Context, line string) error { return p.conn.run(ctx, line) })
		} else {
			go p.signal("TERM") // what is written may have to wait for a host that has gone
		}
		if !p.tty && p.wait(killGrace) {
			return
		}
		go func() {
			p.signal("KILL")
			_ = p.channel.Close() // hangs up a terminal
		}()
		if !p.wait(killGrace) {
			p.line.close()
		}
	})
}

// wait waits for the end of the session, or of the connection.
func (p *process) wait(limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-p.ended:
		return true
	case <-p.line.ctx.Done():
		return true
	case <-t.C:
		return false
	}
}

func (p *process) signal(name string) {
	_, _ = p.channel.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{name})) // it may have ended
}

// Wait waits for the end of the command.
func (p *process) Wait() (int, error) {
	<-p.ended
	p.watched()
	p.conn.leave(p)
	switch {
	case p.ctx.Err() != nil:
		return 0, p.ctx.Err()
	case p.cut.Load():
		return 0, p.conn.fail("wait", connection.ErrClosed)
	case p.told:
		return p.code, nil
	}
	if p.hungUp.Load() {
		return 128 + signals["HUP"], nil // the host says no more
	}
	return 0, p.conn.lostOf(p.line, "wait")
}
