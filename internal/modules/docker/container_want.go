package docker

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// specials are the options with rules of their own: they add to what the container is made of, and what it is compared by.
var specials = map[string]func(ct *container) error{
	"command": (*container).wantCommand, "entrypoint": (*container).wantEntrypoint, "interactive": (*container).wantInteractive,
	"env": (*container).wantEnv, "healthcheck": (*container).wantHealthcheck, "image": (*container).wantImage, "ipc_mode": (*container).wantIPC, "labels": (*container).wantLabels,
	"links": (*container).wantLinks, "log_driver": (*container).wantLog, "mac_address": (*container).wantMAC, "stop_timeout": (*container).wantStopTimeout,
	"network_mode": (*container).wantNetworkMode, "pid_mode": (*container).wantPID, "platform": (*container).wantPlatform,
	"restart_policy": (*container).wantRestart, "mounts": (*container).wantMounts, "volumes": (*container).wantVolumes, "published_ports": (*container).wantPorts,
}

// compatibility are the defaults of old versions.
var compatibility = map[string]value.Value{
	"auto_remove": value.False, "detach": value.True, "init": value.False, "interactive": value.False, "memory": value.NewStr("0"),
	"paused": value.False, "privileged": value.False, "read_only": value.False, "tty": value.False,
}

// want reads the task: what the container is made of, and what an old one is compared by.
func (ct *container) want(ctx context.Context) error {
	p := ct.p
	if p.Str("container_default_behavior") == "compatibility" {
		for name, v := range compatibility {
			if !p.Has(name) {
				p.Values().SetStr(name, v)
				p.Show(name, v)
			}
		}
	}
	ct.body, ct.host = value.NewDict(), value.NewDict()
	if err := ct.resolveNamespaces(ctx); err != nil {
		return err
	}
	for _, o := range simpleOptions {
		if special := specials[o.arg]; special != nil {
			if err := special(ct); err != nil {
				return err
			}
			continue
		}
		if !p.Has(o.arg) {
			continue
		}
		v := p.Value(o.arg)
		if o.convert != nil {
			var err error
			if v, err = o.convert(p, o.arg); err != nil {
				return err
			}
		}
		to := ct.host
		if o.config {
			to = ct.body
		}
		to.SetStr(o.key, v)
		w := want{name: o.arg, kind: o.kind, value: v, have: o.have}
		if o.update {
			w.update = o.key
		}
		ct.wants = append(ct.wants, w)
	}
	if p.Has("stop_timeout") {
		ct.body.SetStr("StopTimeout", p.Value("stop_timeout"))
	}
	return nil
}

func (ct *container) wanted(name string, k kind, v value.Value, have func(*value.Dict) value.Value) {
	ct.wants = append(ct.wants, want{name: name, kind: k, value: v, have: have})
}

func config(keys ...string) func(*value.Dict) value.Value {
	return func(info *value.Dict) value.Value { return engine.At(info, append([]string{"Config"}, keys...)...) }
}

func hostConfig(keys ...string) func(*value.Dict) value.Value {
	return func(info *value.Dict) value.Value { return engine.At(info, append([]string{"HostConfig"}, keys...)...) }
}

// words gives a command: a text is split as a shell does, a list stays one.
func (ct *container) words(name string) (*value.List, error) {
	v := ct.p.Value(name)
	l, isList := v.(*value.List)
	correct := ct.p.Str("command_handling") == "correct"
	if isList && correct {
		out := value.NewList()
		for _, e := range l.Stored() {
			s, err := value.Text(e)
			if err != nil {
				return nil, err
			}
			out.Append(value.NewStr(s))
		}
		return out, nil
	}
	var text string
	if isList {
		var parts []string
		for _, e := range l.Stored() {
			s, err := value.Text(e)
			if err != nil {
				return nil, err
			}
			parts = append(parts, s)
		}
		if text = strings.Join(parts, " "); len(parts) == 0 {
			return nil, nil
		}
	} else {
		var err error
		if text, err = value.Text(v); err != nil {
			return nil, err
		}
	}
	split, err := shellwords.Split(text)
	if err != nil {
		return nil, refuse("%v", err)
	}
	if len(split) == 0 && !correct {
		return nil, nil
	}
	return strs(split), nil
}

func (ct *container) wantCommand() error { return ct.wantWords("command", "Cmd") }

func (ct *container) wantEntrypoint() error { return ct.wantWords("entrypoint", "Entrypoint") }

func (ct *container) wantWords(name, key string) error {
	if !ct.p.Has(name) {
		return nil
	}
	l, err := ct.words(name)
	if err != nil || l == nil {
		return err
	}
	ct.body.SetStr(key, l)
	ct.wanted(name, ordered, l, config(key))
	return nil
}

