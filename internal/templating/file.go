package templating

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

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
// written as Python prints its value.
func (s *Scope) RenderFile(f *source.File, o FileOptions) (string, error) {
	key := fileKey{f.Text(), o}
	pos := source.At(f, 1, 1)
	c, ok := s.e.files.Load(key)
	if !ok {
		o.KeepTrailingNewline = false
		env := s.e.newEnv(o)
		t, err := env.Parse(jinja.Source{Text: f.Text(), Base: pos, Name: f.Name()})
		c, _ = s.e.files.LoadOrStore(key, &compiled{t, err})
	}
	t, err := c.(*compiled).t, c.(*compiled).err
	if err != nil {
		return "", syntaxError(err, pos)
	}
	v, err := t.Render(s.ctx, s)
	if err != nil {
		return "", s.renderError(err, pos)
	}
	v, keep, err := s.settle(v, pos)
	if err != nil || !keep {
		return "", err
	}
	text, isStr := v.(value.Str)
	if !isStr {
		if v == value.None {
			return "", nil
		}
		return value.Text(v)
	}
	out := text.String()
	if n := len(f.Text()); n > 0 && f.Text()[n-1] == '\n' {
		nl := o.NewlineSequence
		if nl == "" {
			nl = "\n"
		}
		out += nl
	}
	return out, nil
}
