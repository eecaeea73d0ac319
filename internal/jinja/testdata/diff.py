#!/usr/bin/python3
"""Makes random templates and records what Jinja2 3.1 makes of them, for TestDifferential:

  python3 diff.py SEED COUNT > /tmp/diff.jsonl; JINJA_DIFF=/tmp/diff.jsonl go test -run Differential ."""
import json
import random
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
           'int', 'float', 'abs', 'round', 'string', 'join', "join(',')", 'default(1)', "default('d', true)", 'tojson|string', 'e|string', 'wordcount', 'items|list',
           'dictsort', "replace('l', 'L')", "replace('', '-')", 'batch(2)|list', 'slice(2)|list', 'indent', 'indent(2, true)', 'truncate(5)', 'truncate(6, true, \'..\')',
           'center(9)', 'urlencode', 'striptags', "map('upper')|list", "select('odd')|list", "map(attribute='n')|list", "selectattr('v', 'gt', 1)|list",
           "sort(attribute='v')", "sort(reverse=true)", "groupby('v')", 'filesizeformat', "int(base=16)", 'round(1)', "round(1, 'floor')", "round(-1)", 'pprint', 'wordwrap(5)',
           "xmlattr", "format(1)", "random|string|length > 0", "map('int')|list", "map('length')|list", "reject('none')|list", "sum(start=10)",
           "unique(true)|list", "min(attribute='v')", "rejectattr('n', 'eq', 'x')|list", "sort(attribute='n,v')", "join('-', attribute='n')", 'count', 'd', "wordwrap(4, false)"]
TESTS = ['defined', 'undefined', 'none', 'string', 'number', 'integer', 'float', 'boolean', 'mapping', 'sequence', 'iterable', 'odd', 'even', 'divisibleby(3)',
         'lower', 'upper', 'true', 'false', 'eq(1)', 'gt(2)', "in([1, 'a'])", 'callable', 'sameas(none)', 'escaped', "ne('x')", 'not none', 'not string']
METHODS = ['.upper()', '.split(",")', '.split()', '.items()|list', '.keys()|list', '.get("a")', '.get("zz", 5)', '.startswith("H")', '.strip("Hd")', '.index(1)', '.count(1)',
           '.replace("o", "0")', '.find("o")', '.isdigit()', '.title()', '.zfill(8)', '.rjust(12, "*")', '.partition(" ")', '.rsplit(",", 1)', '.splitlines()', '.swapcase()',
           '.format(1)', '.encode()', '.isalpha()', '.join(["1", "2"])', '.a', '.b', '.n', '["a"]', '[0]', '[-1]', '[5]', '[1:]', '[::-1]', '[:2]', '[::2]', '[-2:]', '[0].n', '.real', '.c.1']
OPS = ['+', '-', '*', '/', '//', '%', '**', '~', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', 'not in']
LITS = ['0', '1', '2', '3', '-1', '10', '1.5', '0.1', '1e3', "'a'", "'ab c'", '""', "'%s'", "'%d-%s'", 'true', 'false', 'none', '[]', '[1, 2]', '{}', "{'a': 1}", '(1,)', "('a', 2)", '1_000', '0xff', "'{}'", "'{:>5}'", '"\\n"']


def ex(d):
    r = R()
    if d <= 0 or r < .12:
        return C(NAMES) if R() < .6 else C(LITS)
    if r < .40:
        return '%s|%s' % (atom(d - 1), C(FILTERS))
    if r < .50:
        return '%s is %s' % (atom(d - 1), C(TESTS))
    if r < .62:
        m = C(METHODS)
        return (C(NAMES) if m[0] == '[' else atom(d - 1)) + m
    if r < .84:
        op = C(OPS)
        if op in ('**', '*'):
            return '%s %s %s' % (atom(d - 1), op, C(['2', '3', '0', '-1', 'i', 'f', 'n', 'b', "'a'", 'l']))
        return '%s %s %s' % (atom(d - 1), op, atom(d - 1))
    if r < .88:
        return '%s if %s else %s' % (atom(d - 1), ex(d - 1), atom(d - 1))
    if r < .91:
        return 'not ' + atom(d - 1)
    if r < .94:
        return '[%s, %s]' % (ex(d - 1), ex(d - 1))
    if r < .96:
        return "{'k': %s}" % ex(d - 1)
    if r < .98:
        return '-' + atom(d - 1)
    return '%s < %s <= %s' % (atom(d - 1), atom(d - 1), atom(d - 1))


def atom(d):
    e = ex(d)
    return e if all(c.isalnum() or c in "_'" for c in e) else '(%s)' % e


def tm(d):
    r = R()
    if d <= 0 or r < .45:
        return '{{ %s }}' % ex(2)
    if r < .55:
        return '{%% if %s %%}%s{%% else %%}%s{%% endif %%}' % (ex(1), tm(d - 1), tm(d - 1))
    if r < .70:
        v = C(['x', 'y', 'i', 'k'])
        cond = ' if ' + C([v, v + ' != 1', 'loop is defined', v + ' is defined']) if R() < .2 else ''
        body = C(['', '{{ loop.index }}', '{{ loop.last }}', '{{ loop.revindex }}', '{{ loop.cycle(1, 2) }}', '{% set s = loop.index %}{{ s }}', '{{ loop.nextitem|default("-") }}'])
        return '{%% for %s in %s%s %%}%s{{ %s }}%s{%% else %%}E{%% endfor %%}' % (v, C(['l', 'ls', 'd', 's', 'le', 'lo', 'll', 'range(3)', 'lm', ex(1)]), cond, body, v, tm(d - 1))
    if r < .80:
        v = C(['x', 'y', 's', 'l'])
        return '{%% set %s = %s %%}%s{{ %s }}' % (v, ex(1), tm(d - 1), v)
    if r < .86:
        return '{%% macro m(a, b=%s) %%}{{ a }}%s{{ b }}{%% endmacro %%}{{ m(%s) }}{{ m(%s, b=%s) }}' % (ex(0), tm(d - 1), ex(1), ex(0), ex(0))
    if r < .90:
        return '{%% with x = %s, s = 1 %%}{{ x }}{{ s }}%s{%% endwith %%}{{ s }}' % (ex(1), tm(d - 1))
    if r < .94:
        return '{%% set q %%}%s{%% endset %%}{{ q }}' % tm(d - 1)
    if r < .97:
        return '{%% filter %s %%}%s{%% endfilter %%}' % (C(['upper', 'title', 'indent', 'length']), tm(d - 1))
    return tm(d - 1) + C([' ', '\n', ' - ', '  {#- c -#} ']) + tm(d - 1)


env = jinja2.Environment(undefined=jinja2.StrictUndefined)
vars_json = json.dumps(VARS)
seen = set()
n = 0
while n < int(sys.argv[2]):
    t = '{{ %s }}' % ex(3) if R() < .6 else tm(3)
    if t in seen or len(t) > 400:
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
    # what Jinja2 calls its undefined values, and texts that are not joined but printed one by one, are no matter here
    if any(w in c.get('text', '') + c.get('message', '') for w in (' at 0x', 'Undefined', 'UNDEFINED', 'sequence item', 'Markup', 'index-sized')) \
            or any(w in t for w in ('nope in', 'nope not in', '% nope', '|random', '.encode')):
        continue
    if len(c.get('text', '')) < 5000:
        c['vars'] = VARS
        print(json.dumps(c, ensure_ascii=False))
