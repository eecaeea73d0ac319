package templating

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// headerPrefix begins the first line of a template that sets its own dialect.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html
const headerPrefix = "#jinja2:"

// dialect gives the environment for a text and the text without its header.
func (e *Engine) dialect(env *jinja.Env, text string) (*jinja.Env, string, error) {
	if !strings.HasPrefix(text, headerPrefix) {
		return env, text, nil
	}
	header, body, ok := strings.Cut(text[len(headerPrefix):], "\n")
	if !ok {
		return nil, "", errors.New("Missing newline after '#jinja2:' override.") //nolint:staticcheck // Ansible's words
	}
	o := env.Syntax
	for _, pair := range strings.Split(header, ",") {
		if err := override(&o, pair); err != nil {
			return nil, "", err
		}
	}
	if err := o.Check(); err != nil {
		return nil, "", err
	}
	return e.envFor(o), body, nil
}

// override sets one option of a header.
func override(o *jinja.Options, pair string) error {
	if strings.TrimSpace(pair) == "" {
		return errors.New("Empty '#jinja2:' override pair not allowed.") //nolint:staticcheck // Ansible's words
	}
	name, text, ok := strings.Cut(pair, ":")
	if !ok {
		return fmt.Errorf("Missing key-value separator `:` in '#jinja2:' override pair '%s'.", pair) //nolint:staticcheck // Ansible's words
	}
	name = strings.TrimSpace(name)
	texts := map[string]*string{
		"block_start_string": &o.BlockStart, "block_end_string": &o.BlockEnd,
		"variable_start_string": &o.VariableStart, "variable_end_string": &o.VariableEnd,
		"comment_start_string": &o.CommentStart, "comment_end_string": &o.CommentEnd,
		"line_statement_prefix": &o.LineStatementPrefix, "line_comment_prefix": &o.LineCommentPrefix,
		"newline_sequence": &o.NewlineSequence,
	}
	flags := map[string]*bool{
		"trim_blocks": &o.TrimBlocks, "lstrip_blocks": &o.LstripBlocks, "keep_trailing_newline": &o.KeepTrailingNewline,
	}
	if texts[name] == nil && flags[name] == nil {
		return fmt.Errorf("Invalid '#jinja2:' override key '%s'.", name) //nolint:staticcheck // Ansible's words
	}
	v, err := pythonLiteral(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	const wrong = "TemplateOverrides.%s must be <class '%s'> instead of <class '%s'>"
	if p := texts[name]; p != nil {
		s, ok := v.(value.Str)
		if !ok {
			return fmt.Errorf(wrong, name, "str", v.Type())
		}
		*p = s.String()
		return nil
	}
	b, ok := v.(value.Bool)
	if !ok {
		return fmt.Errorf(wrong, name, "bool", v.Type())
	}
	if name != "keep_trailing_newline" { // it has no effect: the last newline is Ansible's business
		*flags[name] = bool(b)
	}
	return nil
}

var literalEnv = jinja.New()

// pythonLiteral reads a Python literal: a text in quotes, True, False, None, a number.
func pythonLiteral(text string) (value.Value, error) {
	switch text {
	case "True":
		return value.True, nil
	case "False":
		return value.False, nil
	case "None":
		return value.None, nil
	case "":
		return nil, errors.New("invalid syntax (<unknown>, line 0)")
	}
	if open := neverClosed(text); open != 0 {
		return nil, fmt.Errorf("'%c' was never closed (<unknown>, line 1)", open)
	}
	if strings.IndexByte("'\"[({0123456789", text[0]) >= 0 {
		x, err := literalEnv.ParseExpr(jinja.Source{Text: text})
		if err == nil && len(x.Free()) == 0 {
			return x.Eval(noContext, jinja.DictVars{})
		}
	}
	return nil, fmt.Errorf("malformed node or string on line 1: %s", text)
}

// neverClosed is the bracket at the beginning of a literal that nothing closes, 0 where there is none.
func neverClosed(text string) byte {
	closing := map[byte]string{'[': "]", '(': ")", '{': "}"}[text[0]]
	if closing == "" || strings.Contains(text, closing) {
		return 0
	}
	return text[0]
}

// envFor gives the environment of a dialect.
func (e *Engine) envFor(o jinja.Options) *jinja.Env {
	if env, ok := e.envs.Load(o); ok {
		return env.(*jinja.Env)
	}
	env, _ := e.envs.LoadOrStore(o, e.newEnv(o))
	return env.(*jinja.Env)
}

// filePos is the place of a whole template file: Ansible names no line of it.
func filePos(f *source.File) source.Pos { return source.Pos{File: f} }
