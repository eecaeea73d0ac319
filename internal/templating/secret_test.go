package templating_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

const canary = "c4nary-s3cret-value"

// sealed is a vaulted value.
type sealed struct{}

func (sealed) Type() string { return "str" }
func (sealed) Resolve() (value.Value, error) {
	return value.NewMarkedStr(canary, value.Marks{Secret: true}), nil
}

func secretScope(t *testing.T) *templating.Scope {
	t.Helper()
	vars := templating.Map{
		"pw":  sealed{},
		"cfg": value.DictOf("user", value.NewStr("u"), "pw", sealed{}),
		"ref": trusted("{{ pw }}"),
		"url": trusted("postgres://u:{{ pw }}@h/db"),
		"l":   value.NewList(sealed{}),
	}
	dir := t.TempDir()
	return templating.New(templating.Options{Dir: dir}).Scope(context.Background(), vars, []string{dir})
}

// TestSecretMarkIsInherited walks a vaulted value through templates: what holds it is marked, all that does not is not.
func TestSecretMarkIsInherited(t *testing.T) {
	for _, text := range []string{
		`{{ pw }}`, `{{ ref }}`, `{{ url }}`, `a{{ pw }}`, `{{ pw }}{{ pw }}`, `{{ cfg }}`, `x {{ cfg }}`, `{{ cfg.pw }}`, `{{ l[0] }}`,
		`{{ 'a' ~ pw }}`, `{{ pw + 'x' }}`, `{{ '%s' % pw }}`, `{{ '{}'.format(pw) }}`, `{{ pw[2:] }}`, `{{ pw.upper() }}`,
		`{{ pw | upper }}`, `{{ pw | b64encode }}`, `{{ pw | hash('sha256') }}`, `{{ pw | to_json }}`, `{{ cfg | to_nice_yaml }}`,
		`{{ [pw] | join('-') }}`, `{{ l | first }}`, `{{ l | map('trim') | list }}`, `{{ cfg | combine({'a': 1}) }}`, `{{ cfg | dict2items }}`,
		`{{ nope | default(pw) }}`, `{{ true | ternary(pw, 1) }}`, `{{ pw | regex_replace('c', 'd') }}`, `{{ pw | split('-') }}`,
		`{{ pw | list }}`, `{{ [pw, 1] | to_json | from_json }}`, `{{ {'k': pw} }}`, `{% set q %}<{{ pw }}>{% endset %}{{ q }}`,
		`{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(pw) }}`, `{% filter trim %} {{ pw }} {% endfilter %}`,
		`{% for i in l %}{{ i }},{% endfor %}`, `{{ lookup('vars', 'pw') }}`, `{{ query('items', l) }}`, `{{ lookup('dict', cfg) }}`,
		`{{ vars.pw }}`, `{{ pw | password_hash('md5', 'abcd') }}`, `{{ lookup('pipe', 'printf ' ~ pw) }}`,
	} {
		t.Run(text, func(t *testing.T) {
			v, err := secretScope(t).Finalize(trusted(text))
			if err != nil {
				t.Fatal(err)
			}
			if !value.HasSecret(v) {
				r, _ := value.Repr(v)
				t.Errorf("the mark is lost: %s", r)
			}
		})
	}
	for _, text := range []string{`{{ cfg.user }}`, `{{ 'a' }}{{ cfg.user }}`, `{{ [1] }}`} {
		v, err := secretScope(t).Finalize(trusted(text))
		if err != nil || value.HasSecret(v) {
			t.Errorf("%s: %v, %v is marked", text, err, v)
		}
	}
}

// TestSecretsAreNotInErrors makes things fail on a vaulted value.
func TestSecretsAreNotInErrors(t *testing.T) {
	for _, text := range []string{
		`{{ pw.nope }}`, `{{ cfg[pw] }}`, `{{ l[pw] }}`, `{{ pw + 1 }}`, `{{ pw | int + 'a' }}`, `{{ lookup('dict', pw) }}`,
		`{{ lookup('subelements', l, 'x') }}`, `{{ lookup('subelements', [cfg], 'nope') }}`, `{{ lookup('file', pw) }}`,
		`{{ lookup('ini', 'k', file=pw) }}`, `{{ lookup('ini', 'k', type=pw) }}`, `{{ lookup('csvfile', 'k', col=pw) }}`, `{{ lookup('env', pw, errors='strict') }}{{ nope }}`,
		`{{ lookup('sequence', pw) }}`, `{{ lookup('vars', pw) }}`, `{{ lookup('varnames', '(' ~ pw) }}`, `{{ lookup(pw) }}`, `{{ lookup('config', pw) }}`,
		`{{ lookup('pipe', 'exit 3; ' ~ pw) }}`, `{{ lookup('template', pw) }}`, `{{ lookup('unvault', pw) }}`, `{{ lookup('password', '/dev/null', encrypt=pw) }}`,
		`{{ lookup('password', '/dev/null', length=pw) }}`, `{{ lookup('first_found', pw) }}`, `{{ lookup('url', 'x' ~ pw ~ '://h/') }}`,
		`{{ pw | from_json }}`, `{{ pw | mandatory(1, 2) }}`, `{{ cfg | items2dict }}`, `{{ pw | combine({}) }}`, `{{ pw | dict2items }}`,
		`{{ pw | human_to_bytes }}`, `{{ pw | to_datetime }}`, `{{ 'a' is version(pw, pw) }}`, `{{ 'a' is match('(' ~ pw) }}`, `{{ 1 | strftime(pw) }}`,
		`{{ pw | random(seed=1, start='x') }}`, `{{ undef(pw) }}`, `{{ nope | mandatory(msg=pw) }}`, `{{ 'x' | comment(pw) }}`, `{{ 'x' | hash(pw) }}`,
		`{% include pw %}`, `{{ range(pw) }}`, `{{ dict(pw) }}`, `{{ pw() }}`, `{{ [1] | map(pw) | list }}`, `{{ [1] | select(pw) | list }}`,
	} {
		t.Run(text, func(t *testing.T) {
			_, err := secretScope(t).Finalize(trusted(text))
			if err == nil {
				t.Skip("does not fail")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

// TestSensitiveTemplateFile covers a template file that is a vault as a whole.
func TestSensitiveTemplateFile(t *testing.T) {
	s := secretScope(t)
	out, err := s.RenderFile(source.NewSensitiveFile("x.j2", "a {{ cfg.user }}\n"), templating.DefaultFileOptions())
	if err != nil || out != "a u\n" {
		t.Fatalf("%q, %v", out, err)
	}
	_, err = s.RenderFile(source.NewSensitiveFile("x.j2", "c4nary-s3cret-value {{ nope"), templating.DefaultFileOptions())
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
}
