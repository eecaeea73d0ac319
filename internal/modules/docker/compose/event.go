package compose

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The kinds of things that events are about, as results name them.
const (
	unknown    = "unknown"
	image      = "image"
	imageLayer = "image-layer"
	service    = "service"
)

// kinds are the words by which events tell what they are about.
var kinds = map[string]string{"Container": "container", "Network": "network", "Volume": "volume", "Image": image, "Service": service}

// The states that are no work.
const (
	failed  = "Error"
	warning = "Warning"
	pulling = "Pulling"
)

// working are the states that tell of a change, done those that tell of none.
var (
	working = []string{"Starting", "Restarting", "Creating", "Stopping", "Killing", "Removing", "Recreate", pulling, "Building"}
	done    = []string{
		"Started", "Exited", "Restarted", "Created", "Stopped", "Killed", "Removed", "Recreated", "Pulled", "Built", "Waiting", "Healthy", "Running",
	}
	layerWorking = []string{"Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Extracting"}
	layerDone    = []string{"Download complete", "Pull complete", "Already exists"}
)

func known(state string) bool { return slices.Contains(working, state) || slices.Contains(done, state) }

// event is a step that Compose tells of.
type event struct {
	kind  string
	id    value.Value // None where it is about nothing in particular
	state string
	msg   value.Value // what is said of it, or None
}

// changes reports whether the event tells of a change.
func (e event) changes() bool {
	if e.kind == imageLayer {
		return slices.Contains(layerWorking, e.state)
	}
	return slices.Contains(working, e.state)
}

// actions are the events that tell of changes, as results have them.
func actions(events []event) value.Value {
	out := value.NewList()
	for _, e := range events {
		if e.changes() {
			out.Append(value.DictOf("what", value.NewStr(e.kind), "id", e.id, "status", value.NewStr(e.state)))
		}
	}
	return out
}

// changed reports whether there is an event of a change in none of the states of ignored.
func changed(events []event, ignored ...string) bool {
	return slices.ContainsFunc(events, func(e event) bool { return e.changes() && !slices.Contains(ignored, e.state) })
}

// errors is what the events of a run that failed say went wrong, a line each; "" where they don't say.
func errorsOf(events []event) string {
	var out []string
	for _, e := range events {
		if e.state != failed {
			continue
		}
		msg := failed
		if e.msg != value.None {
			msg = plain(e.msg)
		}
		switch {
		case e.id == value.None:
			msg = "General error: " + msg
		case e.kind == unknown:
			msg = "Error when processing " + plain(e.id) + ": " + msg
		default:
			msg = "Error when processing " + e.kind + " " + plain(e.id) + ": " + msg
		}
		out = append(out, msg)
	}
	return strings.Join(out, "\n")
}

// warnings are what the call is told besides: each once.
type warnings struct {
	p    *module.Params
	told []string
}

func (w *warnings) add(text string) {
	if !slices.Contains(w.told, text) {
		w.told = append(w.told, text)
		w.p.Warn(text)
	}
}

// ofEvents adds what events warn of.
func (w *warnings) ofEvents(events []event) {
	for _, e := range events {
		if e.state == warning {
			w.add("Docker compose: " + e.kind + " " + plain(e.id) + ": " + plain(e.msg))
		}
	}
}

// plain is a value as a text.
func plain(v value.Value) string {
	s, err := value.Text(v)
	if err != nil {
		return v.Type()
	}
	return s
}

// quoted is a line as Ansible's modules show it: as Python writes a text, or bytes.
func quoted(v value.Value) string {
	s, err := value.Repr(v)
	if err != nil {
		return "?"
	}
	return s
}
