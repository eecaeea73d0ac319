package network

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.wait_for", Check: module.None, Run: runWaitFor,
	Args: module.Args{
		{Name: "host", Default: "127.0.0.1", Help: "Where the port is."},
		{Name: "port", Type: module.Int, Help: "The port that is waited for."},
		{Name: "path", Type: module.Path, Help: "The file that is waited for."},
		{Name: "state", Default: "started", Choices: []string{"absent", "drained", "present", "started", "stopped"}, Help: "What is waited for: a port that is open, closed or without connections, a file that is there or not."},
		{Name: "search_regex", Help: "What the file or the answer of the port must hold (Python's regular expressions)."},
		{Name: "timeout", Type: module.Int, Default: 300, Help: "Seconds after which the module fails."},
		{Name: "delay", Type: module.Int, Default: 0, Help: "Seconds to wait before the first look."},
		{Name: "sleep", Type: module.Int, Default: 1, Help: "Seconds between two looks."},
		{Name: "connect_timeout", Type: module.Int, Default: 5, Help: "Seconds that a connection may take."},
		{Name: "active_connection_states", Type: module.List, Elements: module.Str, Default: []string{"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"}, Help: "The states of connections that drained waits for the end of."},
		{Name: "exclude_hosts", Type: module.List, Elements: module.Str, Help: "Peers whose connections drained does not count."},
		{Name: "msg", Help: "What is said when the time is over."},
	},
	Doc: module.Doc{
		Short:    "Wait for a port, a file or some time.",
		Examples: "- ansible.builtin.wait_for:\n    port: 8001\n    timeout: 60\n",
		Returns: []module.Return{
			{Name: "elapsed", Type: "int", When: "always", Help: "Seconds that it took."},
			{Name: "match_groups", Type: "list", When: "search_regex matched", Help: "What its groups matched."},
			{Name: "match_groupdict", Type: "dict", When: "search_regex matched", Help: "What its named groups matched."},
		},
	},
})

// wait is one call.
type wait struct {
	sys       target.System
	p         *module.Params
	re        *regexp2.Regexp
	start     time.Time
	state     string
	port      int64
	path      string
	groups    *value.List
	groupDict *value.Dict
}

func runWaitFor(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	w := &wait{sys: sys, p: p, start: sys.Now(), state: p.Str("state"), port: p.Int("port"), path: p.Str("path"), groups: value.NewList(), groupDict: value.NewDict()}
	if bad := w.check(); bad != "" {
		return module.Fail("%s", bad).With("elapsed", 0), nil
	}
	if p.Has("search_regex") {
		re, err := regexp2.Compile(strings.ReplaceAll(p.Str("search_regex"), "(?P<", "(?<"), regexp2.Multiline)
		if err != nil {
			return module.Fail("search_regex is no regular expression: %v", err), nil
		}
		w.re = re
	}
	if d := p.Int("delay"); d > 0 {
		if err := sys.Sleep(ctx, time.Duration(d)*time.Second); err != nil {
			return module.Result{}, err
		}
	}
	if w.port == 0 && w.path == "" && w.state != "drained" {
		if err := sys.Sleep(ctx, time.Duration(p.Int("timeout"))*time.Second); err != nil {
			return module.Result{}, err
		}
		return w.done(), nil
	}
	for first := true; first || sys.Now().Sub(w.start) < time.Duration(p.Int("timeout"))*time.Second; first = false {
		if w.reached(ctx) {
			return w.done(), nil
		}
		if err := sys.Sleep(ctx, time.Duration(p.Int("sleep"))*time.Second); err != nil {
			return module.Result{}, err
		}
	}
	msg := w.late()
	if p.Has("msg") {
		msg = p.Str("msg")
	}
	return module.Fail("%s", msg).With("elapsed", w.elapsed()), nil
}

func (w *wait) elapsed() int { return int(w.sys.Now().Sub(w.start) / time.Second) }

