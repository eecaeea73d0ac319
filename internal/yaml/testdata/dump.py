# Records what PyYAML's safe dumper over libyaml (the one that Ansible's filters use) writes: python3 dump.py > dump.jsonl,
# by the Python of the real ansible-core. Values in the form of record.py, with ["ref", n] for the n-th list or dict again.
import base64, datetime, json, random, sys, yaml

def typed(v, seen):
    if v is None: return ["none"]
    if isinstance(v, bool): return ["bool", str(v)]
    if isinstance(v, int): return ["int", str(v)]
    if isinstance(v, float): return ["float", repr(v)]
    if isinstance(v, str): return ["str", v]
    if isinstance(v, bytes): return ["bytes", base64.b64encode(v).decode()]
    if isinstance(v, datetime.datetime): return ["datetime", v.isoformat()]
    if isinstance(v, datetime.date): return ["date", v.isoformat()]
    if isinstance(v, tuple): return ["tuple", [typed(x, seen) for x in v]]
    if id(v) in seen: return ["ref", seen[id(v)]]
    seen[id(v)] = len(seen)
    if isinstance(v, list): return ["list", [typed(x, seen) for x in v]]
    if isinstance(v, set): return ["set", [typed(x, seen) for x in sorted(v)]]
    return ["dict", [[typed(k, seen), typed(x, seen)] for k, x in v.items()]]

TEXTS = ["", "a", "yes", "no", "on", "y", "null", "~", "1", "1.5", "1e3", "1.0e+3", "0o7", "017", "08", "0x1F", "1:30", "2001-01-01", "=", "<<", "...", "---", "--- x", "...x",
  "a" * 200, " ".join(["word"] * 40), " ".join(["longer-word"] * 12), "é" * 10, "\u2028x", "x\u0085y", "\U0001F600", "tab\there", "a: b", "a:b", ":a", "a:", "nl\n", "\n", "\n\n", "a\n\n", "\na", " lead", "trail ",
  "#c", "a #b", "a#b", "- x", "-", "-x", "key " * 5 + ":", "x" * 126, "x" * 129, "x" * 130 + ": y", "multi\nline\n  indented\n\nend", "multi\nline\n", "a\n b", "a \nb", "'q'", "it's", '"', 'say "hi"', "\\", "c:\\x", "\x07", "\x00", "\xa0", "\ufeff", "%x", "@x", "`", "!x", "&x", "*x",
  "?x", "? x", "?", "|", ">", "{", "}", "[", "]", ",", "a,b", "a, b", "a]b", "a[b", "a?b", "{{ x }}", "{% x %}", "$x", "very long text with 'quotes' inside and some more text to make it fold at eighty columns: yes it does", "text that folds at the end of " + "x" * 49 + " end of it",
  "two  blanks " * 12, "a\r\nb", "a\rb", "é " * 60, "漢字 " * 40, "line one of a text that is long enough to be folded by the emitter, since it has more than eighty columns\nline two\n\nline four is also long enough to be folded, when the style that is chosen for it is one which folds", " x\n y", "\tx", "x\n\ty", "a" * 79 + " b c", "a" * 80 + " b c", "a" * 81 + " b c", "0", "-1", "+1", ".5", "-.5", ".inf", ".nan", "true", "True", "TRUE", "tRUE", "1_000", "12e03", "\x7f", "\ue000", "\ufffd", "b\u2029c", "trailing newline and blank \n", "#", "/", "a/b", "user@host", "10.0.0.1", "a=b", "--- |", "-- x", "- ", ": ", "? ", "# "]
SCALARS = [None, True, False, 0, 1, -5, 10**20, 1.5, 1.0, -0.0, 1e16, 1e-5, 123456789.125, 1e22, float("inf"), float("-inf"), float("nan"), b"hello", b"", b"x" * 100, datetime.date(2001, 1, 2),
  datetime.datetime(2001, 1, 2, 3, 4, 5), datetime.datetime(2001, 1, 2, 3, 4, 5, 600), datetime.datetime(2001, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), datetime.datetime(2001, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30)))]
STYLES = [{}, {"default_flow_style": None, "allow_unicode": True, "sort_keys": True}, {"default_flow_style": False, "indent": 4, "allow_unicode": True, "sort_keys": True}, {"default_flow_style": True}]
OTHERS = [{"indent": 2, "width": 1000, "sort_keys": False}, {"default_flow_style": False, "indent": 8, "width": 40, "allow_unicode": True}, {"default_flow_style": None, "width": 20}, {"default_flow_style": False, "width": -1}, {"explicit_start": True}, {"explicit_start": True, "explicit_end": True, "default_flow_style": None}, {"default_style": "'"}, {"default_style": '"', "allow_unicode": True}, {"default_style": "|"}, {"default_style": ">"}, {"canonical": True}, {"indent": 1}, {"indent": 12, "default_flow_style": False}, {"width": 3}]

def fresh(v, memo):
    # dates and tuples of their own at every place: their identity is not in the recording
    if isinstance(v, (datetime.date, datetime.datetime)): return v.replace()
    if isinstance(v, tuple): return tuple([fresh(x, memo) for x in v])
    if id(v) in memo: return memo[id(v)]
    if isinstance(v, list):
        memo[id(v)] = out = []
        out += [fresh(x, memo) for x in v]
        return out
    if isinstance(v, dict):
        memo[id(v)] = out = {}
        for k, x in v.items(): out[fresh(k, memo)] = fresh(x, memo)
        return out
    return sorted(v) if isinstance(v, set) and "set" in memo else v

def emit(v, kw):
    v = fresh(v, {"set": 1} if kw.get("sort_keys") is False else {})  # the order of a set is Python's secret
    try: out = yaml.dump(v, Dumper=yaml.CSafeDumper, **kw)
    except Exception as e: return
    print(json.dumps({"value": typed(v, {}), "options": kw, "text": out}, ensure_ascii=False))

rnd = random.Random(1)
for v in TEXTS + SCALARS:
    for kw in STYLES: emit(v, kw)
    emit([v], STYLES[1])
    hashable = v
    emit({hashable: v}, STYLES[1]); emit({"k": [v, {"z": v}]}, STYLES[2]); emit([{hashable: 1, "b": [v]}], rnd.choice(OTHERS))

def value(depth):
    r = rnd.random()
    if depth > 4 or r < 0.5: return rnd.choice(TEXTS) if rnd.random() < 0.6 else rnd.choice(SCALARS)
    if r < 0.7: return [value(depth + 1) for _ in range(rnd.randint(0, 4))]
    if r < 0.73: return tuple(value(depth + 1) for _ in range(rnd.randint(0, 3)))
    if r < 0.75: return set(rnd.choice(TEXTS) for _ in range(rnd.randint(0, 3)))
    if r < 0.77:
        x = value(depth + 1)
        return [x, x, {"again": x}]
    d = {}
    for _ in range(rnd.randint(0, 5)):
        k = rnd.choice(["a", "b", "name", "key with blanks", rnd.choice(TEXTS)])
        if rnd.random() < 0.1: k = rnd.choice([1, True, None, 1.5, (1, 2), ("a",), (), datetime.date(2020, 1, 1)])
        d[k] = value(depth + 1)
    return d

for i in range(1200):
    emit(value(0), rnd.choice(STYLES if i % 3 else OTHERS))
