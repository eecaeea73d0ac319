package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/all"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// connections reaches the hosts of a run.
type connections struct {
	r         *run
	kinds     *connection.Set
	pool      client.Pool
	here      *client.Local // runs modules in this process, for connection local
	passwords hostPasswords
	// ask asks the user; nil when nobody can be asked
	ask func(ctx context.Context, question string, echo bool) (string, error)
	// noted are the notes that were shown
	noted sync.Map
}

// note shows a text with -v, once.
func (c *connections) note(text string) {
	if _, shown := c.noted.LoadOrStore(text, true); !shown {
		c.r.sink.Handle(event.Note{Text: text, Verbosity: 1})
	}
}

// newConnections makes the connections of a run, and asks for the passwords that the options want.
func (r *run) newConnections(ctx context.Context) (*connections, error) {
	here, err := client.NewLocal(r.playbookDir(), r.secrets.environ)
	if err != nil {
		return nil, err
	}
	if r.passwords == nil {
		p, err := r.askPasswords(ctx)
		if err != nil {
			return nil, err
		}
		r.passwords = &p
	}
	return &connections{r: r, kinds: all.Set(), here: here, ask: r.asker(), passwords: *r.passwords}, nil
}

// Client gives what runs the modules of a part where a task wants them to run.
func (c *connections) Client(ctx context.Context, to executor.Target, part module.Part) (client.Client, error) {
	if w := keptWay(to); w != nil {
		return c.get(ctx, w, part)
	}
	s := &settings{c: c, ctx: ctx, to: to}
	kind, err := s.kind()
	if err != nil {
		return nil, err
	}
	o, key, err := s.options(kind)
	if err != nil {
		return nil, err
	}
	how, becomeKey, err := s.become(kind, o)
	if err != nil {
		return nil, err
	}
	w := &way{keywords: to.Keywords, here: kind.Name == "local" && how == nil}
	if !w.here {
		w.Way = client.Way{
			Host: to.Host, Key: key, AgentKey: key + becomeKey,
			Connect: func(ctx context.Context) (connection.Conn, error) { return kind.Open(ctx, o) },
			Agent:   client.Options{Become: how, Cache: c.r.req.options.agentCache != "off", Compress: kind.Remote, Timeout: o.Timeout},
		}
	}
	if to.Kept != nil && !s.evaluated {
		to.Kept.Way = w
	}
	return c.get(ctx, w, part)
}

// way is how a task reaches its host.
type way struct {
	client.Way
	here     bool // it is this process
	keywords map[playbook.Keyword]string
}

// keptWay is the way of another item of the same loop, nil where there is none, or where keywords say something else for this one.
func keptWay(to executor.Target) *way {
	if to.Kept == nil {
		return nil
	}
	w, ok := to.Kept.Way.(*way)
	if !ok || !maps.Equal(w.keywords, to.Keywords) {
		return nil
	}
	return w
}

func (c *connections) get(ctx context.Context, w *way, part module.Part) (client.Client, error) {
	if w.here {
		return c.here, nil
	}
	to := w.Way
	to.Agent.Part = part
	return c.pool.Get(ctx, to)
}

// Local reports whether modules of a task run on this machine.
func (c *connections) Local(ctx context.Context, to executor.Target) (bool, error) {
	kind, err := (&settings{c: c, ctx: ctx, to: to}).kind()
	return kind.Name == "local", err
}

// Reset closes the connections to a host.
func (c *connections) Reset(host string) error { return c.pool.Reset(host) }

// settings evaluates what says how a task reaches its host.
type settings struct {
	c   *connections
	ctx context.Context
	to  executor.Target

	evaluated bool // something was more than a plain text: what it came to may differ from item to item
}

// kind is the kind of connection that a task wants.
func (s *settings) kind() (connection.Type, error) {
	name, err := s.connectionName()
	if err != nil {
		return connection.Type{}, err
	}
	kind, ok := s.c.kinds.Find(name)
	if !ok {
		return connection.Type{}, noConnection(name)
	}
	return kind, nil
}

// said are the places where a setting may be said, in the order in which they count.
type said struct {
	vars    []string         // variables of the host; the last that has a value
	keyword playbook.Keyword // 0 is none
	option  string           // what the option of the command line says; "" is nothing
	env     []string         // variables of the environment, the last
	config  string           // the name of a setting; "" is none
}

// first gives what is said at the first place that says something, "" when none does.
func (s *settings) first(p said) (string, error) {
	text, _, err := s.find(p)
	return text, err
}

