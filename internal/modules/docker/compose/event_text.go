package compose

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The lines that Compose wrote before 2.29.
var (
	textLog      = lazyregexp.New(`^time="[^"]*" level=warning msg=("(?:[^"\\]|\\.)*"|[^ "]*)`)
	textResource = lazyregexp.New(`^(Container|Network|Volume|Image)\s+(\S+)\s+(\S.*)$`)
	textPull     = lazyregexp.New(`^(\S+)\s+(Pulling|Pulled)$`)
	textProblem  = lazyregexp.New(`^(\S+)\s+(Error|Warning)\s*(.*)$`)
	textSkipped  = lazyregexp.New(`^\S+\s+Skipped(\s+-\s+.*)?$`)
	textLayer    = lazyregexp.New(`^(\S+)\s+(Pulling fs layer|Waiting|Verifying Checksum|Download complete|Pull complete|Already exists)$`)
	textProgress = lazyregexp.New(`^(\S+)\s+(Downloading|Extracting)(\s+.*)?$`)
)

const dryRunMark = "DRY-RUN MODE - "

// textEvents reads the events that Compose wrote before it knew of JSON. dry says that they are of a dry run, rc is its exit code.
func textEvents(stderr string, dry bool, rc int, w *warnings) []event {
	var lines []string
	for line := range strings.Lines(stderr) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	ends := -1 // the line that says what went wrong, where it is none of an event; one alone counts always
	if rc != 0 || len(lines) == 1 && !strings.HasPrefix(stderr, "\n") {
		ends = len(lines) - 1
	}
	var out []event
	for i, line := range lines {
		if m := textLog().FindStringSubmatch(line); m != nil {
			msg, err := strconv.Unquote(m[1])
			if err != nil {
				msg = m[1]
			}
			w.add(msg)
			continue
		}
		rest, marked := strings.CutPrefix(line, dryRunMark)
		if dry && marked {
			line = strings.TrimSpace(rest)
		}
		e, ok := textEvent(line)
		general := strings.HasPrefix(line, "Error ")
		last := len(out) - 1
		switch {
		case ok:
			if e.state == warning {
				w.add(textWarning(e))
				e.state = "" // is told
			}
			out = append(out, e)
		case last >= 0 && out[last].state == failed:
			out[last].msg = value.NewStr(plain(out[last].msg) + "\n" + line)
		case general || i == ends:
			out = append(out, event{unknown, value.None, failed, value.NewStr(line)})
		default:
			if dry && !marked {
				w.add("Event line is missing dry-run mode marker: " + quoted(value.NewStr(line)))
			}
			w.add("Cannot parse event from line: " + quoted(value.NewStr(line)))
			continue
		}
		if dry && !marked && !general && ok {
			w.add("Event line is missing dry-run mode marker: " + quoted(value.NewStr(line)))
		}
	}
	return out
}

// textEvent reads one line; false is one that is no event.
func textEvent(line string) (event, bool) {
	e := event{kind: unknown, msg: value.None}
	if m := textResource().FindStringSubmatch(line); m != nil {
		e.kind, e.id, e.state = kinds[m[1]], value.NewStr(m[2]), m[3]
		if !known(e.state) && e.state != failed {
			e.state, e.msg = warning, value.NewStr(m[3])
		}
		return e, true
	}
	if m := textPull().FindStringSubmatch(line); m != nil {
		e.kind, e.id, e.state = service, value.NewStr(m[1]), m[2]
		return e, true
	}
	for _, re := range []func() *regexp.Regexp{textLayer, textProgress} {
		if m := re().FindStringSubmatch(line); m != nil {
			e.kind, e.id, e.state = imageLayer, value.NewStr(m[1]), m[2]
			return e, true
		}
	}
	if m := textProblem().FindStringSubmatch(line); m != nil && m[1] != failed {
		e.id, e.state = value.NewStr(m[1]), m[2]
		if m[3] != "" {
			e.msg = value.NewStr(m[3])
		}
		return e, true
	}
	e.id = value.None
	return e, textSkipped().MatchString(line)
}

// textWarning is what a line warns of.
func textWarning(e event) string {
	switch {
	case e.kind != unknown:
		return "Docker compose: " + e.kind + " " + plain(e.id) + ": " + plain(e.msg)
	case e.msg == value.None:
		return "Unspecified warning for " + plain(e.id)
	}
	return plain(e.id) + ": " + plain(e.msg)
}
