package callback

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
)

// junitCase is a test of the report.
type junitCase struct {
	Class, Name, Time string
	Error, Failure    *junitBad
	Skipped, Out      *string
}

type junitBad struct{ Message, Type, Text string }

// report writes the tests as XML.
func (j *JUnit) report() string {
	var cases []junitCase
	var total time.Duration
	var errors, failures, skipped int
	for _, t := range j.tasks {
		if !j.setup && isSetup(t.task.Action) {
			continue
		}
		for _, h := range t.hosts {
			if j.prefix != "" && !strings.HasPrefix(t.task.Title, j.prefix) && h.status != "failed" {
				continue
			}
			c := j.testcase(t, h)
			switch {
			case c.Error != nil:
				errors++
			case c.Failure != nil:
				failures++
			case c.Skipped != nil:
				skipped++
			}
			total += h.end.Sub(t.start)
			cases = append(cases, c)
		}
	}
	counts := fmt.Sprintf(`disabled="0" errors="%d" failures="%d"`, errors, failures)
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" ?>\n")
	fmt.Fprintf(&b, "<testsuites %s tests=\"%d\" time=\"%s\">\n", counts, len(cases), seconds(total))
	fmt.Fprintf(&b, "\t<testsuite %s name=%s skipped=\"%d\" tests=\"%d\" time=\"%s\">\n", counts, attribute(j.playbook), skipped, len(cases), seconds(total))
	for _, c := range cases {
		c.write(&b)
	}
	b.WriteString("\t</testsuite>\n</testsuites>\n")
	return b.String()
}

func (c junitCase) write(b *strings.Builder) {
	fmt.Fprintf(b, "\t\t<testcase classname=%s name=%s time=\"%s\">\n", attribute(c.Class), attribute(c.Name), c.Time)
	for _, bad := range []struct {
		tag string
		is  *junitBad
	}{{"error", c.Error}, {"failure", c.Failure}} {
		if bad.is != nil {
			fmt.Fprintf(b, "\t\t\t<%s message=%s type=%s>%s</%s>\n", bad.tag, attribute(bad.is.Message), attribute(bad.is.Type), xmlText.Replace(printable(bad.is.Text)), bad.tag)
		}
	}
	if c.Skipped != nil {
		fmt.Fprintf(b, "\t\t\t<skipped>%s</skipped>\n", xmlText.Replace(printable(*c.Skipped)))
	}
	if c.Out != nil {
		fmt.Fprintf(b, "\t\t\t<system-out>%s</system-out>\n", xmlText.Replace(printable(*c.Out)))
	}
	b.WriteString("\t\t</testcase>\n")
}

var (
	xmlText      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	xmlAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")
)

func attribute(text string) string { return `"` + xmlAttribute.Replace(printable(text)) + `"` }

// printable leaves out what XML has no characters for.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, text)
}

func isSetup(action string) bool {
	return action == "setup" || action == "gather_facts" || strings.HasSuffix(action, ".setup") || strings.HasSuffix(action, ".gather_facts")
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// testcase is what the report has of a task on a host.
func (j *JUnit) testcase(t *junitTask, h junitHost) junitCase {
	c := junitCase{
		Class: j.class(t.task), Time: seconds(h.end.Sub(t.start)),
		Name: fmt.Sprintf("[%s] %s: %s", h.name, t.play, t.task.Title),
	}
	if !j.hideArgs && !t.task.NoLog && t.task.Args != nil && t.task.Args.Len() > 0 {
		c.Name += " " + argsText(t.task)
	}
	if h.status == "included" {
		c.Out = &h.text
		return c
	}
	r := h.result
	values := j.dumper.plain(r)
	switch h.status {
	case "ok":
		c.Out = &values
	case "skipped":
		reason := orElse(j.dumper.text(r, "skip_reason"), "skipped")
		c.Skipped = &reason
	case "failed":
		switch {
		case r.Fault != nil && !r.NoLog:
			c.Error = &junitBad{Message: r.Fault.Summary(), Type: "error", Text: traceback(r.Fault)}
		case !r.NoLog && r.Values != nil && r.Values.Has("msg"):
			c.Failure = &junitBad{Message: j.dumper.text(r, "msg"), Type: "failure", Text: values}
		default:
			rc := "0"
			if !r.NoLog && r.Values != nil && r.Values.Has("rc") {
				rc = j.dumper.rc(r)
			}
			c.Failure = &junitBad{Message: "rc=" + rc, Type: "failure", Text: values}
		}
	}
	return c
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// traceback is what ansible-core 2.19 tells of a chain of errors when no tracebacks are collected.
func traceback(f *result.Fault) string {
	const missing = "(traceback missing)\n"
	if f.Cause == nil {
		return missing
	}
	how := "The above exception was the direct cause of the following exception:"
	switch strings.TrimSuffix(f.Msg, ".") {
	case "Action failed":
		how = "The above action exception was the direct cause of the following controller exception:"
	case "Module failed":
		how = "The above target exception was the direct cause of the following controller exception:"
	}
	return traceback(f.Cause) + "\n" + how + "\n\n" + missing
}

// class is the name of a test's class: the place of its task, or only its file.
func (j *JUnit) class(t *event.Task) string {
	if !t.Pos.IsValid() {
		return ""
	}
	name := path(t.Pos)
	if j.relative != "" {
		rel, err := filepath.Rel(j.relative, t.Pos.File.Name())
		if err == nil {
			if j.outside != "" && strings.HasPrefix(rel, "..") {
				rel = j.outside + filepath.Base(rel)
			}
			name = fmt.Sprintf("%s:%d", rel, t.Pos.Line)
		}
	}
	if j.taskClass {
		if at := strings.LastIndex(name, ".yml:"); at >= 0 {
			name = name[:at]
		}
	}
	return name
}
