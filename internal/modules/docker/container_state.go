package docker

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func running(info *value.Dict) bool { return engine.Bool(info, "State", "Running") }

func idOf(info *value.Dict) string { return engine.Str(info, "Id") }

// ask makes a request that changes something.
func (ct *container) ask(ctx context.Context, method, path string, query url.Values, body value.Value) (*value.Dict, error) {
	return ct.c.Dict(ctx, engine.Request{Method: method, Path: path, Query: query, JSON: body, Wait: true})
}

// absent stops and removes the container.
func (ct *container) absent(ctx context.Context) error {
	info, err := findContainer(ctx, ct.c, ct.name)
	if err != nil || info == nil {
		return err
	}
	if running(info) {
		ct.show("running", value.True, value.False)
		if err := ct.stop(ctx, idOf(info)); err != nil {
			return err
		}
	}
	ct.show("exists", value.True, value.False)
	return ct.remove(ctx, idOf(info), false)
}

// present sees to it that the container is there as it should be, and in the state that is wanted. It gives a result where that ends the call.
func (ct *container) present(ctx context.Context) (*module.Result, error) {
	p := ct.p
	info, err := findContainer(ctx, ct.c, ct.name)
	if err != nil {
		return nil, err
	}
	wasRunning, wasPaused := running(info), engine.Bool(info, "State", "Paused")
	imageName := p.Str("image")
	if err := ct.findImage(ctx, info); err != nil {
		return nil, err
	}
	created := false
	switch {
	case info == nil || engine.Str(info, "State", "Status") == "removing":
		if imageName == "" {
			return nil, refuse("Cannot create container when image is not specified!")
		}
		if info != nil {
			if err := ct.waitGone(ctx, idOf(info)); err != nil {
				return nil, err
			}
		}
		ct.show("exists", value.False, value.True)
		if info, err = ct.create(ctx, imageName); err != nil {
			return nil, err
		}
		created = true
	default:
		anew, err := ct.reconcile(ctx, info)
		if err != nil {
			return nil, err
		}
		if anew {
			fresh, err := ct.recreate(ctx, info, imageName)
			if err != nil {
				return nil, err
			}
			if fresh != nil { // in check mode it is the old one that is looked at
				info = fresh
			}
			created = true
		}
	}
	if info == nil { // check mode
		return nil, nil
	}
	if err := ct.updateLimits(ctx, info); err != nil {
		return nil, err
	}
	if info, err = ct.networks(ctx, info, created); err != nil {
		return nil, err
	}
	return ct.reach(ctx, info, wasRunning, wasPaused)
}

// reach brings the container to the state that is wanted.
func (ct *container) reach(ctx context.Context, info *value.Dict, wasRunning, wasPaused bool) (*module.Result, error) {
	p := ct.p
	state := p.Str("state")
	id := idOf(info)
	if state == "started" || state == "healthy" {
		if !running(info) {
			ct.show("running", value.Bool(wasRunning), value.True)
			done, err := ct.start(ctx, id)
			if done != nil || err != nil {
				return done, err
			}
		} else if p.Bool("restart") {
			ct.show("running", value.Bool(wasRunning), value.True)
			ct.show("restarted", value.False, value.True)
			if err := ct.restart(ctx, id); err != nil {
				return nil, err
			}
		}
	}
	if state == "stopped" && running(info) {
		ct.show("running", value.Bool(wasRunning), value.False)
		if err := ct.stop(ctx, id); err != nil {
			return nil, err
		}
	}
	if (state == "started" || state == "healthy") && p.Has("paused") && p.Bool("paused") != engine.Bool(info, "State", "Paused") {
		ct.show("paused", value.Bool(wasPaused), p.Value("paused"))
		ct.did("set_paused", p.Value("paused"))
		if !p.Check {
			verb := map[bool]string{true: "pause", false: "unpause"}[p.Bool("paused")]
			if _, err := ct.ask(ctx, "POST", "/containers/"+id+"/"+verb, nil, nil); err != nil {
				return nil, refuseAs(err, "Error %s container %s", map[bool]string{true: "pausing", false: "unpausing"}[p.Bool("paused")], id)
			}
		}
	}
	if state == "healthy" && !p.Check {
		return ct.waitHealthy(ctx, id)
	}
	return nil, nil
}

// refuseAs puts a text before what the engine said.
func refuseAs(err error, format string, args ...any) error {
	if !engine.IsRefusal(err) {
		return err
	}
	return refuse("%s: %v", fmt.Sprintf(format, args...), err)
}

// create makes a container and gives what the engine tells of it, nil in check mode.
func (ct *container) create(ctx context.Context, image string) (*value.Dict, error) {
	body := ct.body.Copy()
	body.SetStr("Image", value.NewStr(image))
	if ct.host.Len() > 0 {
		body.SetStr("HostConfig", ct.host)
	}
	endpoints, told := ct.endpoints()
	ct.did("created", value.NewStr("Created container"), "create_parameters", body.Copy(), "networks", told)
	if ct.p.Check {
		return nil, nil
	}
	query := url.Values{"name": {ct.name}}
	if platform := engine.Str(body, "platform"); platform != "" {
		query.Set("platform", platform)
	}
	sent := value.NewDict()
	for it := body.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		if name != "platform" && it.Stored() != value.None {
			sent.SetStr(name, it.Stored())
		}
	}
	sent.SetStr("NetworkingConfig", value.DictOf("EndpointsConfig", endpoints))
	d, err := ct.ask(ctx, "POST", "/containers/create", query, sent)
	if err != nil {
		return nil, refuseAs(err, "Error creating container")
	}
	for _, w := range engine.Strs(d, "Warnings") {
		ct.p.Warn("Docker warning: " + w)
	}
	return inspectContainer(ctx, ct.c, engine.Str(d, "Id"))
}

