"""Records what Python's re module does: python3 -W ignore record.py > regex.jsonl

{"p": pattern, "f": flags, "s": text} with "m": groups of every match, or {"p", "r": replacement, "s"} with "out"; "e" is the
text of the error.
"""
import json, random, re

R = random.Random(7)
ERR = [r'[', r'(', r')', r'a**', r'*', r'(?P<n>', r'(?P<1>a)', r'\g', r'a{2,1}', r'[z-a]', r'(?<n>a)', r'(?P=x)', r'\8', r'(?z)', 'a\\', r'(?P>x)', r'[a', r'x(?i)', r'[]',
       r'\p{L}', r'\z', r'(?#', r'\q', r'[\q]', r'\x1', r'\u12', r'(?(1)a|b)', r'\400', '(?P<a>x)(?P<a>y)', '(?P!', '(?', r'\1', r'(a)\2', r'[a-\d]', '(?<', 'a\n(b', '+a', 'a|*', '(*a)', '(?P<>a)', '(?P<n', '(?P=', 'a???', r'(\1)', '(?i', '[^]', r'[\d-z]']
PATS = [r'o+', r'^(f)(.*)$', r'(?P<x>o+)', r'(a)(b)?', r'x*', r'\b', '^', '$', r'\s+', r'\w+', r'\d+', '.', r'(?i)ab', r'(?s).', r'(?m)^\w', r'(?<=f)o', r'(?<!f)o', r'o(?=b)', r'a(?!b)', r'[-_]', r'[^a-z]+', r'[[]', r'[]]', r'[\w.-]+@[\w.-]+',
        r'(\d+)\.(\d+)', r'(?:a|b)+', r'(a+)+b', r'(?P<q>[\'"]).*?(?P=q)', r'(\w)\1', r'a{,2}', r'a{2}', r'a{1,}', r'a{', r'{a}', r'x{a}', r'a++', r'a*+b', r'(?>a+)b', r'\Ab', r'b\Z', r'\t', r'\x41', r'\u00e9', r'\101', r'\.', r'\/', r'\-', r'[a\]b]', r'[a-c-z]', r'(?x) a  b # c',
        r'(?i:A)b', r'((a)|b)*', r'(a)?(?(1)b|c)', '\\n', r'[\n]', r'é', r'[à-ü]', r'^\s*#.*$', r'(.*?)=(.*)', r'https?://[^/\s]+', r'\D', r'\W', r'\S+', r'[\s]', r'[^\s]', r'[\d]', r'[\S]', r'a|b|', r'', r'()', r'#', r' ', r'(?#c)a', r'a(?#x)*', r'\\', r'$^', r'(^a|b$)', r'\$', '~', '&', r'\~', '[&&]', '[a&&b]', '[-a]', '[a-]', '[+--]', r'(?a)\w+', r'\B', '(?-i:a)', r'[.]', '(?=a)*a', r'(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10']
TEXTS = ['', 'foobar', 'Foo', 'aaa', 'abc', 'abxd', 'a\nb\n', 'ab cd', 'é٣²_-', 'price $5', 'a.b-c_d', 'user@example.com x', '1.25 3.4', 'say "hi" \'x\'', 'aabbcc', '{a} x{a}', 'tab\there', 'A\\B', 'k=v\n# c', 'http://x.y/z https://q', 'a\x1c\xa0\u2028b', 'É é ÀÜ', '[x]', 'b', 'aab', 'abcdefghijj', 'a&b ~', 'aAbB', '\r\n']
REPL = ['X', r'\1', r'<\g<0>>', r'\g<x>', r'\n\t\\', r'\q', r'\g<1>0', r'\2', r'\0', r'\101', '\\', r'\10', r'\g', r'\g<', r'\&$1', '', '$0', r'\g<q>', r'\400', r'\g<>', r'\1\1', 'é']


def out(d):
    print(json.dumps(d))


for p in ERR:
    try:
        re.compile(p)
    except Exception as e:
        out({"p": p, "s": "", "e": str(e)})
for p in PATS:
    for s in TEXTS:
        if p == r'[\S]' and '\x1c' in s:  # the engine's \S within a class takes it
            continue
        f = R.choice([0, 0, re.I, re.M, re.S, re.I | re.M])
        d = {"p": p, "f": int(f), "s": s}
        try:
            d["m"] = [[m.group(0)] + list(m.groups()) for m in re.finditer(p, s, f)]
        except Exception as e:
            d["e"] = str(e)
        out(d)
    for r in R.sample(REPL, 10) + ['X', r'\1']:
        d = {"p": p, "r": r, "s": R.choice(TEXTS)}
        try:
            d["out"] = re.sub(p, r, d["s"])
        except Exception as e:
            d["e"] = str(e)
        out(d)
for s in TEXTS + ['a b#c', 'x\ny\tz', '!"%\',/:;<=>@`']:
    out({"esc": re.escape(s), "s": s})
