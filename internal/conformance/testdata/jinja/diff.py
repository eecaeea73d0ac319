#!/usr/bin/python3
"""Makes random cases of the corpus for Ansible's templating, without results:

  python3 diff.py SEED COUNT > cases.jsonl

The oracle (oracle.py of the corpus, with ansible-core 2.19) adds what it makes of them; JINJA_CASES=… go test -run TestJinja
compares. .ci/jinja-diff does all of it."""
import json
import random
import sys

rnd = random.Random(int(sys.argv[1]))
R, C = rnd.random, rnd.choice
VARS = {'i': 7, 'n': -3, 'f': 2.5, 'b': True, 'no': False, 'nil': None, 's': 'Hello World', 'e': '', 't': 'x,y,z', 'num': '42', 'l': [3, 1, 2], 'le': [],
        'ls': ['b', 'A', 'c'], 'd': {'a': 1, 'b': 'two', 'c': [1, 2]}, 'de': {}, 'lo': [{'n': 'x', 'v': 2}, {'n': 'y', 'v': 1}, {'n': 'X', 'v': 3}],
        'll': [[1, 2], [3, [4, None]]], 'u': 'Grüße', 'p': '/etc/nginx/site.conf.bak', 'url': 'https://u:pw@h.example:8443/a/b?q=1#f', 'ver': '1.10.2',
        'ts': '2024-03-01 10:20:30', 'y': 'a: 1\nb: [x, 2]\n', 'j': '{"a": [1, 2.0, null], "b": "x"}', 'tpl': '{{ i + 1 }}', 'bad': '{{ nope }}',
        'm2': {'b': {'x': 1}, 'z': [9]}, 'm1': {'b': {'y': 2}, 'z': [1, 9]}, 'un': {'__untrusted__': '{{ i }}'}, 'lu': ['{{ s }}', {'k': '{{ l }}'}],
        'r': {'changed': True, 'failed': False, 'rc': 0, 'stdout': 'out'}, 'rf': {'failed': True, 'skipped': False}, 'cidr': '10.1.2.3/24'}
