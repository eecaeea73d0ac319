package docker

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// loggers are the log drivers whose output can be read again.
var loggers = []string{"json-file", "journald", "local"}

// await waits for the end of a container that is not to be left running, and gives the result of the call, with its output.
func (ct *container) await(ctx context.Context, id string) (*module.Result, error) {
	ended, err := ct.ask(ctx, "POST", "/containers/"+id+"/wait", nil, nil)
	if err != nil {
		return nil, refuseAs(err, "Error waiting for container %s", id)
	}
	status := engine.Int(ended, "StatusCode")
	output := ""
	info, err := inspectContainer(ctx, ct.c, id)
	if err != nil {
		return nil, err
	}
	if engine.Bool(info, "HostConfig", "AutoRemove") || info == nil {
		output = "Cannot retrieve result as auto_remove is enabled"
	} else if driver := engine.Str(info, "HostConfig", "LogConfig", "Type"); slices.Contains(loggers, driver) {
		if output, err = ct.logs(ctx, info); err != nil {
			return nil, err
		}
	} else {
		output = "Result logged using `" + driver + "` driver"
	}
	var facts *value.Dict
	if ct.p.Bool("cleanup") {
		if err := ct.remove(ctx, id, true); err != nil {
			return nil, err
		}
		facts = value.NewDict()
	} else if facts, err = inspectContainer(ctx, ct.c, id); err != nil {
		return nil, err
	}
	if facts == nil {
		facts = value.NewDict()
	}
	facts.SetStr("Output", value.NewStr(output))
	r, err := ct.result(ctx, facts)
	if err != nil {
		return nil, err
	}
	r.Set("status", status)
	if status != 0 {
		r.Failed, r.Msg, r.HasMsg = true, output, true
	}
	return &r, nil
}

// logs gives what the container has written, its errors among the rest.
func (ct *container) logs(ctx context.Context, info *value.Dict) (string, error) {
	query := url.Values{"stdout": {"1"}, "stderr": {"1"}, "timestamps": {"0"}, "follow": {"0"}, "tail": {"all"}}
	s, err := ct.c.Stream(ctx, engine.Request{Path: "/containers/" + idOf(info) + "/logs", Query: query})
	if err != nil {
		return "", err
	}
	defer s.Close()
	var out bytes.Buffer
	if engine.Bool(info, "Config", "Tty") {
		_, err = io.Copy(&out, s)
	} else {
		err = engine.Demux(s, &out, &out)
	}
	return out.String(), err
}
