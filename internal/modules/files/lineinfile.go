package files

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.lineinfile", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runLineinfile,
	Args: append(module.Args{
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the line is there."},
		{Name: "regexp", Aliases: []string{"regex"}, Help: "An expression (Python's) for the line to replace or to remove."},
		{Name: "search_string", Help: "A text in the line to replace or to remove."},
		{Name: "line", Aliases: []string{"value"}, Help: "The line."},
		{Name: "backrefs", Type: module.Bool, Default: false, Help: "Fill groups of regexp into the line; without a match nothing is done."},
		{Name: "insertafter", Help: "An expression for the line behind which a new line comes, or EOF."},
		{Name: "insertbefore", Help: "An expression for the line before which a new line comes, or BOF."},
		{Name: "create", Type: module.Bool, Default: false, Help: "Make the file if it is not there."},
		{Name: "firstmatch", Type: module.Bool, Default: false, Help: "Take the first line that matches, not the last."},
	}, editArgs...),
	Rules: module.Rules{MutuallyExclusive: [][]string{{"insertbefore", "insertafter"}, {"regexp", "search_string"}, {"backrefs", "search_string"}}},
	Doc: module.Doc{
		Short: "Keep one line of a file as it should be.",
		Notes: []string{
			"A file that is not UTF-8 is edited too; Ansible edits it and then reports a failure.",
			"A line behind a last line without a newline comes on a line of its own; with insertafter Ansible joins the two.",
		},
		Examples: `- ansible.builtin.lineinfile:
    path: /etc/ssh/sshd_config
    regexp: '^#?PermitRootLogin\b'
    line: PermitRootLogin no
    validate: /usr/sbin/sshd -t -f %s
`,
		Returns: []module.Return{
			{Name: "backup", Type: "str", When: "success", Help: "The copy of the file as it was, or empty."},
			{Name: "found", Type: "int", When: "state=absent", Help: "How many lines were removed."},
		},
	},
})

func runLineinfile(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	if msg := lineinfileArgs(p); msg != "" {
		return module.Fail("%s", msg), nil
	}
	e, failed := openEdit(sys, p, "%s: b'%s'")
	if failed != nil {
		return *failed, nil
	}
	l := &lineinfile{edit: e}
	if err := l.patterns(); err != nil {
		return module.Raise(err.Error()), nil
	}
	var r module.Result
	var err error
	if p.Str("state") == "present" {
		r, err = l.present(ctx)
	} else {
		r, err = l.absent(ctx)
	}
	return fileattr.Answer(sys, r, err)
}

func lineinfileArgs(p *module.Params) string {
	if p.Has("regexp") && p.Str("regexp") == "" {
		p.Warn(emptyPattern("regular expression") + " If this is desired, use '^' to match every line in the file and avoid this warning.")
	}
	if p.Has("search_string") && p.Str("search_string") == "" {
		p.Warn(emptyPattern("search string"))
	}
	switch {
	case p.Str("state") == "present" && p.Bool("backrefs") && !p.Has("regexp"):
		return "regexp is required with backrefs=true"
	case p.Str("state") == "present" && !p.Has("line"):
		return "line is required with state=present"
	case p.Str("state") == "absent" && !p.Has("regexp") && !p.Has("search_string") && !p.Has("line"):
		return "one of line, search_string, or regexp is required with state=absent"
	}
	return ""
}

func emptyPattern(what string) string {
	return "The " + what + " is an empty string, which will match every line in the file. This may have unintended consequences, such as replacing the last line in the file rather than appending."
}

// lineinfile is one call.
type lineinfile struct {
	*edit
	re    *pyregex.Bytes // of regexp, or nil
	place *pyregex.Bytes // of insertafter or insertbefore, or nil where that is an end of the file
	after bool           // a new line comes behind the place
}

// patterns compiles the expressions. Those of Ansible are of bytes.
func (l *lineinfile) patterns() (err error) {
	if l.p.Has("regexp") {
		if l.re, err = pyregex.CompileBytes(l.p.Str("regexp"), 0); err != nil {
			return err
		}
	}
	if l.p.Str("state") == "absent" {
		return nil
	}
	after, before := l.p.Str("insertafter"), l.p.Str("insertbefore")
	switch {
	case after != "" && after != "BOF" && after != "EOF":
		l.after = true
		l.place, err = pyregex.CompileBytes(after, 0)
	case before != "" && before != "BOF":
		l.place, err = pyregex.CompileBytes(before, 0)
	}
	return err
}

// matches reports whether a line, with its end, is the one that is looked for; m is the match of regexp.
func (l *lineinfile) matches(line string) (is bool, m *pyregex.BytesMatch, err error) {
	switch {
	case l.re != nil:
		m, err = l.re.Search(line)
		return m != nil, m, err
	case l.p.Has("search_string"):
		return strings.Contains(line, l.p.Str("search_string")), nil, nil
	}
	return strings.TrimRight(line, "\r\n") == l.p.Str("line"), nil, nil
}

