#!/usr/bin/python3
"""Makes random templates and records what Jinja2 3.1 makes of them, for TestDifferential:

  python3 diff.py SEED COUNT > /tmp/diff.jsonl; JINJA_DIFF=/tmp/diff.jsonl go test -run Differential ."""
import json
import random
import re
import sys

import jinja2

rnd = random.Random(int(sys.argv[1]))
R, C = rnd.random, rnd.choice
VARS = {'i': 7, 'n': -3, 'z': 0, 'f': 2.5, 'g': -0.125, 'b': True, 'no': False, 'none': None, 's': 'Hello World', 'e': '', 't': 'x,y,z',
        'u': 'Grüße ß', 'num': '42', 'fl': '3.75', 'l': [3, 1, 2], 'le': [], 'ls': ['b', 'A', 'c'], 'lm': [1, 'a', None, 2.0],
        'd': {'a': 1, 'b': 'two', 'c': [1, 2]}, 'de': {}, 'lo': [{'n': 'x', 'v': 2}, {'n': 'y', 'v': 1}, {'n': 'X', 'v': 3}],
        'big': 10**20, 'll': [[1, 2], [3, 4]], 'h': '<a href="x">&amp;</a>'}
NAMES = [k for k in VARS if k != 'none'] + ['nope']
FILTERS = ['upper', 'lower', 'title', 'capitalize', 'trim', 'length', 'list', 'first', 'last', 'reverse|list', 'sort', 'unique|list', 'sum', 'min', 'max',
           'int', 'float', 'abs', 'round', 'string', 'join', "join(',')", 'default(1)', "default('d', true)", 'wordcount', 'items|list',
           'dictsort', "replace('l', 'L')", "replace('', '-')", 'batch(2)|list', 'slice(2)|list', 'indent', 'indent(2, true)', 'truncate(5)', 'truncate(6, true, \'..\')',
           'center(9)', 'urlencode', 'striptags', "map('upper')|list", "select('odd')|list", "map(attribute='n')|list", "selectattr('v', 'gt', 1)|list",
           "sort(attribute='v')", "sort(reverse=true)", "groupby('v')", 'filesizeformat', "int(base=16)", 'round(1)', "round(1, 'floor')", "round(-1)", 'pprint', 'wordwrap(5)',
           "format(1)", "random|string|length > 0", "map('int')|list", "map('length')|list", "reject('none')|list", "sum(start=10)",
           "unique(true)|list", "min(attribute='v')", "rejectattr('n', 'eq', 'x')|list", "sort(attribute='n,v')", "join('-', attribute='n')", 'count', 'd', "wordwrap(4, false)"]
TESTS = ['defined', 'undefined', 'none', 'string', 'number', 'integer', 'float', 'boolean', 'mapping', 'sequence', 'iterable', 'odd', 'even', 'divisibleby(3)',
         'lower', 'upper', 'true', 'false', 'eq(1)', 'gt(2)', "in([1, 'a'])", 'callable', 'sameas(none)', 'escaped', "ne('x')", 'not none', 'not string']
METHODS = ['.upper()', '.split(",")', '.split()', '.items()|list', '.keys()|list', '.get("a")', '.get("zz", 5)', '.startswith("H")', '.strip("Hd")', '.index(1)', '.count(1)',
           '.replace("o", "0")', '.find("o")', '.isdigit()', '.title()', '.zfill(8)', '.rjust(12, "*")', '.partition(" ")', '.rsplit(",", 1)', '.splitlines()', '.swapcase()',
           '.format(1)', '.isalpha()', '.join(["1", "2"])', '.a', '.b', '.n', '["a"]', '[0]', '[-1]', '[5]', '[1:]', '[::-1]', '[:2]', '[::2]', '[-2:]', '[0].n', '.real', '.c.1']