// find is first; ok tells whether any place says something, which may be nothing.
func (s *settings) find(p said) (text string, ok bool, err error) {
	for _, name := range slices.Backward(p.vars) {
		stored, ok := s.to.Vars.Lookup(name)
		if !ok {
			continue
		}
		s.evaluated = s.evaluated || !isPlain(stored)
		v, err := s.c.r.engine.Scope(s.ctx, s.to.Vars, nil).Finalize(stored)
		if err != nil {
			return "", false, err
		}
		if v == value.None {
			continue
		}
		text, err := value.Text(v)
		return text, err == nil, err
	}
	if p.keyword != 0 {
		if text, ok := s.to.Keywords[p.keyword]; ok {
			return text, true, nil
		}
	}
	if p.option != "" {
		return p.option, true, nil
	}
	for _, name := range slices.Backward(p.env) {
		if text, ok := s.c.r.env.LookupEnv(name); ok {
			return text, true, nil
		}
	}
	if p.config != "" {
		text := s.c.r.settings.Text(p.config)
		return text, text != "" || s.c.r.settings.IsSet(p.config), nil
	}
	return "", false, nil
}

// isPlain reports whether a variable is what is written, whatever other variables are.
func isPlain(stored value.Value) bool {
	switch v := stored.(type) {
	case value.Str:
		return !value.IsTrusted(v) || !v.Contains("{")
	case value.Int, value.Bool, value.Float, value.NoneType:
		return true
	}
	return false
}

// keywords are those that settings of connections name.
var keywords = map[string]playbook.Keyword{"remote_user": playbook.RemoteUser, "port": playbook.Port}

// options gives what a connection is opened with, and a key that is the same for the same options.
func (s *settings) options(kind connection.Type) (o connection.Options, key string, err error) {
	r := s.c.r
	o = connection.Options{Host: s.to.Host, Address: s.to.Host, Settings: map[string]string{}, Dir: r.playbookDir(), Env: r.secrets.environ, Ask: s.c.ask, Note: s.c.note}
	var parts strings.Builder
	fmt.Fprintf(&parts, "%q %q", kind.Name, s.to.Host)
	for _, one := range kind.Settings {
		text, err := s.first(said{
			vars: one.Vars, keyword: keywords[one.Keyword], option: r.req.options.connectionOption(one.Option), env: one.Env, config: one.Config,
		})
		if err != nil {
			return o, "", err
		}
		if text == "" && one.Name == "password" && s.c.passwords.login != nil {
			text = s.c.passwords.login.Reveal()
		}
		if text != "" {
			o.Settings[one.Name] = text
			fmt.Fprintf(&parts, " %s=%q", one.Name, text)
		}
	}
	if a := o.Settings["remote_addr"]; a != "" {
		o.Address = a
	}
	o.User, o.Password = o.Settings["remote_user"], secret.New(o.Settings["password"])
	if o.Port, err = s.number(o.Settings, "port"); err != nil {
		return o, "", err
	}
	seconds, err := s.number(o.Settings, "timeout")
	if err == nil && seconds == 0 {
		var text string
		if text, err = s.first(said{vars: []string{"ansible_timeout"}, option: r.req.options.connectionOption("timeout"), config: "DEFAULT_TIMEOUT"}); err == nil {
			seconds, err = strconv.Atoi(text)
		}
	}
	o.Timeout = time.Duration(seconds) * time.Second
	return o, parts.String(), err
}

func (s *settings) number(all map[string]string, name string) (int, error) {
	if all[name] == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(all[name])
	if err != nil {
		return 0, fmt.Errorf("the %s of the connection to %s must be a number, not %q", name, s.to.Host, all[name])
	}
	return n, nil
}

// user is the name of the account that the connection logs in as, "" when only the host knows.
func loginUser(kind connection.Type, o connection.Options) string {
	if kind.Name != "local" {
		return o.User
	}
	me, err := user.Current()
	if err != nil {
		return ""
	}
	return me.Username
}

// asker asks the user what connections want to know: at the terminal alone, as ssh does. It is nil when there is none.
func (r *run) asker() func(ctx context.Context, question string, echo bool) (string, error) {
	if r.env.StdinFile() == nil || !term.HasTTY() {
		return nil
	}
	return func(ctx context.Context, question string, echo bool) (string, error) {
		answer, err := term.Ask(ctx, question, echo)
		if !echo {
			r.redactor.Add("an answer to a question of ssh", answer)
		}
		return answer, err
	}
}

// Close ends all connections.
func (c *connections) Close() error {
	err := c.pool.Close()
	if errors.Is(err, connection.ErrClosed) {
		return nil
	}
	return err
}