// wantInteractive attaches what the container has of standard streams.
func (ct *container) wantInteractive() error {
	p := ct.p
	ct.body.SetStr("AttachStdout", value.True)
	ct.body.SetStr("AttachStderr", value.True)
	ct.body.SetStr("AttachStdin", value.False)
	ct.body.SetStr("StdinOnce", value.False)
	ct.body.SetStr("OpenStdin", p.Value("interactive"))
	if p.Has("detach") {
		ct.wanted("detach", single, p.Value("detach"), func(info *value.Dict) value.Value {
			return value.Bool(!(engine.Bool(info, "Config", "AttachStderr") && engine.Bool(info, "Config", "AttachStdout")))
		})
	}
	if p.Has("interactive") {
		if p.Bool("interactive") {
			ct.body.SetStr("AttachStdin", value.True)
			ct.body.SetStr("StdinOnce", value.True)
		}
		ct.wanted("interactive", single, p.Value("interactive"), config("OpenStdin"))
	}
	if p.Bool("detach") {
		for _, k := range []string{"AttachStdout", "AttachStderr", "AttachStdin", "StdinOnce"} {
			ct.body.SetStr(k, value.False)
		}
	}
	return nil
}

func (ct *container) wantHealthcheck() error {
	d := ct.p.Dict("healthcheck")
	if d == nil {
		return nil
	}
	out := value.NewDict()
	switch test := engine.At(d, "test").(type) {
	case nil:
		if !engine.Bool(d, "test_cli_compatible") {
			out.SetStr("Test", strs([]string{"NONE"}))
			ct.body.SetStr("Healthcheck", out)
			ct.wanted("healthcheck", dict, out, healthcheckOf)
			return nil
		}
	case *value.List:
		l := value.NewList()
		if test.Len() == 0 {
			l.Append(value.NewStr("NONE"))
		}
		for _, e := range test.Stored() {
			s, err := value.Text(e)
			if err != nil {
				return err
			}
			l.Append(value.NewStr(s))
		}
		out.SetStr("Test", l)
	default:
		s, err := value.Text(test)
		if err != nil {
			return err
		}
		out.SetStr("Test", strs([]string{"CMD-SHELL", s}))
	}
	for _, k := range [][2]string{{"interval", "Interval"}, {"timeout", "Timeout"}, {"start_period", "StartPeriod"}, {"start_interval", "StartInterval"}} {
		if s := engine.Str(d, k[0]); s != "" {
			n, err := nanoseconds(s)
			if err != nil {
				return err
			}
			out.SetStr(k[1], value.NewInt(n))
		}
	}
	if n := engine.At(d, "retries"); n != nil {
		out.SetStr("Retries", n)
	}
	ct.body.SetStr("Healthcheck", out)
	ct.wanted("healthcheck", dict, out, healthcheckOf)
	return nil
}

// healthcheckOf gives how a container's health is checked: not at all, where it does not say.
func healthcheckOf(info *value.Dict) value.Value {
	if v := engine.At(info, "Config", "Healthcheck"); v != nil {
		return v
	}
	return value.DictOf("Test", strs([]string{"NONE"}))
}

// wantImage is by what the container's image is compared: see differs.
func (ct *container) wantImage() error {
	ct.wants = append(ct.wants, want{name: "image"})
	return nil
}

func (ct *container) wantLabels() error {
	own, err := textDict(ct.p, "labels")
	if err != nil {
		return &refusal{err.Error()}
	}
	if own == nil {
		return nil
	}
	ct.body.SetStr("Labels", own)
	ct.wants = append(ct.wants, want{name: "labels", kind: dict, value: own, have: config("Labels")})
	return nil
}

func (ct *container) wantLinks() error {
	if !ct.p.Has("links") {
		return nil
	}
	out := value.NewList()
	for _, s := range ct.p.Strs("links") {
		to, alias, ok := strings.Cut(s, ":")
		if !ok {
			alias = to
		}
		out.Append(value.NewStr("/" + to + ":/" + ct.name + "/" + alias))
	}
	plain := value.NewList()
	for _, s := range ct.p.Strs("links") {
		plain.Append(value.NewStr(s))
	}
	ct.host.SetStr("Links", out)
	ct.wanted("links", set, out, hostConfig("Links"))
	return nil
}

func (ct *container) wantLog() error {
	conf := value.NewDict()
	if ct.p.Has("log_driver") {
		conf.SetStr("Type", ct.p.Value("log_driver"))
		ct.wanted("log_driver", single, ct.p.Value("log_driver"), hostConfig("LogConfig", "Type"))
	}
	if d := ct.p.Dict("log_options"); d != nil {
		out := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			name, _, _ := it.Name()
			s, err := value.Text(it.Stored())
			if err != nil {
				return err
			}
			if _, text := it.Stored().(value.Str); !text {
				ct.p.Warn("Non-string value found for log_options option '" + name + "'. The value is automatically converted to '" + s + "'. If this is not correct, or you want to avoid such warnings, please quote the value.")
			}
			out.SetStr(name, value.NewStr(s))
		}
		conf.SetStr("Config", out)
		ct.wanted("log_options", dict, out, hostConfig("LogConfig", "Config"))
	}
	if conf.Len() > 0 {
		ct.host.SetStr("LogConfig", conf)
	}
	return nil
}

