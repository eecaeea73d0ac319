package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
)

// Become is as whom an agent runs.
type Become struct {
	Method  *become.Method
	Options become.Options
}

// Options are how an agent is started on a host.
type Options struct {
	Host   string // as the inventory names it
	Conn   connection.Conn
	Become *Become // nil is the user that the connection logs in as
	// Programs are the agent's programs; nil are those that are built in.
	Programs *program.Set
	// Part is which modules the agent is to have.
	Part module.Part
	// Cache lets the program stay in the user's cache folder on the host, for the next time. It never does for a user that
	// was become: another user could have written there.
	Cache bool
	// Compress lets what is sent be compressed: it pays where a network is between.
	Compress bool
	// Timeout is how long the host may take to say the first thing, and then the agent to be ready; 0 is 10 seconds.
	Timeout time.Duration
}

func (o Options) patience() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return 10 * time.Second
}

// NoAgentError says that the agent can't run on a host, which is reached all the same.
type NoAgentError struct{ Msg string }

// Error tells why.
func (e *NoAgentError) Error() string { return e.Msg }

// Open starts the agent on a host. A host that can't be reached, or lost, is a *connection.Error; one where the agent
// can't run, a *NoAgentError, alone or as the cause of a *connection.Error; a user that can't be become, a *become.Error.
func Open(ctx context.Context, o Options) (*Remote, error) {
	if o.Programs == nil {
		all, err := program.All()
		if err != nil {
			return nil, err
		}
		o.Programs = all
	}
	o.Timeout = o.patience()
	b := &opening{Options: o, name: o.Programs.For(o.Part)}
	mode, place := "once", ""
	if o.Cache && o.Become == nil {
		mode = "cache"
	}
	for range 15 { // each way on is taken once
		r, next, err := b.try(ctx, mode, place)
		if err != nil || next == nil {
			return r, err
		}
		mode, place = next[0], next[1]
	}
	return nil, b.lost(errors.New("the agent could not be started in fifteen attempts"))
}

// opening is the work of starting an agent.
type opening struct {
	Options
	name     string      // of the program
	terminal bool        // the way to another user wants a terminal
	renewed  bool        // the program on the host was found to be another one
	small    []string    // the folders that have no room for the program
	bad      [][2]string // folders that the program can't be put into, and why
}

func (b *opening) lost(err error) error {
	return &connection.Error{Host: b.Host, Op: "agent", Err: err}
}

// readLine is what a shell of another user is started with: it reads the bootstrap from its input, so that no log of sudo has it, when
// nothing else reads there.
const readLine = `printf "\n%s begun\n" "$1"; IFS= read -r x; eval "$x"`

