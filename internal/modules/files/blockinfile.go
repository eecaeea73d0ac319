package files

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.blockinfile", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runBlockinfile,
	Args: append(module.Args{
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the block is there."},
		{Name: "marker", Default: "# {mark} ANSIBLE MANAGED BLOCK", Help: "The line around the block; {mark} is marker_begin or marker_end."},
		{Name: "block", Aliases: []string{"content"}, Default: "", Help: "The lines between the markers; none removes the block."},
		{Name: "insertafter", Help: "An expression for the line behind which a new block comes, or EOF."},
		{Name: "insertbefore", Help: "An expression for the line before which a new block comes, or BOF."},
		{Name: "create", Type: module.Bool, Default: false, Help: "Make the file if it is not there."},
		{Name: "marker_begin", Default: "BEGIN", Help: "What stands for {mark} above the block."},
		{Name: "marker_end", Default: "END", Help: "What stands for {mark} below the block."},
		{Name: "append_newline", Type: module.Bool, Default: false, Help: "An empty line stands behind the block."},
		{Name: "prepend_newline", Type: module.Bool, Default: false, Help: "An empty line stands before the block."},
	}, editArgs...),
	Rules: module.Rules{MutuallyExclusive: [][]string{{"insertbefore", "insertafter"}}},
	Doc: module.Doc{
		Short: "Keep a block of lines between two markers in a file.",
		Notes: []string{"A file that is not UTF-8 is edited too; Ansible edits it and then reports a failure."},
		Examples: `- ansible.builtin.blockinfile:
    path: /etc/hosts
    marker: "# {mark} kimai"
    block: |
      192.0.2.10 kimai
      192.0.2.11 database
`,
		Returns: []module.Return{{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of the file as it was."}},
	},
})

func runBlockinfile(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	e, failed := openEdit(sys, p, "%s: '%s'")
	if failed != nil {
		return *failed, nil
	}
	if !e.exists {
		if !p.Bool("create") {
			return module.Fail("Path %s does not exist !", e.path).With("rc", 257), nil
		}
		if err := e.makeFolder(); err != nil {
			return module.Fail("Error creating %s Error code: %s", e.path, fileattr.PyError(err, e.path)), nil
		}
	}
	after, err := e.withBlock()
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	r, err := e.blockResult(ctx, after)
	return fileattr.Answer(sys, r, err)
}

// withBlock gives the content with the block in it, or without.
func (e *edit) withBlock() (string, error) {
	marker := func(mark string) string { return strings.ReplaceAll(e.p.Str("marker"), "{mark}", mark) + "\n" }
	begin, end := marker(e.p.Str("marker_begin")), marker(e.p.Str("marker_end"))
	var block []string
	if text := e.p.Str("block"); text != "" && e.p.Str("state") == "present" {
		block = append(append([]string{begin}, keepEnds(ended(text))...), end)
	}
	lines := keepEnds(e.before)
	from, to := -1, -1
	for i, line := range lines {
		if line = ended(line); line == begin {
			from = i
		}
		if line == end {
			to = i
		}
	}
	at := min(from, to)
	if at >= 0 {
		lines = append(lines[:at:at], lines[max(from, to)+1:]...)
	} else {
		var err error
		if at, err = e.blockPlace(lines); err != nil {
			return "", err
		}
	}
	if at > 0 && len(block) > 0 {
		lines[at-1] = ended(lines[at-1])
	}
	return strings.Join(e.spaced(lines, block, at), ""), nil
}

// blockPlace is the index of the line before which a new block comes.
func (e *edit) blockPlace(lines []string) (int, error) {
	after, before := e.p.Str("insertafter"), e.p.Str("insertbefore")
	pattern := after
	if before != "" {
		pattern = before
	}
	switch {
	case pattern == "", after == "EOF":
		return len(lines), nil
	case before == "BOF":
		return 0, nil
	}
	re, err := pyregex.CompileBytes(pattern, 0)
	if err != nil {
		return 0, err
	}
	at := -1
	if re.Multiline() {
		m, err := re.Search(e.before)
		if err != nil {
			return 0, err
		}
		if m != nil {
			start, end := m.Span()
			if before != "" {
				end = start
			}
			at = strings.Count(e.before[:end], "\n")
		}
	} else {
		for i, line := range lines {
			m, err := re.Search(line)
			if err != nil {
				return 0, err
			}
			if m != nil {
				at = i
			}
		}
	}
	switch {
	case at < 0:
		at = len(lines)
	case before == "":
		at = min(at+1, len(lines))
	}
	return at, nil
}

// spaced puts the block before line at, with the empty lines around it that are asked for.
func (e *edit) spaced(lines, block []string, at int) []string {
	blank := func(line string) bool { return strings.TrimRight(line, "\r\n") == "" }
	out := append([]string{}, lines[:at]...)
	if len(block) > 0 {
		if e.p.Bool("prepend_newline") && at > 0 && !blank(lines[at-1]) {
			out = append(out, "\n")
		}
		out = append(out, block...)
		if e.p.Bool("append_newline") && at < len(lines) && !blank(lines[at]) {
			out = append(out, "\n")
		}
	}
	return append(out, lines[at:]...)
}

// blockResult writes what has changed, sets the attributes and gives the result.
func (e *edit) blockResult(ctx context.Context, after string) (module.Result, error) {
	r := module.Result{HasMsg: true}
	removes := e.p.Str("state") == "absent" || e.p.Str("block") == ""
	changed, msg := true, "Block inserted"
	switch {
	case !e.exists && after == "":
		changed, msg = e.p.Str("state") == "present", ""
		if changed {
			msg = "File created"
		}
	case !e.exists:
		msg = "File created"
	case after == e.before:
		changed, msg = false, ""
	case removes:
		msg = "Block removed"
	}
	if changed && !e.p.Check {
		name, err := e.backup()
		if err != nil {
			return r, err
		}
		if name != "" {
			r.Set("backup_file", name)
		}
		if err := e.write(ctx, after); err != nil {
			return r, err
		}
	}
	if e.p.Check && !e.exists {
		r.Changed, r.Msg, r.Diff = changed, msg, e.contentDiff(after)
		return r, nil
	}
	did, msg, c, err := e.attributes(changed, msg)
	if err != nil {
		return r, err
	}
	r.Changed, r.Msg = did, msg
	r.Diff = value.NewList(e.contentDiff(after), e.attributesDiff(c))
	return r, nil
}