func (ct *container) wantMAC() error {
	if !ct.p.Has("mac_address") {
		return nil
	}
	v := value.NewStr(strings.ReplaceAll(ct.p.Str("mac_address"), "-", ":"))
	ct.body.SetStr("MacAddress", v)
	ct.wanted("mac_address", single, v, func(info *value.Dict) value.Value {
		if v := engine.At(info, "Config", "MacAddress"); v != nil {
			return v
		}
		if s := engine.Str(info, "NetworkSettings", "MacAddress"); s != "" {
			return value.NewStr(s)
		}
		return nil
	})
	return nil
}

func (ct *container) wantStopTimeout() error {
	if ct.p.Has("stop_timeout") {
		ct.wants = append(ct.wants, want{name: "stop_timeout", value: ct.p.Value("stop_timeout"), have: config("StopTimeout"), weak: true})
	}
	return nil
}

func (ct *container) wantPlatform() error {
	if ct.p.Has("platform") {
		ct.body.SetStr("platform", ct.p.Value("platform"))
		ct.wants = append(ct.wants, want{name: "platform", value: ct.p.Value("platform")})
	}
	return nil
}

// wantRestart: both halves of the policy are told together.
func (ct *container) wantRestart() error {
	p := ct.p
	if !p.Has("restart_policy") && !p.Has("restart_retries") {
		return nil
	}
	policy := value.DictOf("Name", p.Value("restart_policy"), "MaximumRetryCount", p.Value("restart_retries"))
	ct.host.SetStr("RestartPolicy", policy)
	for _, k := range [][2]string{{"restart_policy", "Name"}, {"restart_retries", "MaximumRetryCount"}} {
		if p.Has(k[0]) {
			ct.wants = append(ct.wants, want{name: k[0], value: p.Value(k[0]), have: hostConfig("RestartPolicy", k[1]), update: "RestartPolicy"})
		}
	}
	return nil
}

// namespace gives the container's id in place of its name in "container:NAME", as the engine keeps it.
func (ct *container) namespace(ctx context.Context, mode string) (string, error) {
	name, ok := strings.CutPrefix(mode, "container:")
	if !ok {
		return mode, nil
	}
	id, err := containerID(ctx, ct.c, name)
	if err == nil && id == "" {
		ct.p.Warn(`Cannot find a container with name or ID "` + name + `"`)
	}
	if err != nil || id == "" {
		return mode, err
	}
	return "container:" + id, nil
}

// resolveNamespaces looks up the containers whose namespaces this one is to have.
func (ct *container) resolveNamespaces(ctx context.Context) error {
	for _, name := range []string{"network_mode", "ipc_mode", "pid_mode"} {
		if !ct.p.Has(name) {
			continue
		}
		mode, err := ct.namespace(ctx, ct.p.Str(name))
		if err != nil {
			return err
		}
		if mode != ct.p.Str(name) {
			ct.p.Show(name, ct.p.Value(name))
			ct.p.Values().SetStr(name, value.NewStr(mode))
		}
	}
	return nil
}

func (ct *container) wantIPC() error { return ct.wantMode("ipc_mode", "IpcMode") }

func (ct *container) wantPID() error { return ct.wantMode("pid_mode", "PidMode") }

func (ct *container) wantMode(name, key string) error {
	if ct.p.Has(name) {
		ct.host.SetStr(key, ct.p.Value(name))
		ct.wanted(name, single, ct.p.Value(name), hostConfig(key))
	}
	return nil
}

// wantNetworkMode: without one, a container is made in the first of its networks.
func (ct *container) wantNetworkMode() error {
	p := ct.p
	if !p.Has("network_mode") && p.Bool("networks_cli_compatible") && len(p.List("networks")) > 0 {
		p.Values().SetStr("network_mode", engine.At(p.List("networks")[0], "name"))
		p.Show("network_mode", p.Value("network_mode"))
	}
	if !p.Has("network_mode") {
		return nil
	}
	mode := p.Value("network_mode")
	ct.host.SetStr("NetworkMode", mode)
	ct.wanted("network_mode", single, mode, func(info *value.Dict) value.Value {
		have := engine.At(info, "HostConfig", "NetworkMode")
		if p.Str("network_mode") == "default" && same(have, value.NewStr("bridge")) {
			return mode
		}
		return have
	})
	return nil
}

// sortedTexts gives the texts of a list in order.
func sortedTexts(v value.Value) []string {
	out := engine.Strs(v)
	slices.Sort(out)
	return out
}
