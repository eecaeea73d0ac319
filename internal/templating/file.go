package templating

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var noContext = context.Background()

type fileKey struct {
	text string
	o    jinja.Options
}

// FileOptions is the dialect of a template file: the arguments of the template module, with its defaults filled in by
// DefaultFileOptions.
type FileOptions = jinja.Options

// DefaultFileOptions is the dialect of a template file when the task says nothing else.
func DefaultFileOptions() FileOptions { return FileOptions{TrimBlocks: true, NewlineSequence: "\n"} }

// RenderFile evaluates a template file and gives its text. A template that is one expression of another type than str is
// written as Python prints its value. The scope should be one that ForTemplate made.
func (s *Scope) RenderFile(f *source.File, o FileOptions) (string, error) {
	text, err := s.RenderMarked(f, o)
	return text.String(), err
}

// RenderMarked is RenderFile for a text that tells by its mark whether something secret is in it.
func (s *Scope) RenderMarked(f *source.File, o FileOptions) (value.Str, error) {
	v, err := s.renderFile(f, o)
	if err != nil {
		return value.Str{}, err
	}
	var text string
	switch v := v.(type) {
	case nil:
		return value.Str{}, omitted(filePos(f))
	case value.NoneType:
	case value.Str:
		return v, nil
	case value.Bytes:
		text = string(v.Bytes())
	default:
		if text, err = value.Text(v); err != nil {
			return value.Str{}, err
		}
	}
	return value.NewMarkedStr(text, value.Marks{Secret: value.HasSecret(v)}), nil
}

// renderFile gives the value of a template file, nil for omit.
func (s *Scope) renderFile(f *source.File, o FileOptions) (value.Value, error) {
	pos := filePos(f)
	if plainFile(f.Text(), o) {
		return value.NewMarkedStr(f.Text(), value.Marks{Secret: f.Sensitive()}), nil
	}
	t, err := s.e.parseFile(f, o)
	if err != nil {
		return nil, within(syntaxError("template", err, pos), err)
	}
	before, err := s.enter(pos)
	if err != nil {
		return nil, err
	}
	v, err := t.Render(s.ctx, s)
	s.leave(before)
	raw := err
	v, err = s.result(v, err, value.Str{}, pos)
	if err != nil {
		return nil, within(err, raw)
	}
	v, keep, err := s.settle(v, pos)
	if err != nil || !keep {
		return nil, err
	}
	if f.Sensitive() {
		if v, err = value.MarkSecret(v); err != nil {
			return nil, err
		}
	}
	if text, ok := v.(value.Str); ok {
		newline := o.NewlineSequence
		if newline == "" {
			newline = "\n"
		}
		return withNewlines(text, f.Text(), newline), nil
	}
	return v, nil
}

// plainFile reports whether a text has nothing to evaluate in the dialect o.
func plainFile(text string, o FileOptions) bool {
	for _, pair := range [][2]string{{o.BlockStart, "{%"}, {o.VariableStart, "{{"}, {o.CommentStart, "{#"}} {
		start := pair[0]
		if start == "" {
			start = pair[1]
		}
		if strings.Contains(text, start) {
			return false
		}
	}
	return o.LineStatementPrefix == "" && o.LineCommentPrefix == "" && !strings.HasPrefix(text, headerPrefix)
}

// parseFile compiles a template file, once for each dialect.
func (e *Engine) parseFile(f *source.File, o FileOptions) (*jinja.Template, error) {
	o.KeepTrailingNewline = false
	key := fileKey{f.Text(), o}
	if c, ok := e.files.Load(key); ok {
		return c.(*compiled).t, c.(*compiled).err
	}
	env, body, err := e.dialect(e.envFor(o), f.Text())
	c := &compiled{err: err}
	if err == nil {
		line := 1 + strings.Count(f.Text()[:len(f.Text())-len(body)], "\n")
		c.t, c.err = env.Parse(jinja.Source{Text: body, Base: source.At(f, line, 1), Name: f.Name()})
	}
	e.files.Store(key, c)
	return c.t, c.err
}

// ForTemplate gives a scope for the template file path, which a task names src and writes to dest: with the variables that describe the
// template, and with the folders in which it looks for the templates that it includes.
func (s *Scope) ForTemplate(src, path, dest string) *Scope {
	n := s.With(s.e.templateVars(src, path, dest))
	dirs := s.search
	if len(dirs) == 0 {
		dirs = []string{s.e.o.Dir}
	}
	for _, d := range append(dirs[:len(dirs):len(dirs)], dirs[len(dirs)-1], filepath.Dir(path)) {
		n.dirs = append(n.dirs, filepath.Join(d, "templates"), d)
	}
	return n
}

// renderLookup evaluates a template for the lookup of that name.
func (s *Scope) renderLookup(t lookups.Template) (value.Value, error) {
	path := t.File.Name()
	vars := s.e.templateVars(t.Name, path, "")
	if t.Vars != nil {
		for it := t.Vars.Iterate(); it.Next(); {
			name, err := value.Text(it.Key())
			if err != nil {
				return nil, err
			}
			vars[name] = it.Stored()
		}
	}
	n := s.With(vars)
	n.depth = s.depth
	n.dirs = []string{filepath.Dir(path)}
	dirs := s.search
	if len(dirs) == 0 {
		dirs = []string{s.e.o.Dir}
	}
	for _, d := range dirs {
		n.dirs = append(n.dirs, filepath.Join(d, "templates"), d)
	}
	o := DefaultFileOptions()
	o.VariableStart, o.VariableEnd = t.VariableStart, t.VariableEnd
	o.CommentStart, o.CommentEnd = t.CommentStart, t.CommentEnd
	o.TrimBlocks = !t.NoTrimBlocks
	v, err := n.renderFile(t.File, o)
	if e, ok := err.(*Error); ok && e.Kind == Undefined && e.Cause == nil { // it goes on travelling
		err = &value.UndefinedError{Value: &value.Undefined{Msg: e.Msg, Pos: e.Pos}}
	}
	if err != nil {
		return nil, err
	}
	if v == nil {
		return OmitValue, nil
	}
	return v, nil
}