NAMES = list(VARS) + ['nope', 'nope.a', 'd.a', 'd.nope', 'lo[0].n', 'd.c[1]', 'omit', 'r.stdout']
LITS = ['0', '1', '2', '-1', '1.5', "'a'", "'A b'", "''", 'true', 'false', 'none', '[]', '[1, 2]', '{}', "{'a': 1}", "('a', 2)", "'yes'", "'1.5K'", "'2024-01-02'", '10**3', "'x=1'"]
FILTERS = ['b64encode', 'b64decode', 'bool', 'checksum', 'combine({"q": 1})', 'combine(m1)', 'combine(m2, recursive=true)', 'combine(m1, m2, recursive=true, list_merge="append_rp")',
           'combine(m1, list_merge="prepend")', 'comment', "comment('c')", "comment(decoration='! ')", "comment('plain', prefix='#\n', postfix='')", 'dict2items', "dict2items(key_name='k', value_name='w')",
           'difference([1])', 'dirname', 'basename', 'expanduser', 'expandvars', "extract(d)", "map('extract', d)", 'flatten', 'flatten(levels=1)', 'flatten(skip_nulls=false)', 'from_json', 'from_yaml', 'from_yaml_all',
           'hash', "hash('md5')", "hash('nope')", 'human_readable', 'human_readable(isbits=true)', "human_readable(unit='K')", 'human_to_bytes', "human_to_bytes(default_unit='M')", 'intersect([1, 3])', 'items2dict',
           "items2dict(key_name='n', value_name='v')", 'log', 'log(2)', 'pow(2)', 'root', 'mandatory', "mandatory(msg='M')", 'md5', 'normpath', "path_join", 'permutations(2)', 'combinations(2)', 'product([1])', 'quote', 'realpath',
           "regex_escape", "regex_findall('[a-z]+')", "regex_findall('(.)(.)')", "regex_replace('(.)o', '<\\1>')", "regex_replace('l', 'L', count=1)", "regex_replace('^', 'x')", "regex_search('o.*')", "regex_search('(l+)(o)', '\\1', '\\2')",
           "regex_search('zz')", "regex_search('H', ignorecase=true)", "rekey_on_member('n')", "rekey_on_member('n', duplicates='overwrite')", "relpath('/etc')", 'sha1', 'split', "split(',')", 'splitext', "strftime('%Y')", "subelements('c')", 'symmetric_difference([1, 5])',
           "ternary('T', 'F')", "ternary('T', 'F', 'N')", 'to_datetime', "to_datetime('%Y-%m-%d')", 'to_json', 'to_json(indent=2)', 'to_json(sort_keys=true)', 'to_nice_json', 'to_nice_json(indent=2)', 'to_nice_yaml', 'to_nice_yaml(indent=2)', 'to_yaml', 'to_uuid', 'type_debug',
           'union([4])', 'unique', "unique(attribute='v')", 'urldecode', 'urlencode', 'urlsplit', "urlsplit('hostname')", "urlsplit('nope')", 'win_basename', 'win_dirname', 'win_splitdrive', 'zip([1, 2])', 'zip_longest([1], fillvalue="-")', 'commonpath', 'fileglob',
           'default(1)', "default('x', true)", 'default(omit)', 'd', 'list', 'length', 'first', 'last', 'sort', 'reverse', 'join', "join(',')", 'int', 'float', 'string', 'upper', 'lower', 'title', 'trim', 'replace("o", "0")', 'sum', 'min', 'max', 'abs', 'round', 'items',
           "map(attribute='n')", "map('upper')", "map('regex_replace', 'x', 'y')", "map('int')", "selectattr('v', 'gt', 1)", "selectattr('n', 'match', 'x')", "select('match', 'A')", "select('odd')", "rejectattr('n', 'defined')", "reject('none')", "groupby('v')", 'dictsort', 'batch(2)', 'slice(2)',
           'tojson', 'indent', 'truncate(5)', 'wordcount', 'pprint', 'center(9)', 'e', 'unvault("x")', 'random(seed=1)', 'shuffle(seed=1)', "vault('x', salt='s' * 32) | length", 'product(["a"]) | length', 'json_query("a")', 'json_query("[*].n")', 'json_query("b.x")', 'ansible.utils.ipaddr', "ansible.utils.ipaddr('network')",
           'hash("sha256")', "password_hash('sha512', 'saltsalt')", 'nofilter', 'to_nice_yaml(width=20)', "unique(case_sensitive=true)", "subelements('nope', skip_missing=true)", "path_join | basename", 'zip | list', 'dict2items | items2dict', 'to_json | from_json', 'to_yaml | from_yaml', 'community.general.dict_kv("k")']
TESTS = ['defined', 'undefined', 'none', 'string', 'number', 'mapping', 'sequence', 'iterable', 'boolean', 'integer', 'float', 'odd', 'even', 'divisibleby(3)', 'changed', 'failed', 'skipped', 'success', 'succeeded', 'reachable', 'match("H")', 'search("l")', 'regex("o")', 'regex("O", ignorecase=true)',
         "version('1.9', '>')", "version('1.9', 'lt', strict=true)", "version('2', '>=', version_type='semver')", 'subset([1, 2, 3])', 'superset([1])', 'contains("a")', 'contains(1)', 'in [1, 2]', 'exists', 'file', 'directory', 'abs', 'link', 'any', 'all', 'truthy', 'falsy', 'truthy(convert_bool=true)', 'nan', 'vault_encrypted', 'uri', 'url', 'eq(1)', 'lt(2)', 'sameas(true)', 'notest', 'finished', 'started', 'timedout', 'issubset([1])', 'ansible.utils.ipv4']