// try starts the bootstrap in one of its modes. next, when it is not nil, is the mode and the place to go on with.
func (b *opening) try(ctx context.Context, mode, place string) (_ *Remote, next []string, err error) {
	mark := rand.Text()
	script := bootstrap()
	if b.Become != nil {
		script = readLine
	}
	line := "/bin/sh -c " + become.Quote(script) + " kimai " + mark + " " + b.Programs.ID() + " " + b.name + " " + mode + " " + become.Quote(place)
	var plan *become.Plan
	if b.Become != nil {
		p := b.Become.Method.Plan(b.Become.Options, mark, line)
		plan, line = &p, p.Command
		b.terminal = b.terminal || p.Terminal
	}
	s, err := start(ctx, b.Conn, line, mark, b.terminal, b.Become, plan)
	if errors.Is(err, errHangs) {
		err = b.lost(err)
	}
	if err != nil {
		return nil, nil, err
	}
	defer s.unbind()
	done := false
	defer func() {
		if !done {
			s.kill()
			_, _ = s.wait()
		}
	}()
	r, next, err := b.talk(s, mode)
	if err == nil && next == nil {
		done = true
		r.run()
		return r, nil, nil
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, next, err
}

// talk follows the bootstrap, which works in a mode, until the agent is ready.
func (b *opening) talk(s *started, mode string) (_ *Remote, next []string, err error) {
	limit := time.AfterFunc(b.Timeout, s.kill)
	defer func() { limit.Stop() }()
	var sent *sending
	begun := false
	early := b.Become != nil && !b.Become.Options.HasPassword // nothing else reads the input before
	if early {
		_, _ = io.WriteString(s.in, bootstrap()+"\n") // a process that has ended says why
	}
	for {
		words, err := s.next()
		if err != nil {
			if !limit.Stop() && s.refusal() == nil {
				return nil, nil, b.tooLate(begun)
			}
			if mode == "cache" && !begun {
				return nil, []string{"renew", ""}, nil // what stands there does not run, unless it is the shell: that the next one tells
			}
			return b.ended(s, begun)
		}
		limit.Reset(b.Timeout)
		switch word := words[0]; {
		case word == "begun":
			if b.Become != nil && !begun && !early {
				_, _ = io.WriteString(s.in, bootstrap()+"\n")
			}
			begun = true
		case word == "ready":
			r, again, err := b.greet(s)
			if again && !b.renewed {
				b.renewed = true
				return nil, []string{"renew", ""}, nil
			}
			return r, nil, err
		case word == "bad" && len(words) >= 3:
			b.tried(strings.Join(words[2:], " "), words[1])
		case word == "probe" && len(words) == 4:
			limit.Stop() // compressing a program that is not at hand so takes its time
			if sent, err = b.choose(s, words[1:]); err != nil {
				return nil, nil, err
			}
			limit.Reset(b.Timeout)
			defer sent.close()
		case (word == "ready-for" || word == "got") && sent != nil:
			limit.Stop()
			sent.more(s)
			limit.Reset(max(b.Timeout, stall))
		case word == "noplace":
			return nil, nil, b.noPlace(b.bad, s.rest())
		case word == "stored" && len(words) >= 2:
			return nil, append(words[1:], ""), nil
		case word == "fail":
			return nil, b.elsewhere(path.Dir(strings.Join(words[1:], " ")), s), nil
		default:
			return nil, nil, b.lost(fmt.Errorf("the host answered %q while the agent was started", strings.Join(words, " ")))
		}
	}
}

// elsewhere is the way on when the program can't be written to a folder: the disk is full, say.
func (b *opening) elsewhere(dir string, s *started) (next []string) {
	_, _ = s.wait()
	b.tried(dir, "did not take it: "+lastLine(s.said()))
	b.small = append(b.small, dir)
	return []string{"once", strings.Join(b.small, " ")}
}

// tried notes why a folder will not do, the first time.
func (b *opening) tried(dir, why string) {
	if !slices.ContainsFunc(b.bad, func(t [2]string) bool { return t[0] == dir }) {
		b.bad = append(b.bad, [2]string{dir, why})
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// greet begins the conversation. again means that the program on the host is not one of ours, and must be sent anew.
func (b *opening) greet(s *started) (r *Remote, again bool, err error) {
	if r, err = newRemote(b.Host, s, b.Compress); err != nil {
		return nil, true, err
	}
	g := r.greeting
	p := b.Programs.BySum(b.name, g.Sum)
	if p == nil {
		return nil, true, b.lost(errors.New("the agent on the host is not the program that was sent"))
	}
	if g.Version != wire.Version || p.Modules != "" && p.Modules != modules.Sum(b.Part) {
		return nil, false, errors.New("the agent that is built into this program is of another version than the program itself: build both anew (task build)")
	}
	return r, false, nil
}

// tooLate is the error of a host that is silent.
func (b *opening) tooLate(begun bool) error {
	if b.Become != nil && !begun {
		return &become.Error{Msg: fmt.Sprintf("Timeout (%ds) waiting for privilege escalation prompt: ", int(b.Timeout.Seconds()))}
	}
	return b.lost(fmt.Errorf("the host did not answer for %d s while the agent was started", int(b.Timeout.Seconds())))
}

// ended is what it means that the bootstrap has ended before the agent was ready.
func (b *opening) ended(s *started, begun bool) (*Remote, []string, error) {
	code, err := s.wait()
	refused := s.refusal()
	stdout, stderr := strings.TrimRight(s.noise.String(), "\n"), strings.TrimRight(s.said(), "\n")
	if b.Become != nil && !begun {
		method := b.Become.Method
		if refused == nil {
			refused = method.Refusal(stdout + "\n" + stderr)
		}
		switch {
		case !b.terminal && method.WantsTerminal(stdout+"\n"+stderr):
			b.terminal = true
			return nil, []string{"once", ""}, nil
		case refused != nil:
			return nil, nil, refused
		}
		var lost *connection.Error
		if errors.As(err, &lost) {
			return nil, nil, err
		}
		return nil, nil, premature(stdout, stderr)
	}
	var lost *connection.Error
	if errors.As(err, &lost) {
		return nil, nil, err
	}
	said := strings.TrimSpace(stdout + "\n" + stderr)
	if !begun {
		return nil, nil, &NoAgentError{fmt.Sprintf("the host has no /bin/sh that works (exit code %d): %s", code, said)}
	}
	return nil, nil, b.lost(fmt.Errorf("the agent could not be started (exit code %d): %s", code, lastLine(stderr)))
}

// premature gives ansible-core's words for a program that ended instead of becoming another user.
func premature(stdout, stderr string) error {
	msg := "Premature end of stream waiting for become success."
	if stdout = strings.TrimLeft(stdout, "\n"); stdout != "" {
		msg += "\n>>> Standard Output\n" + stdout
	}
	if stderr != "" {
		if stdout != "" {
			msg += "\n"
		}
		msg += "\n>>> Standard Error\n" + stderr
	}
	return &become.Error{Msg: msg}
}

// noPlace names the folders that were tried, and on which mounts they are.
func (b *opening) noPlace(bad [][2]string, mounts string) error {
	words := map[string]string{
		"absent": "is not there", "readonly": "can't be written to", "noexec": "does not let programs run", "unsafe": "can be written to by other users",
	}
	var tried []string
	for _, t := range bad {
		text := t[0] + " " + cmp.Or(words[t[1]], t[1])
		if m := mountOf(t[0], mounts); m != "" && t[1] != "absent" {
			text += " (" + m + ")"
		}
		tried = append(tried, text)
	}
	return b.lost(&NoAgentError{"there is no folder for the agent on the host, where it could be written and run: " + strings.Join(tried, "; ")})
}

// mountOf says on which mount a path is, and with which of the options that matter: see /proc/mounts in proc(5).
func mountOf(path, mounts string) string {
	best, options := "", ""
	for _, line := range strings.Split(mounts, "\n") {
		f := strings.Fields(line)
		if len(f) < 4 || len(f[1]) < len(best) || path != f[1] && !strings.HasPrefix(path, strings.TrimSuffix(f[1], "/")+"/") {
			continue
		}
		best, options = f[1], f[3]
	}
	if best == "" {
		return ""
	}
	var shown []string
	for _, o := range strings.Split(options, ",") {
		if o == "ro" || o == "noexec" {
			shown = append(shown, o)
		}
	}
	return strings.TrimSpace("mount " + best + " " + strings.Join(shown, ","))
}