OPS = ['+', '-', '*', '/', '//', '%', '**', '~', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', 'not in']
LITS = ['0', '1', '2', '3', '-1', '10', '1.5', '0.1', '1e3', "'a'", "'ab c'", '""', "'%s'", "'%d-%s'", 'true', 'false', 'none', '[]', '[1, 2]', '{}', "{'a': 1}", '(1,)', "('a', 2)", '1_000', '0xff', "'{}'", "'{:>5}'", '"\\n"']


# arguments with names, and calls that fail in one argument
KWFILTERS = ["default(value=1)", "default(default_value='x', boolean=true)", "join(d='-')", "round(precision=1, method='ceil')", "round(method='floor')",
             "replace(old='l', new='_')", "replace('o', '0', 1)", "truncate(length=7, killwords=true)", "truncate(7, leeway=0)", "truncate(8, false, '~', 2)",
             "indent(width=3, first=true)", "indent(2, blank=true)", "indent('> ')", "batch(3, 'x')|list", "slice(3, 'y')|list", "wordwrap(6, wrapstring='|')",
             "wordwrap(5, break_on_hyphens=false)", "sort(case_sensitive=true)", "sort(reverse=true, attribute='v')", "unique(attribute='n')|list", "groupby('n')|list",
             "groupby('v', default=0)", "groupby('n', case_sensitive=true)", "map(attribute='n', default='?')|list", "map('default', 9)|list", "map('replace', 'a', 'b')|list",
             "map('round', 1)|list", "select('gt', 1)|list", "select()|list", "reject()|list", "reject('eq', 1)|list", "select('in', [1, 'a'])|list", "selectattr('n')|list",
             "selectattr('n', 'eq', 'x')|map(attribute='v')|list", "rejectattr('v')|list", "sum(attribute='v')", "sum('v', 5)", "max(attribute='v')", "min(case_sensitive=true)",
             "dictsort(by='value')", "dictsort(true)", "dictsort(reverse=true)", "dictsort(false, 'value')", "int(default=-1)", "int(7, 8)", "int(base=2)", "float(default=0.5)",
             "center(width=11)", "trim('Hd')", "trim(chars='x')", "striptags", "xmlattr(false)",
             "filesizeformat(true)", "filesizeformat(binary=true)", "string|list", "attr('n')", "title|length",
             "first|default('none')", "last|default('none')", "list|length", "wordcount", "upper(1)", "lower(x=1)", "round(1, 2, 3)", "join(1, 2, 3)",
             "map|list", "select('notest')|list", "format(1, 2)", "format(a=1)", "items|list|length", "unique(case_sensitive=true)|list", "random|string|length > 0", "pprint(1)"]
# what gives Markup stands outermost: what filters of our own make of one is a str
MARKUP = ['tojson', 'e', 'escape', 'tojson(indent=1)', 'forceescape', 'safe', 'urlize', 'urlize(20)', 'urlize(nofollow=true)', 'xmlattr', 'xmlattr(false)', 'e|string', 'striptags']
MORETESTS = ['eq 1', 'lt 3', 'ge(2)', 'le 2', 'sameas none', 'sameas(true)', 'in "abc"', 'not divisibleby 2', 'divisibleby(0)', 'filter', 'test', 'equalto(1)', 'greaterthan 1', 'lessthan(2)',
             "filter('upper')", 'not in [1, 2]', 'upper(1)', 'eq', 'odd(1)', 'undefined and false']
MOREMETHODS = ['.lower()', '.capitalize()', '.casefold()', '.center(9, "-")', '.ljust(7, ".")', '.expandtabs(4)', '.endswith("d")', '.endswith(("x", "d"))', '.isalnum()', '.isupper()', '.isspace()', '.istitle()',
               '.isnumeric()', '.isidentifier()', '.lstrip()', '.rstrip("d")', '.rfind("l")', '.rindex("q")', '.rpartition(",")', '.removeprefix("He")', '.removesuffix("ld")', '.split(",", 1)', '.split("")',
               '.splitlines(true)', '.translate({108: "L"})', '.format_map({"a": 1})', '.values()|list', '.copy()', '.count("l")', '.index("a")', '.index(99)', '.pop(0)', '.is_integer()', '.bit_length()',
               '.hex()', '.as_integer_ratio()', '.conjugate()', '.imag', '.nothing()', '.get()', '.get("a", "b", "c")', '.keys()', '.values()', '.items()', '.replace("l", "L", 1)', '.zfill("a")',
               '.join(5)', '.join([1])', '.split(1)', '.upper(1)', '.format("x", a=1)', '.strip(1)', '.fromkeys([1, 2])', '[1:-1]', '[::0]', '[10:]', '["zz"]', '[1.5]', '[true]', '[none]', '[:"a"]', '[-2:0:-1]', '[0][0]', '.0', '.a.b', '["c"][0]']
FORMATS = ["'%s|%r' % (A, A)", "'%5s|%-5s' % (A, A)", "'%d' % A", "'%05.1f' % A", "'%x' % A", "'%e' % A", "'%g' % A", "'%c' % A", "'%(a)s' % A", "'%%' % A", "'%+d' % A", "'% d' % A", "'%.2s' % A", "'%i%%' % A",
           "'%s %s' % A", "'{}{}'.format(A, 1)", "'{0}{0}'.format(A)", "'{:>8}|'.format(A)", "'{:<8}|'.format(A)", "'{:^8}|'.format(A)", "'{:08.2f}'.format(A)", "'{:,}'.format(A)", "'{:x}'.format(A)",
           "'{:+}'.format(A)", "'{:e}'.format(A)", "'{:%}'.format(A)", "'{!r}'.format(A)", "'{a}'.format(a=A)", "'{0[a]}'.format(A)", "'{0.n}'.format(A)", "'{:_}'.format(A)", "'{:b}'.format(A)", "'{:#o}'.format(A)",
           "'{:*^9}'.format(A)", "'{'.format(A)", "'{:q}'.format(A)", "'%q' % A", "'%*d' % (5, A)", "'%#x' % A", "'{:.3}'.format(A)", "'{:g}'.format(A)", "'{:=+6}'.format(A)"]
CALLS = ['range(A)|list', 'range(1, A)|list', 'range(5, 0, i)|list', 'dict(a=A)', 'dict(A)', 'dict(A, b=1)', "cycler(1, A).next()", "joiner(A)()", "namespace(a=A).a", 'A()', 'A(1)', 'nofunc(A)', 'i(A)', 'range(A, B)|list|length']


def ex(d):
    r = R()
    if d <= 0 or r < .12:
        return C(NAMES) if R() < .6 else C(LITS)
    if r < .38:
        return '%s|%s' % (atom(d - 1), C(FILTERS if R() < .5 else KWFILTERS))
    if r < .47:
        return '%s is %s' % (atom(d - 1), C(TESTS if R() < .6 else MORETESTS))
    if r < .60:
        m = C(METHODS if R() < .5 else MOREMETHODS)
        return (C(NAMES) if m[0] == '[' else atom(d - 1)) + m
    if r < .65:
        return C(FORMATS).replace('A', atom(d - 1))
    if r < .68:
        return C(CALLS).replace('A', atom(d - 1)).replace('B', atom(d - 1))
    if r < .84:
        op = C(OPS)
        if op in ('**', '*'):  # powers stay small, and real: Python's complex numbers are no values of ours
            return '%s %s %s' % (atom(d - 1), op, C(['2', '3', '0', '-1', 'i', 'n', "'a'", 'l']))
        return '%s %s %s' % (atom(d - 1), op, atom(d - 1))
    if r < .87:
        return '%s if %s else %s' % (atom(d - 1), ex(d - 1), atom(d - 1))
    if r < .88:
        return '%s if %s' % (atom(d - 1), ex(d - 1))
    if r < .91:
        return 'not ' + atom(d - 1)
    if r < .93:
        return '[%s, %s]' % (ex(d - 1), ex(d - 1))
    if r < .94:
        return '(%s, %s)' % (ex(d - 1), ex(d - 1))
    if r < .96:
        return "{'k': %s, %s: 1}" % (ex(d - 1), C(["'j'", '2', 'i', 's', 'none']))
    if r < .98:
        return C('-+') + atom(d - 1)
    return '%s %s %s %s %s' % (atom(d - 1), C(['<', '==', '!=', 'in']), atom(d - 1), C(['<=', '>', '==', 'not in']), atom(d - 1))


def atom(d):
    e = ex(d)
    return e if all(c.isalnum() or c in "_'" for c in e) else '(%s)' % e


def ws(text):
    """Whitespace control at some of the tags."""
    if R() < .12:
        text = text.replace('{%', '{%-', 1)
    if R() < .12:
        text = text.replace('%}', '-%}', 1)
    return text


LOOPS = ['', '{{ loop.index }}', '{{ loop.last }}', '{{ loop.revindex }}', '{{ loop.cycle(1, 2) }}', '{% set s = loop.index %}{{ s }}', '{{ loop.nextitem|default("-") }}', '{{ loop.first }}', '{{ loop.length }}',
         '{{ loop.index0 }}{{ loop.revindex0 }}', '{{ loop.previtem|default("^") }}', '{{ loop.depth }}{{ loop.depth0 }}', '{{ loop.changed(loop.index // 2) }}', '{% if loop.index > 2 %}{% break %}{% endif %}',
         '{% if loop.first %}{% continue %}{% endif %}', '{% set ns.c = loop.index %}', '{% do ls.append(1) if false %}', '{{ loop.nothing }}', '{{ loop(1) }}']


def tm(d):
    return ws(tm1(d))


def tm1(d):
    r = R()
    if d <= 0 or r < .38:
        return '{{ %s }}' % ex(2)
    if r < .40:
        return C(['{{ %s|%s }}' % (atom(2), C(MARKUP)), '{{ %s|nofilter(i) }}' % atom(1), '{{ 1 if %s is notest else %s }}' % (atom(1), atom(1)), '{{ 1 if %s|nofilter(%s) }}' % (atom(1), atom(0))])
    if r < .48:
        return '{%% if %s %%}%s{%% elif %s %%}%s{%% else %%}%s{%% endif %%}' % (ex(1), tm(d - 1), ex(0), tm(d - 1), tm(d - 1))
    if r < .62:
        v = C(['x', 'y', 'i', 'k', 'a, b', 'a, b', '(a, b), c'])
        one = v.split(',')[0].strip('(')
        cond = ' if ' + C([one, one + ' != 1', 'loop is defined', one + ' is defined', 'a is string']) if R() < .2 else ''
        return '{%% for %s in %s%s %%}%s{{ %s }}%s{%% else %%}E{%% endfor %%}' % (
            v, C(['l', 'ls', 'd', 's', 'le', 'lo', 'll', 'range(3)', 'lm', 'd.items()', 'll', 'd|dictsort', 'lo|groupby("v")', 'll|map("sort")', ex(1)]), cond, C(LOOPS), one, tm(d - 1))
    if r < .64:
        return '{%% for x in %s recursive %%}[{{ loop.depth }}{%% if x is iterable and x is not string %%}{{ loop(x) }}{%% else %%}{{ x }}{%% endif %%}]{%% endfor %%}' % C(['ll', 'l', 'd', 'lm', ex(1)])
    if r < .71:
        v = C(['x', 'y', 's', 'l', 'ns.q', 'ns.c', 'x, y'])
        return '{%% set %s = %s %%}%s{{ %s }}' % (v, ex(1) if ',' not in v else C(['1, 2', 'll', 'l', "'ab'", ex(1)]), tm(d - 1), v.split(',')[0])
    if r < .78:
        return '{%% macro m(a, b=%s%s) %%}{{ a }}%s{{ b }}%s{%% endmacro %%}{{ m(%s) }}{{ m(%s, b=%s%s) }}' % (
            ex(0), C(['', '', ', c=a']), tm(d - 1), C(['', '', '{{ varargs }}', '{{ kwargs }}', '{{ caller is defined }}', '{{ m.name }}{{ m.arguments }}', '{{ c }}']), ex(1), ex(0), ex(0), C(['', '', ', z=1', ', c=2']))
    if r < .82:
        return '{%% macro w(a=1) %%}<{{ caller(%s) }}>{{ a }}{%% endmacro %%}{%% call%s w(%s) %%}%s{%% endcall %%}' % (C(['', 'a', '1, 2']), C(['', '(x)', '(x, y=3)']), C(['', '5', 'a=l']), C([tm(d - 1), '{{ x }}']))
    if r < .86:
        return '{%% with x = %s, s = 1 %%}{{ x }}{{ s }}%s{%% endwith %%}{{ s }}' % (ex(1), tm(d - 1))
    if r < .89:
        return '{%% set q%s %%}%s{%% endset %%}{{ q }}' % (C(['', '', ' | upper', ' | replace("a", "b")', ' | length']), tm(d - 1))
    if r < .91:
        return '{%% filter %s %%}%s{%% endfilter %%}' % (C(['upper', 'title', 'indent', 'replace("e", "3")|trim', 'truncate(4)']), tm(d - 1))
    if r < .955:
        return C(['{%% include %s %%}', '{%% include %s ignore missing %%}', '{%% import %s as mod %%}{{ mod.mm(1) }}', '{%% from %s import mm, vv %%}{{ mm(2) }}{{ vv }}',
                  '{%% from %s import mm as q with context %%}{{ q(s) }}', '{%% import %s as mod with context %%}{{ mod.vv }}{{ mod.zz }}']) % C(["'inc'", "'lib'", "'lib'", "'gone'", "['gone', 'inc']", 'nope', "'ch'", "'bad'"])
    if r < .965:
        return '{% autoescape ' + C(['true', 'false']) + ' %}' + tm(d - 1) + '{% endautoescape %}'
    if r < .975:
        return '{% raw %}{{ x {% }{% endraw %}' + tm(d - 1)
    return tm(d - 1) + C([' ', '\n', ' - ', '  {#- c -#} ', '\n  ']) + tm(d - 1)


def whole():
    r = R()
    if r < .06:
        return "{%% extends %s %%}{%% block a %%}%s%s{%% endblock %%}%s" % (
            C(["'base'", "'base'", "'mid'", "'gone'", 'nope', "'base' if b else 'mid'"]), C(['', '{{ super() }}', '{{ self.b() }}', '{{ super.super() }}', '{{ loop }}']), tm(2),
            C(['', '{% block b scoped %}{{ x }}{{ i }}{% endblock %}', '{% set s = 9 %}', '{% macro z() %}{% endmacro %}', '{% block c %}{% endblock %}']))
    if r < .10:
        return '{%% block a %%}%s{%% endblock %%}{{ self.a() }}' % tm(2)
    if r < .13:  # within a macro it would make a generator of the macro
        return tm(2) + "{% include 'inc' without context %}" + tm(1)
    return ('{% set ns = namespace(c=0, q=s) %}' if R() < .5 else '') + tm(3)


FILES = {'inc': '[{{ x }}{{ i }}{{ s|upper }}]', 'lib': '{% macro mm(a, b=2) %}({{ a }}/{{ b }}/{{ s }}){% endmacro %}{% set vv = 7 %}{% set _p = 1 %}',
         'base': '<{% block a %}A{{ i }}{% endblock %}{% for x in l %}{% block b scoped %}{{ x }}{% endblock %}{% endfor %}>', 'mid': "{% extends 'base' %}{% block a %}M{{ super() }}{% endblock %}",
         'ch': "{% extends 'base' %}{% set vv = 1 %}{% macro mm(a) %}{{ a }}{% endmacro %}", 'bad': '{% if %}'}


env = jinja2.Environment(undefined=jinja2.StrictUndefined, loader=jinja2.DictLoader(FILES), extensions=['jinja2.ext.do', 'jinja2.ext.loopcontrols'])
vars_json = json.dumps(VARS)
seen = set()
n = 0
while n < int(sys.argv[2]):
    t = '{{ %s }}' % ex(3) if R() < .6 else whole()
    # ranges beyond 64 bits have a limit of their own here
    if t in seen or len(t) > 500 or 'range(big' in t or re.search(r'range\([^)]*\bbig\b', t):
        continue
    seen.add(t)
    n += 1
    c = {'template': t}
    try:
        c['text'] = env.from_string(t).render(**json.loads(vars_json))
    except jinja2.TemplateSyntaxError as e:
        c['error'], c['message'], c['line'] = type(e).__name__, e.message, e.lineno
    except Exception as e:
        c['error'], c['message'] = type(e).__name__, str(e)
    # addresses in memory are different every time
    if any(w in c.get('text', '') + c.get('message', '') for w in (' at 0x', 'bt 0x', ' AT 0X', ' At 0X')) or '|random' in t:
        continue
    if len(c.get('text', '')) < 5000:
        c['vars'], c['files'] = VARS, FILES
        print(json.dumps(c, ensure_ascii=False))
