package compose

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// jsonEvents reads the events that Compose writes with --progress json, an object a line.
func jsonEvents(stderr string, w *warnings) []event {
	var out []event
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		shown := quoted(value.NewBytes([]byte(line)))
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
			w.add("Cannot parse event from non-JSON line: " + shown)
			continue
		}
		v, err := value.FromJSON([]byte(line))
		if err != nil {
			w.add("Cannot parse event from line: " + shown + ": " + err.Error())
			continue
		}
		if e, ok := jsonEvent(v.(*value.Dict), shown, w); ok { // it began with a brace
			out = append(out, e)
		}
	}
	return out
}

// jsonEvent reads one event; false is a line that tells nothing.
func jsonEvent(d *value.Dict, shown string, w *warnings) (event, bool) {
	get := func(key string) value.Value {
		if v := d.Stored(key); v != nil {
			return v
		}
		return value.None
	}
	e := event{kind: unknown, id: get("id"), msg: value.None}
	if d.Has("level") && d.Has("msg") && d.Has("time") { // a line of the log
		e.id, e.msg = value.None, get("msg")
		e.state = map[string]string{"warning": warning, "error": failed}[plain(get("level"))]
		return e, e.state != ""
	}
	is := func(key string) bool {
		truth, err := value.Truth(get(key))
		return err == nil && truth
	}
	if is("error") {
		e.state, e.msg = failed, get("message")
		return e, true
	}
	if is("tail") { // what it says at the end
		e.id, e.state, e.msg = value.None, failed, get("text")
		return e, true
	}
	layers := true // an id of one word may be a layer's
	if id, ok := e.id.(value.Str); ok {
		if kind, rest, two := strings.Cut(id.String(), " "); two {
			layers = false
			e.id, e.kind = value.NewStr(rest), kinds[kind]
			if e.kind == "" {
				e.kind = unknown
				w.add("Unknown resource type " + quoted(value.NewStr(kind)) + " in line " + shown)
			}
		}
	}
	return jsonState(e, get("status"), get("text"), layers)
}

// jsonState finds out which of the two texts of an event is its state. The other one is what is said of it.
func jsonState(e event, status, text value.Value, layers bool) (event, bool) {
	s, t := word(status), word(text)
	if layers {
		switch {
		case slices.Contains(layerDone, s):
			return e, false
		case t == pulling || t == "Pulled":
			e.kind, e.state = image, t
			return e, true
		case slices.Contains(layerDone, t):
			return e, false
		case slices.Contains(layerWorking, t):
			e.kind = imageLayer
			if t != "Downloading" && t != "Extracting" || !known(s) && s != failed && s != warning { // those two tell how far in the other text
				e.state = t
				return e, true
			}
		}
	}
	special := func(x string) bool { return known(x) || x == failed || x == warning }
	switch {
	case special(s):
		e.state, e.msg = s, text
	case special(t):
		e.state, e.msg = t, status
	case status == value.None && text != value.None && !strings.HasPrefix(t, "Skipped - "): // a state that nobody knows
		e.state, e.msg = warning, text
	default:
		return e, false
	}
	return e, true
}

func word(v value.Value) string {
	if s, ok := v.(value.Str); ok {
		return s.String()
	}
	return ""
}
