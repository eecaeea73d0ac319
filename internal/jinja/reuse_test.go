package jinja_test

import (
	"context"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestReuse renders what would show a frame or a loop object that is used again too early, and the shortcuts of filters and
// operators. What is wanted is what Jinja2 3.1 gives.
func TestReuse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{% set ns=namespace() %}{% for i in [1,2] %}{% set ns.l=loop %}{% endfor %}{% for j in [7,8,9] %}{{ ns.l.index }}{{ loop.index }} {% endfor %}`, `21 22 23 `},
		{`{% for i in [1,2] %}{% for j in [1,2] %}{{ loop.index }}{{ loop.last }}{% endfor %}|{{ loop.index }}{{ loop.last }}{% for j in 'ab' %}{{ loop.length }}{% endfor %};{% endfor %}`, `1False2True|1False22;1False2True|2True22;`},
		{`{% macro m(a, b=a) %}[{{ a }}{{ b }}{% for x in a %}{{ loop.index }}{{ x }}{% endfor %}]{% endmacro %}{{ m('p') }}{{ m('qr', m('s')) }}{{ m(m('t')|upper) }}`, `[pp1p][qr[ss1s]1q2r][[TT1T][TT1T]1[2T3T415T6]]`},
		{`{% macro outer(x) %}{% macro inner() %}<{{ x }}>{% endmacro %}{{ inner() }}{{ caller(inner) if caller is defined }}{% endmacro %}{{ outer(1) }}{% call(f) outer(2) %}{{ f() }}{{ outer(3) }}{{ f() }}{% endcall %}`, `<1><2><2><3><2>`},
		{`{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{{ n }}{% endmacro %}{{ m(3) }}`, `32100123`},
		{`{% macro m(xs) %}{% set y = xs|map('upper') %}{{ y|join('-') }}{% endmacro %}{% for a in [['a','b'],['c']] %}{{ m(a) }} {% endfor %}`, `A-B C `},
		{`{% macro a(x) %}{{ x }}{{ b(x ~ '!') }}{{ x }}{% endmacro %}{% macro b(y) %}({{ y }}){% endmacro %}{{ a('k') }}{{ a('l') }}`, `k(k!)kl(l!)l`},
		{`{% for i in [3,4] recursive %}{{ loop.depth }}{{ i }}{% if i == 3 and loop.depth == 1 %}{{ loop([4]) }}{% endif %}{{ loop.index }}{% endfor %}`, `132411142`},
		{`{% for i in [1,2,3] %}{{ loop.cycle('a','b') }}{{ loop.changed(i // 2) }}{{ loop.previtem is defined }}{{ loop.nextitem|default('-') }}{% endfor %}`, `aTrueFalse2bTrueTrue3aFalseTrue-`},
		{`{{ 70000 * 3 }}|{{ 1048575 * -1048575 }}|{{ 2147483648 * 2147483648 * 4 }}|{{ ' ' * 3 }}|{{ ' ' * 70 }}|{{ ' ' * -1 }}|{{ 1 ~ 2 + 3 ~ (4 - 9) }}`, `210000|-1099509530625|18446744073709551616|   |                                                                      ||123-5`},
		{`{{ ['a', 1, none]|join('+') }}|{{ []|join }}|{{ ['x','y']|join }}|{{ 'ÄbC'|lower }}{{ 'äbC'|upper }}{{ 'AbC'|lower }}{{ 'aXbX'|replace('X', 'é') }}`, `a+1+None||xy|äbcÄBCabcaébé`},
		{`{{ 7 // -2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 7 % -3 }}|{{ (1 + 2) * 3 - 4 // 3 % 2 }}|{{ 1 ~ 5 // 2 ~ 5 % 3 }}|{{ 'ab' * 3 }}|{{ 'ab' * -1 }}|{{ 'a' * 70 }}`, `-4|-4|2|-2|8|122|ababab||aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`},
		{`{{ nope|default('x') }}{{ ''|default('y', true) }}{{ 0|default(1, true) }}{{ 0|default(1, false) }}{{ 'v'|default('w', true) }}{{ [1]|default('w', true) }}{{ {}|default('w', true) }}{{ nope|default }}|{{ none|default('n', true) }}`, `xy10v[1]w|n`},
		{`{{ 'a.b.c'|replace('.', '--') }}{{ 'xx'|replace('y', 'z') }}{{ ''|replace('a', 'b') }}x{{ 'aaa'|replace('aa', 'b') }}`, `a--b--cxxxba`},
		{`{% macro m(a, b='d', c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}x{{ m(1) }}{{ m(1, 2) }}{{ m(1, 2, 3) }}{{ m(b=5, a=4) }}{{ m(m(7)) }}`, `x1d11211234547d7d7d7`},
		{`{% for i in range(3, -3, -2) %}{{ i }},{{ loop.last }};{% endfor %}{% for i in range(0) %}{{ i }}{% else %}none{% endfor %}{% for i in [5, 6] %}{{ loop.previtem|default('-') }}{{ i }}{% endfor %}`, `3,False;1,False;-1,True;none-556`},
		{`{{ [3, 1, 2]|sort }}{{ ['b', 'A', 'c']|sort(reverse=true) }}{{ {'b': 1, 'a': [1, 2.5, none, true, 'ü"\\<'], 'c': 'x y'}|tojson }}`, `[1, 2, 3]['c', 'b', 'A']{"a": [1, 2.5, null, true, "\u00fc\"\\\u003c"], "b": 1, "c": "x y"}`},
		{`{{ ['a', 'B']|map('upper')|join }}{{ ['a', 'bb']|map('length')|list }}{{ [1, 0]|map('default', 'x', true)|list }}{{ ['a.b']|map('replace', '.', '-')|first }}`, `AB[1, 2][1, 'x']a-b`},
		{`{{ ['x'] ~ [1] ~ 2 ~ none ~ 'y' }}{{ 'p' if 1 > 2 else 3 + 4 }}{{ 'p' if 2 > 1 else 'q' }}`, `['x'][1]2Noney7p`},
	} {
		got, err := render(t, jinja.New(), c.text, value.NewDict())
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

// TestShortcutsKeepSecrets renders secret values through the shortcuts: the text is secret too.
func TestShortcutsKeepSecrets(t *testing.T) {
	mark := func(v value.Value) value.Value { return value.WithMarks(v, value.Marks{Secret: true}) }
	vars := value.DictOf(
		"s", mark(value.NewStr("Geheim")), "n", mark(value.NewInt(7)), "l", value.NewList(value.NewStr("a"), mark(value.NewStr("b"))),
		"ml", mark(value.NewList(value.NewStr("a"), value.NewStr("b"))), "p", value.NewStr("open"),
	)
	for _, text := range []string{
		"{{ s | lower }}", "x{{ s | upper }}", "{{ s | replace('e', 'i') }}", "{{ p | replace('e', s) }}", "{{ s | default('x') }}",
		"{{ p | default(s) }}", "{{ nothing | default(s) }}", "{{ l | join(',') }}", "{{ ml | join }}", "{{ ['a', 'b'] | join(s) }}",
		"{{ ml | length }}", "{{ n + 1 }}", "{{ n * 2 }}", "a{{ 'x' ~ (n - 1) }}", "{{ ' ' * n }}", "{{ s }}", "{{ n // 2 }}", "{{ n % 2 + 1 }}",
		"{{ 'x' * n }}", "x{{ s if n else p }}", "{{ [p, s] | map('upper') | join }}", "x{{ p | replace('p', s) }}", "{{ s | default('x', true) }}",
		"{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(s) }}", "{% macro m(a) %}<{{ a | lower }}>{% endmacro %}{{ m(s) }}",
	} {
		tmpl, err := jinja.New().Parse(jinja.Source{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		v, err := tmpl.Render(context.Background(), jinja.DictVars{Dict: vars})
		if err != nil || !value.IsSecret(v) {
			t.Errorf("%s: the result is not secret (%v)", text, err)
		}
	}
}