// check refuses arguments that do not go together.
func (w *wait) check() string {
	switch {
	case w.port != 0 && w.path != "":
		return "port and path parameter can not both be passed to wait_for"
	case w.path != "" && w.state == "stopped":
		return "state=stopped should only be used for checking a port in the wait_for module"
	case w.path != "" && w.state == "drained":
		return "state=drained should only be used for checking a port in the wait_for module"
	case w.p.Has("exclude_hosts") && w.state != "drained":
		return "exclude_hosts should only be with state=drained"
	}
	for _, s := range w.p.Strs("active_connection_states") {
		if tcpStates[s] == "" {
			return fmt.Sprintf("unknown active_connection_state (%s) defined", s)
		}
	}
	return ""
}

// reached looks once.
func (w *wait) reached(ctx context.Context) bool {
	switch {
	case w.state == "drained":
		return w.connections() == 0
	case w.path != "" && w.state == "absent":
		_, err := w.sys.Stat(w.path)
		return err != nil
	case w.path != "":
		return w.fileReady()
	case w.state == "absent" || w.state == "stopped":
		c, err := w.dial(ctx)
		if err != nil {
			return true
		}
		c.Close()
		return false
	}
	return w.portReady(ctx)
}

func (w *wait) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(w.p.Int("connect_timeout"))*time.Second)
	defer cancel()
	return w.sys.Dial(ctx, "tcp", net.JoinHostPort(w.p.Str("host"), strconv.FormatInt(w.port, 10)))
}

func (w *wait) fileReady() bool {
	if _, err := w.sys.Stat(w.path); err != nil {
		return false
	}
	if w.re == nil {
		return true
	}
	b, err := target.ReadFile(w.sys, w.path)
	return err == nil && w.matches(string(b))
}

func (w *wait) portReady(ctx context.Context) bool {
	c, err := w.dial(ctx)
	if err != nil {
		return false
	}
	defer c.Close()
	if w.re == nil {
		return true
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Duration(w.p.Int("connect_timeout")) * time.Second)) // a pipe of a test has it too
	var text strings.Builder
	buf := make([]byte, 1024)
	for {
		n, err := c.Read(buf)
		text.Write(buf[:n])
		if w.matches(text.String()) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// matches searches and keeps what the groups matched.
func (w *wait) matches(text string) bool {
	m, err := w.re.FindStringMatch(text)
	if err != nil || m == nil {
		return false
	}
	if w.port != 0 {
		return true // ansible-core keeps the groups of files alone
	}
	for i, g := range m.Groups() {
		if i == 0 {
			continue
		}
		v := value.Value(value.None)
		if len(g.Captures) > 0 {
			v = value.NewStr(g.String())
		}
		w.groups.Append(v)
		if _, err := strconv.Atoi(g.Name); err != nil {
			w.groupDict.SetStr(g.Name, v)
		}
	}
	return true
}

func (w *wait) done() module.Result {
	var r module.Result
	r.Set("state", w.state).Set("port", value.None).Set("path", value.None).Set("search_regex", w.p.Value("search_regex"))
	r.Set("match_groups", w.groups).Set("match_groupdict", w.groupDict).Set("elapsed", w.elapsed())
	if w.p.Has("port") {
		r.Set("port", w.port)
	}
	if w.path != "" {
		r.Set("path", w.path)
		fileattr.AddInfo(w.sys, w.path, &r)
	}
	return r
}

// late is what is said when the time is over.
func (w *wait) late() string {
	where := fmt.Sprintf("%s:%d", w.p.Str("host"), w.port)
	switch {
	case w.path != "" && w.state == "absent":
		return fmt.Sprintf("Timeout when waiting for %s to be absent.", w.path)
	case w.path != "" && w.re != nil:
		return fmt.Sprintf("Timeout when waiting for search string %s in %s", w.p.Str("search_regex"), w.path)
	case w.path != "":
		return "Timeout when waiting for file " + w.path
	case w.state == "absent" || w.state == "stopped":
		return fmt.Sprintf("Timeout when waiting for %s to stop.", where)
	case w.state == "drained":
		return fmt.Sprintf("Timeout when waiting for %s to drain", where)
	case w.re != nil:
		return fmt.Sprintf("Timeout when waiting for search string %s in %s", w.p.Str("search_regex"), where)
	}
	return "Timeout when waiting for " + where
}