// recreate removes a container and makes another.
func (ct *container) recreate(ctx context.Context, info *value.Dict, image string) (*value.Dict, error) {
	id := idOf(info)
	if image == "" {
		image = engine.Str(info, "Image")
	}
	if running(info) {
		if err := ct.stop(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := ct.remove(ctx, id, false); err != nil {
		return nil, err
	}
	if !ct.p.Check {
		if err := ct.waitGone(ctx, id); err != nil {
			return nil, err
		}
	}
	return ct.create(ctx, image)
}

// start starts the container. Without detach it waits for its end, and gives the result where that is a failure or leaves no container.
func (ct *container) start(ctx context.Context, id string) (*module.Result, error) {
	ct.did("started", value.NewStr(id))
	if ct.p.Check {
		return nil, nil
	}
	if _, err := ct.ask(ctx, "POST", "/containers/"+id+"/start", nil, nil); err != nil {
		return nil, refuseAs(err, "Error starting container %s", id)
	}
	if !ct.p.Has("detach") || ct.p.Bool("detach") {
		return nil, nil
	}
	return ct.await(ctx, id)
}

func (ct *container) restart(ctx context.Context, id string) error {
	ct.did("restarted", value.NewStr(id), "timeout", ct.p.Value("stop_timeout"))
	if ct.p.Check {
		return nil
	}
	t := "10"
	if ct.p.Has("stop_timeout") {
		t = strconv.FormatInt(ct.p.Int("stop_timeout"), 10)
	}
	if _, err := ct.ask(ctx, "POST", "/containers/"+id+"/restart", url.Values{"t": {t}}, nil); err != nil {
		return refuseAs(err, "Error restarting container %s", id)
	}
	return nil
}

// stop stops or kills the container.
func (ct *container) stop(ctx context.Context, id string) error {
	p := ct.p
	if p.Bool("force_kill") {
		ct.did("killed", value.NewStr(id), "signal", p.Value("kill_signal"))
		if p.Check {
			return nil
		}
		var query url.Values
		if p.Has("kill_signal") {
			query = url.Values{"signal": {p.Str("kill_signal")}}
		}
		if _, err := ct.ask(ctx, "POST", "/containers/"+id+"/kill", query, nil); err != nil {
			return refuseAs(err, "Error killing container %s", id)
		}
		return nil
	}
	ct.did("stopped", value.NewStr(id), "timeout", p.Value("stop_timeout"))
	if p.Check {
		return nil
	}
	var query url.Values
	if p.Has("stop_timeout") {
		query = url.Values{"t": {strconv.FormatInt(p.Int("stop_timeout"), 10)}}
	}
	if _, err := ct.ask(ctx, "POST", "/containers/"+id+"/stop", query, nil); err != nil {
		return refuseAs(err, "Error stopping container %s", id)
	}
	return nil
}

// remove removes the container, with its anonymous volumes unless they are kept.
func (ct *container) remove(ctx context.Context, id string, force bool) error {
	volumes := !ct.p.Bool("keep_volumes")
	ct.did("removed", value.NewStr(id), "volume_state", value.Bool(volumes), "link", value.False, "force", value.Bool(force))
	if ct.p.Check {
		return nil
	}
	query := url.Values{"v": {fmt.Sprint(volumes)}, "link": {"false"}, "force": {fmt.Sprint(force)}}
	_, err := ct.ask(ctx, "DELETE", "/containers/"+id, query, nil)
	if engine.IsNotFound(err) || engine.HasStatus(err, 409) { // it removes itself
		return nil
	}
	return refuseAs(err, "Error removing container %s", id)
}

// waitGone waits until the engine has removed the container.
func (ct *container) waitGone(ctx context.Context, id string) error {
	start, pause := ct.sys.Now(), 200*time.Millisecond
	for {
		info, err := inspectContainer(ctx, ct.c, id)
		if err != nil || info == nil {
			return err
		}
		waited := ct.sys.Now().Sub(start).Seconds()
		if ct.p.Has("removal_wait_timeout") && waited > ct.p.Float("removal_wait_timeout") {
			return refuse("Error waiting for container removal: Timeout after %s seconds. Last status: %s", pyFloat(ct.p.Float("removal_wait_timeout")), engine.Str(info, "State", "Status"))
		}
		if err := ct.sys.Sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(pause*11/10, 10*time.Second)
	}
}

// waitHealthy waits until the checks of the container's health go well.
func (ct *container) waitHealthy(ctx context.Context, id string) (*module.Result, error) {
	start, pause := ct.sys.Now(), time.Second
	limit := ct.p.Float("healthy_wait_timeout")
	for {
		info, err := inspectContainer(ctx, ct.c, id)
		if err != nil {
			return nil, err
		}
		health := engine.Str(info, "State", "Health", "Status")
		switch {
		case engine.At(info, "State", "Health") == nil || health == "none":
			return nil, nil // nobody looks after it
		case health == "healthy":
			return nil, nil
		case !running(info):
			return nil, refuse("Cannot wait for health of container %s that is not running", id)
		}
		if limit > 0 && ct.sys.Now().Sub(start).Seconds() > limit {
			r := module.Fail("Timeout of %s seconds exceeded while waiting for container %q", pyFloat(limit), id)
			r.Set("container", info)
			return &r, nil
		}
		if err := ct.sys.Sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(pause*11/10, 10*time.Second)
	}
}

// pyFloat gives a number as Python shows it: "300.0".
func pyFloat(f float64) string {
	s, _ := value.Text(value.NewFloat(f)) // a number
	return s
}
