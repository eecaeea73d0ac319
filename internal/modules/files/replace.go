package files

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.replace", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runReplace,
	Args: append(module.Args{
		{Name: "regexp", Required: true, Help: "The expression (Python's) for what is replaced, over the whole text; ^ and $ match at each line."},
		{Name: "replace", Default: "", Help: "What comes in its place, with groups of regexp."},
		{Name: "after", Help: "An expression: only what stands behind it is looked at."},
		{Name: "before", Help: "An expression: only what stands before it is looked at."},
		{Name: "encoding", Default: "utf-8", Help: "The encoding of the file: utf-8, ascii, latin-1, utf-16, utf-16-le, utf-16-be."},
	}, editArgs...),
	Doc: module.Doc{
		Short:    "Replace all that matches an expression in a file.",
		Notes:    []string{"Of the encodings that Python knows only utf-8, ascii, latin-1 and utf-16 are there."},
		Examples: "- ansible.builtin.replace:\n    path: /etc/hosts\n    regexp: '(\\s+)old\\.host\\.name(\\s+.*)?$'\n    replace: '\\1new.host.name\\2'\n",
		Returns:  []module.Return{{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of the file as it was."}},
	},
})

func runReplace(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	e, failed := openEdit(sys, p, "Unable to read the contents of '%[2]s': %[1]s: '%[2]s'")
	if failed != nil {
		return *failed, nil
	}
	if !e.exists {
		return module.Fail("Path %s does not exist !", e.path).With("rc", 257), nil
	}
	code, err := codecOf(p.Str("encoding"))
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	text, err := code.decode(e.before)
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	start, end, unmatched, err := section(p, text)
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	if unmatched != "" {
		r := module.Result{HasMsg: true, Msg: "Pattern for before/after params did not match the given file: " + unmatched}
		return r.With("rc", 0), nil
	}
	re, err := pyregex.Compile(p.Str("regexp"), pyregex.Multiline)
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	part, n, err := re.Replace(text[start:end], p.Str("replace"), 0)
	if err != nil {
		return module.Fail("Unable to process replace due to error: %v", err), nil
	}
	r, err := e.replaced(ctx, text, text[:start]+part+text[end:], n, code)
	return fileattr.Answer(sys, r, err)
}

// section gives the part of a text between after and before; unmatched is the pattern that did not match.
func section(p *module.Params, text string) (start, end int, unmatched string, err error) {
	if p.Str("after") == "" && p.Str("before") == "" {
		return 0, len(text), "", nil
	}
	pattern := p.Str("after") + "(?P<subsection>.*)"
	if before := p.Str("before"); before != "" {
		pattern = "(?P<subsection>.*)" + before
		if after := p.Str("after"); after != "" {
			pattern = after + "(?P<subsection>.*?)" + before
		}
	}
	re, err := pyregex.Compile(pattern, pyregex.DotAll)
	if err != nil {
		return 0, 0, "", err
	}
	m, err := re.Search(text)
	if err != nil {
		return 0, 0, "", err
	}
	if m == nil {
		return 0, 0, pattern, nil
	}
	group, ok := re.GroupIndex("subsection")
	if !ok {
		return 0, 0, "", errors.New("no such group")
	}
	start, end = m.GroupSpan(group)
	return start, end, "", nil
}

// replaced writes the new text and gives the result.
func (e *edit) replaced(ctx context.Context, before, after string, n int, code codec) (module.Result, error) {
	changed, msg := n > 0 && before != after, ""
	r := module.Result{HasMsg: true}
	if changed {
		msg = fmt.Sprintf("%d replacements made", n)
		if e.p.Diff {
			r.Diff = module.Diff{Before: before, After: after, BeforeHeader: e.path, AfterHeader: e.path}.Value()
		}
	}
	if changed && !e.p.Check {
		name, err := e.backup()
		if err != nil {
			return r, err
		}
		if name != "" {
			r.Set("backup_file", name)
		}
		content, err := code.encode(after)
		if err != nil {
			return r, err
		}
		if err := e.write(ctx, content); err != nil {
			return r, err
		}
	}
	var err error
	r.Changed, r.Msg, _, err = e.attributes(changed, msg)
	r.Set("rc", 0)
	return r, err
}