// found is where things are: indexes of lines, -1 for not at all.
type found struct {
	match, exact, place int
	groups              *pyregex.BytesMatch
}

func (l *lineinfile) find(lines []string) (found, error) {
	at := found{match: -1, exact: -1, place: -1}
	first := l.p.Bool("firstmatch")
	want := l.p.Str("line")
	for i, line := range lines {
		if first && at.match >= 0 {
			break
		}
		is, m, err := l.matches(line)
		if err != nil {
			return at, err
		}
		if is {
			at.match, at.groups = i, m
			continue
		}
		if strings.TrimRight(line, "\r\n") == want {
			at.exact = i
		}
		if l.place == nil || first && at.place >= 0 {
			continue
		}
		m, err = l.place.Search(line)
		if err != nil {
			return at, err
		}
		if m != nil {
			at.place = i
		}
	}
	return at, nil
}

func (l *lineinfile) present(ctx context.Context) (module.Result, error) {
	if !l.exists {
		if !l.p.Bool("create") {
			return module.Fail("Destination %s does not exist !", l.path).With("rc", 257), nil
		}
		if err := l.makeFolder(); err != nil {
			return module.Fail("Error creating %s (%s)", l.path, fileattr.PyError(err, l.path)), nil
		}
	}
	lines := keepEnds(l.before)
	at, err := l.find(lines)
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	msg := ""
	switch {
	case at.match >= 0:
		line := l.p.Str("line")
		if l.p.Bool("backrefs") {
			if line, err = l.re.Expand(at.groups, line); err != nil {
				return module.Raise(err.Error()), nil
			}
		}
		if line = ended(line); lines[at.match] != line {
			lines[at.match] = line
			msg = "line replaced"
		}
	case l.p.Bool("backrefs"), at.exact >= 0:
	default:
		lines, msg = l.insert(lines, at.place), "line added"
	}
	return l.finish(ctx, strings.Join(lines, ""), msg, module.Result{})
}

// insert puts the line where it belongs; place is the line that insertafter or insertbefore has found.
func (l *lineinfile) insert(lines []string, place int) []string {
	line := l.p.Str("line") + "\n"
	if l.p.Str("insertbefore") == "BOF" || l.p.Str("insertafter") == "BOF" {
		return append([]string{line}, lines...)
	}
	if place < 0 {
		place = len(lines)
	} else if l.after {
		place++
	}
	if place == len(lines) && place > 0 {
		lines[place-1] = ended(lines[place-1])
	}
	out := append([]string{}, lines[:place]...)
	return append(append(out, line), lines[place:]...)
}

func (l *lineinfile) absent(ctx context.Context) (module.Result, error) {
	if !l.exists {
		return module.Result{Msg: "file not present"}, nil
	}
	var kept []string
	n := 0
	for _, line := range keepEnds(l.before) {
		is, _, err := l.matches(line)
		if err != nil {
			return module.Raise(err.Error()), nil
		}
		if is {
			n++
			continue
		}
		kept = append(kept, line)
	}
	msg := ""
	if n > 0 {
		msg = fmt.Sprintf("%d line(s) removed", n)
	}
	return l.finish(ctx, strings.Join(kept, ""), msg, module.Result{}.With("found", n))
}

// finish writes what has changed, sets the attributes and gives the result. msg is empty when nothing has changed.
func (l *lineinfile) finish(ctx context.Context, after, msg string, r module.Result) (module.Result, error) {
	changed, backup := msg != "", ""
	if changed && !l.p.Check {
		var err error
		if backup, err = l.backup(); err != nil {
			return r, err
		}
		if err := l.write(ctx, after); err != nil {
			return r, err
		}
	}
	r.Set("backup", backup)
	r.HasMsg = true
	if l.p.Check && !l.exists {
		r.Changed, r.Msg, r.Diff = changed, msg, l.contentDiff(after)
		return r, nil
	}
	if _, err := l.sys.Stat(l.path); err != nil { // nothing was written, nothing has attributes
		r.Diff = value.NewList(l.contentDiff(after), l.attributesDiff(&fileattr.Change{Before: value.NewDict()}))
		return r, nil //nolint:nilerr // see above
	}
	did, msg, c, err := l.attributes(changed, msg)
	if err != nil {
		return r, err
	}
	r.Changed, r.Msg = did, msg
	r.Diff = value.NewList(l.contentDiff(after), l.attributesDiff(c))
	return r, nil
}

// keepEnds splits a text into lines that keep their newline.
func keepEnds(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, line)
	}
	return lines
}

// ended gives a line with a newline at its end.
func ended(line string) string {
	if strings.HasSuffix(line, "\n") {
		return line
	}
	return line + "\n"
}