OPS = ['+', '-', '*', '/', '//', '%', '~', '==', '!=', '<', '>=', 'and', 'or', 'in', 'not in']
METHODS = ['.upper()', '.split(",")', '.items()', '.keys()', '.get("a")', '.get("zz", 5)', '.startswith("H")', '.strip()', '.format(1)', '.a', '.n', '["a"]', '[0]', '[-1]', '[1:]', '[::-1]', '[5]', '.nope', '.__class__', '.append(1)', '.update({"q": 2})', '.pop()', '.values()', '.copy()', '.index(1)', '.join(["1"])']
LOOKUPS = ["lookup('env', 'ORACLE_TEXT')", "lookup('env', 'ORACLE_UNSET')", "lookup('env', 'ORACLE_UNSET', default=A)", "q('list', A)", "lookup('items', A)", "query('dict', A)", "lookup('vars', 's')", "lookup('vars', 'nope', default=A)", "lookup('varnames', '^l')", "lookup('sequence', 'start=1 end=3')", "q('nested', A, [1, 2])", "q('together', A, [1])",
           "lookup('subelements', lo, 'n')", "lookup('indexed_items', A)", "lookup('file', '/nope')", "lookup('file', '/nope', errors='ignore')", "lookup('nolookup', 1)", "lookup('first_found', ['/nope'], skip=true)", "lookup('pipe', 'echo hi')", "lookup('list', A, wantlist=true)", "lookup('random_choice', [1])", "lookup('inventory_hostnames', 'nohost', errors='ignore')"]


def ex(d):
    r = R()
    if d <= 0 or r < .13:
        return C(NAMES) if R() < .65 else C(LITS)
    if r < .58:
        return '%s | %s' % (atom(d - 1), C(FILTERS))
    if r < .68:
        return '%s is %s%s' % (atom(d - 1), C(['', '', 'not ']), C(TESTS))
    if r < .76:
        return atom(d - 1) + C(METHODS)
    if r < .88:
        return '%s %s %s' % (atom(d - 1), C(OPS), atom(d - 1))
    if r < .91:
        return '%s if %s else %s' % (atom(d - 1), ex(d - 1), atom(d - 1))
    if r < .93:
        return '[%s, %s]' % (ex(d - 1), ex(d - 1))
    if r < .95:
        return "{'k': %s, 'j': %s}" % (ex(d - 1), ex(d - 1))
    if r < .99:
        return C(LOOKUPS).replace('A', atom(d - 1))
    return 'not ' + atom(d - 1)


def atom(d):
    e = ex(d)
    return e if all(c.isalnum() or c in "_'." for c in e) else '(%s)' % e


def text():
    r = R()
    if r < .72:
        return '{{ %s }}' % ex(3)
    if r < .80:
        return 'x {{ %s }}{{ %s }}' % (ex(2), ex(1))
    if r < .86:
        return '{%% if %s %%}{{ %s }}{%% else %%}%s{%% endif %%}' % (ex(2), ex(2), C(['n', '{{ s }}', '']))
    if r < .92:
        return '{%% for x in %s %%}{{ %s }}%s{%% endfor %%}' % (ex(2), C(['x', 'loop.index', 'x.n', 'x | default("-")']), C(['', ',', ' ']))
    if r < .96:
        return '{%% set q = %s %%}{{ %s }}' % (ex(2), C(['q', 'q | type_debug', '[q, q]']))
    return '{%% set q %%}%s{%% endset %%}{{ q | %s }}' % (ex(1), C(FILTERS))


for n in range(int(sys.argv[2])):
    t = text()
    mode = 'expr'
    r = R()
    if r < .12:
        mode, t = 'when', ex(3)
    elif r < .25:
        mode = 'file'
    # a sandbox that hands out methods as values, lists that change while they are read, and times are no matter here
    if "'nope'" in t and 'vars' in t and 'default' not in t:
        continue
    used = {k: v for k, v in VARS.items() if k in t or k in ('i', 's', 'l', 'nope', 'lu', 'tpl', 'bad')}
    print(json.dumps({'tier': 'D', 'id': 'D-%s-%d' % (sys.argv[1], n), 'group': 'diff', 'mode': mode, 'vars': used, 'template': t}, ensure_ascii=False))
