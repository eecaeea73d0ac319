"""Records what Python does, for the tests of package value.

    python3 record.py > operations.jsonl

A line is {"f": what, "a": arguments, "k": keyword arguments} with either "r", the repr() of the result (and "s", that of the
first argument afterwards, where it changed), or "e", the class and the text of the exception.
"""
import datetime, json, math, random, sys

R = random.Random(20190)


def enc(v):
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return v if abs(v) < 2**53 else {"i": str(v)}
    if isinstance(v, float):
        return {"f": repr(v)}
    if isinstance(v, bytes):
        return {"b": v.hex()}
    if isinstance(v, list):
        return [enc(x) for x in v]
    if isinstance(v, tuple):
        return {"t": [enc(x) for x in v]}
    if isinstance(v, set):
        return {"s": [enc(x) for x in v]}
    if isinstance(v, dict):
        return {"d": [[enc(k), enc(x)] for k, x in v.items()]}
    if isinstance(v, datetime.datetime):
        return {"dt": v.isoformat()}
    if isinstance(v, datetime.date):
        return {"date": v.isoformat()}
    if isinstance(v, datetime.timedelta):
        return {"td": round(v / datetime.timedelta(microseconds=1))}
    raise TypeError(type(v))


import operator as op

OPS = {"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "//": op.floordiv, "%": op.mod, "**": op.pow,
       "<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge, "==": op.eq}


def run(f, a, k):
    kind, _, name = f.partition(":")
    if kind == "op":
        return OPS[name](*a)
    if kind == "unary":
        return {"-": op.neg, "+": op.pos}[name](*a)
    if kind == "method":
        return getattr(a[0], name)(*a[1:], **k)
    if kind == "attr":
        return getattr(a[0], name)
    if kind == "dumps":
        k = dict(k)
        if "separators" in k:
            k["separators"] = tuple(k["separators"])
        return json.dumps(a[0], **k)
    return {"repr": repr, "log": math.log, "str": str, "bool": bool, "len": len, "list": list, "in": lambda x, c: x in c,
            "index": lambda c, i: c[i], "slice": lambda c, i, j, s: c[i:j:s], "format": format, "int": int, "float": float,
            "loads": json.loads, "sorted": sorted, "set": lambda x: set(x)}[kind](*a, **k)


seen = set()


def case(f, *a, **k):
    a = list(a)
    if f == "op:%" and isinstance(a[0], bytes):  # refused by us
        return
    c = {"f": f, "a": [enc(x) for x in a]}
    if k:
        c["k"] = {n: enc(v) for n, v in k.items()}
    key = json.dumps(c, sort_keys=True)
    if key in seen:
        return
    seen.add(key)
    before = repr(a[0])
    try:
        r = run(f, a, k)
        if isinstance(r, complex) or type(r).__name__ in ("timezone",):
            return
        c["r"] = repr(r)
        if repr(a[0]) != before:
            c["s"] = repr(a[0])
    except Exception as e:
        c["e"] = type(e).__name__ + ": " + str(e)
    line = json.dumps(c)
    if len(line) < 2000:
        print(line)


STRS = ["", "a", "abc", "Hello World", "  pad  ", "a,b,,c", "aaa", "ÄÖß", "ŉǰ ΑΣ ΣΑΣ", "日本語", "x\ty\nz", "it's", 'say "hi"', "both ' and \"",
        "back\\slash", "\x00\x1f\x7f\x80\xa0\xad", "\u2028\ufeff", "😀é", "123", "-12", "+5.5", "1e5", "²³½", "٣٤", "a\r\nb\nc\r", "Title Case Here",
        "they're bill's", "UPPER", "lower", "ǅ", "ﬀ", "İ", "under_score1", "1abc", "mixedCASE", "{}", "%s", "a b  c", "\x1c\x1d x", "ab" * 20]
INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 100, 255, 12345, -98765, 2**31, 2**53, 2**62, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 10**20, -10**25]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -2.5, 0.1, 3.14159, 1e16, 1e15, 123456789.123, 1e-4, 1e-5, 1.5e300, 5e-324, 1e22, 2.0**63, float("inf"), float("-inf"), float("nan"), 100.0, 1e100, 12345.678]
D = datetime
TIMES = [D.datetime(2024, 1, 2), D.datetime(2024, 12, 31, 23, 59, 58, 123), D.datetime(2024, 2, 29, 5, 6, 7, tzinfo=D.timezone.utc),
         D.datetime(1999, 7, 8, 9, tzinfo=D.timezone(D.timedelta(hours=-5, minutes=-30))), D.date(2024, 3, 4), D.date(1970, 1, 1),
         D.timedelta(days=1), D.timedelta(seconds=-1), D.timedelta(days=2, seconds=3, microseconds=4), D.timedelta(0), D.timedelta(hours=25)]
CONTAINERS = [[], [1], [1, 2, 3], ["b", "a"], [1, "a", None], [[1], [2, [3]]], (), (1,), (1, 2), ("a", [1]), {}, {"a": 1}, {"b": 2, "a": [1]},
              {1: "x", None: 2, True: 3}, {1.5: 2, (1, 2): 3}, set(), {1}, {"x"}, [True, 1.0, 1], [{"a": 1}, {"a": 2}], b"", b"abc", b"\x00\xff'"]
SCALARS = [None, True, False]
ALL = STRS[:12] + INTS[:14] + FLOATS + TIMES + CONTAINERS + SCALARS

for v in STRS + INTS + FLOATS + TIMES + CONTAINERS + SCALARS:
    for f in ("repr", "str", "bool", "len", "list"):
        case(f, v)
nums = INTS + FLOATS + [True, False]
for o in ("+", "-", "*", "/", "//", "%"):
    for _ in range(110):
        case("op:" + o, R.choice(nums), R.choice(nums))
    for _ in range(60):
        case("op:" + o, R.choice(ALL), R.choice(ALL))
small = [0, 1, -1, 2, -2, 3, 5, 10, -3, 0.5, 1.5, -0.5, 2.0, 0.0, 64, True]
for a in small:
    for b in small:
        if not (isinstance(a, (int, float)) and a < 0 and isinstance(b, float) and b % 1):
            case("op:**", a, b)
for o in ("<", "<=", ">", ">=", "=="):
    for _ in range(60):
        case("op:" + o, R.choice(ALL), R.choice(ALL))
        case("op:" + o, R.choice(nums), R.choice(nums))
        case("op:" + o, R.choice(STRS), R.choice(STRS))
for o in ("<", "<=", ">", ">=", "==", "-"):
    for a in ([1, 2], [1, "a"], [1], [], [2], (1, 2), (1,), {1}, {1, 2}, set(), {3}):
        for b in ([1, 2], [1, 3], (1, 3), {1, 2}, {2}, ["a"]):
            case("op:" + o, a, b)
    for a in TIMES:
        for b in TIMES:
            if o in "<==-":
                case("op:" + o, a, b)
for a in TIMES:
    for b in TIMES[6:]:
        for o in "+-*/":
            case("op:" + o, a, b)
    for b in (2, 0.5, 3):
        for o in ("*", "/", "//", "+"):
            case("op:" + o, a, b)
            case("op:" + o, b, a)
for _ in range(300):
    a, b = R.uniform(0, 50), R.choice([0.5, -0.5, 1 / 3, 2.5, R.uniform(-20, 20)])
    case("op:**", a, b)
    case("log", a)
    case("log", 10.0 ** R.uniform(-300, 300))
for v in ALL:
    case("unary:-", v)
for v in ALL:
    for c in CONTAINERS + STRS[:6]:
        if R.random() < 0.15:
            case("in", v, c)

idx = [None, 0, 1, 2, -1, -2, 5, -5, 100, -100, 2**70]
for seq in ("", "abcdef", "äöüß€", [1, 2, 3, 4, 5], (1, 2, 3), b"abcde", [], "日a本b"):
    for _ in range(40):
        case("slice", seq, R.choice(idx), R.choice(idx), R.choice([None, 1, -1, 2, -2, 3, 100, -100, 2**70]))
    for i in idx[1:] + ["a", 1.5, None, True]:
        case("index", seq, i)
case("slice", "abc", None, None, 0)
case("slice", "abc", "x", None, None)
case("slice", {"a": 1}, 1, None, None)
for d in ({"a": 1, 1: "one", None: 2}, {}):
    for k in ("a", 1, 1.0, True, None, "zz", [1], (1,), {}):
        case("index", d, k)
        case("in", k, d)

for s in STRS:
    for m in ("capitalize casefold lower upper title swapcase isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable "
              "isspace istitle isupper strip lstrip rstrip split rsplit splitlines expandtabs encode").split():
        case("method:" + m, s)
    case("method:splitlines", s, True)
    for w in (0, 5, 12, 13, -3):
        for m in ("center", "ljust", "rjust"):
            if R.random() < 0.5:
                case("method:" + m, s, w, R.choice(["*", "é", " "]))
        case("method:zfill", s, w)
    for n in (0, 1, 2, -1):
        for sep in (None, ",", " ", "a", "b "):
            case("method:split", s, sep, n)
            case("method:rsplit", s, sep, n)
    for sub in ("a", "", "l", "World", "ß", "aa", ","):
        for m in ("find", "rfind", "index", "rindex", "count", "startswith", "endswith"):
            if R.random() < 0.4:
                case("method:" + m, s, sub)
            if R.random() < 0.3:
                case("method:" + m, s, sub, R.choice(idx), R.choice(idx))
        for m in ("partition", "rpartition", "removeprefix", "removesuffix", "strip", "lstrip", "rstrip"):
            if R.random() < 0.4:
                case("method:" + m, s, sub)
        case("method:replace", s, sub, "<>", R.choice([-1, 0, 1, 2]))
    for t in ({97: "X", 98: None, 99: 100}, {}):
        case("method:translate", s, t)
    case("method:join", s, ["a", "b", s])
    case("int", s)
    case("float", s)
    case("method:encode", s, "ascii", R.choice(["strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace"]))
    case("method:encode", s, R.choice(["latin-1", "utf-16", "utf-16-be"]), "replace")
for s, b in (("0x1f", 16), ("0b101", 2), ("0o17", 8), ("z", 36), ("1_000", 10), ("0x1f", 0), ("017", 0), ("12", 3), ("", 10), ("1__0", 10), ("_1", 10), ("--1", 10), ("1", 1), ("ff", 16), ("0_0", 0), ("- 1", 10)):
    case("int", s, b)
for s in ("1_0.5", "nan", "-inf", "infinity", "1e400", "0x10", ".5", "5.", "1e", "", "1_", "_1", "1__1", " 7 ", "iNf", "1.5.2", "+-1"):
    case("float", s)
for b in (b"abc", b"\xff\xfe", b"\xc3\xa9", b"\xc3", b"\xe2\x82", b"a\xe2\x82b", b"\xe2b", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\x80", b"\xe0\x80\x80"):
    for e in ("utf-8", "ascii", "latin-1", "nope"):
        for h in ("strict", "ignore", "replace", "backslashreplace"):
            case("method:decode", b, e, h)
    case("method:hex", b)

L = [3, 1, 2, 1]
for m, args in (("append", (9,)), ("extend", ([7, 8],)), ("extend", ("xy",)), ("insert", (1, "i")), ("insert", (-1, "i")), ("insert", (99, "i")), ("remove", (1,)), ("remove", (42,)),
                ("pop", ()), ("pop", (0,)), ("pop", (-2,)), ("pop", (9,)), ("index", (1,)), ("index", (1, 2)), ("index", (1, 0, 1)), ("index", ("q",)), ("count", (1,)), ("count", (True,)),
                ("sort", ()), ("reverse", ()), ("copy", ()), ("clear", ()), ("append", ()), ("extend", (5,)), ("pop", ("a",))):
    case("method:" + m, list(L), *args)
case("method:sort", list(L), reverse=True)
case("method:sort", [1, "a"])
case("method:sort", ["b", "B", "a", "é"])
case("method:pop", [])
DD = {"a": 1, "b": [2], 3: None}
for m, args in (("get", ("a",)), ("get", ("zz",)), ("get", ("zz", 5)), ("get", ([],)), ("keys", ()), ("values", ()), ("items", ()), ("pop", ("a",)), ("pop", ("zz",)), ("pop", ("zz", 1)), ("popitem", ()),
                ("setdefault", ("a", 7)), ("setdefault", ("n", 7)), ("setdefault", ("n",)), ("update", ({"a": 2, "z": 3},)), ("update", ([("q", 1)],)), ("update", (5,)), ("update", ([1],)), ("update", ([(1, 2, 3)],)),
                ("copy", ()), ("clear", ()), ("fromkeys", ("ab", 0)), ("fromkeys", ([1, 2],)), ("get", ())):
    case("method:" + m, dict(DD), *args)
case("method:update", dict(DD), a=5, new=6)
case("method:popitem", {})
for t in ((1, 2, 1), ()):
    case("method:index", t, 1)
    case("method:count", t, 1)
S = {1}
for m, args in (("add", (2,)), ("add", (1,)), ("discard", (5,)), ("remove", (5,)), ("remove", (1,)), ("union", ([1],)), ("intersection", ([1, 5],)), ("difference", ([1],)), ("symmetric_difference", ([1],)),
                ("issubset", ([1, 2],)), ("issuperset", ([1, 2],)), ("isdisjoint", ([2],)), ("copy", ()), ("add", ([],))):
    case("method:" + m, set(S), *args)
for n in INTS + [True]:
    for m in ("bit_length", "bit_count", "is_integer", "as_integer_ratio", "conjugate"):
        case("method:" + m, n)
for f in FLOATS:
    for m in ("is_integer", "as_integer_ratio", "hex"):
        case("method:" + m, f)
for t in TIMES[:6]:
    for m in ("isoformat", "weekday", "isoweekday", "isocalendar", "toordinal", "ctime"):
        if m != "isocalendar":
            case("method:" + m, t)
    case("method:strftime", t, "%Y-%m-%d %H:%M:%S %j %U %W %w %u %a %A %b %B %y %p %I %C %e %D %F %T %R %G-%V %% %n%t|%h %-d %-m %f")
    for a in ("year", "month", "day", "hour", "microsecond"):
        if hasattr(t, a):
            case("attr:" + a, t)
for t in TIMES[6:]:
    case("method:total_seconds", t)
    for a in ("days", "seconds", "microseconds"):
        case("attr:" + a, t)

types = ["", "d", "s", "f", "e", "g", "x", "X", "o", "b", "%", "n", "c", "E", "G", "F", "q"]
for _ in range(900):
    spec = R.choice(["", "", "*", "é"])
    spec += R.choice("<>^=") if spec else R.choice(["", "", "<", ">", "^", "="])
    spec += R.choice(["", "", "+", "-", " "]) + R.choice(["", "", "", "#"]) + R.choice(["", "", "0"]) + R.choice(["", "5", "12", "20"])
    spec += R.choice(["", "", "", ",", "_"]) + R.choice(["", "", ".0", ".2", ".10"]) + R.choice(types)
    v = R.choice([R.choice(STRS[:12]), R.choice(INTS), R.choice(FLOATS), R.choice(FLOATS), True])
    if spec.endswith("c") and isinstance(v, int) and v > 0x10ffff:
        continue
    case("format", v, spec)
for v in CONTAINERS[:12] + SCALARS + TIMES[:6]:
    case("format", v, "")
    case("format", v, "5")
for _ in range(700):
    typ = R.choice("diuoxXeEfFgGcrsa")
    spec = "%" + "".join(R.sample("-+ #0", R.choice([0, 0, 1, 2]))) + R.choice(["", "", "8", "3"]) + R.choice(["", "", ".0", ".3", "."]) + typ
    v = R.choice([R.choice(STRS[:14]), R.choice(INTS[:12]), R.choice(INTS), R.choice(FLOATS), R.choice(FLOATS), True, None, [1]])
    if typ == "c" and isinstance(v, int) and not 0 <= v < 0x110000:
        continue
    case("op:%", "<" + spec + ">", v if not isinstance(v, list) else (v,))
for f, a in (("%s %s", (1,)), ("%s", (1, 2)), ("%(a)s", 1), ("%(a)s", {"a": 1}), ("%(b)s", {"a": 1}), ("%q", 1), ("%", ()), ("%*d|%-*d|", (5, 42, 6, 7)), ("%.*f", (2, 3.14159)), ("%s", {"a": 1}), ("%s", [1, 2]),
             ("abc", ()), ("abc", 1), ("abc", [1]), ("abc", {"a": 1}), ("%ld %hd", (5, 6)), ("%(a)d %(b)s %%", {"a": 1, "b": "x"}), ("%(a)", {"a": 1}), ("%(a", {"a": 1}), ("%s %(a)s", {"a": 1}), ("%*d", ("x", 1)),
             ("%(a(b))s", {"a(b)": 1}), ("%-5s|%5s|", ("é", "日本")), ("%5.1f%%", 99.55), ("%c%c", ("x", 65))):
    case("op:%", f, a)
for f, a, k in (("{}", (1,), {}), ("{} {}", (1,), {}), ("{0} {}", (1, 2), {}), ("{} {0}", (1, 2), {}), ("{a}", (), {"b": 1}), ("{a}", (), {"a": 1}), ("{a.b}", (), {"a": 1}), ("{a[0]}", (), {"a": [7]}), ("{a[k]}", (), {"a": {"k": 8}}),
                ("{!r:>5}", ("a",), {}), ("{!s}{!a}", ("é", "é"), {}), ("{!x}", (1,), {}), ("{:{w}}|", ("a",), {"w": 5}), ("{:{}}|", ("a", 5), {}), ("{:{}.{}f}", (3.14159, 8, 2), {}), ("{", (), {}), ("}", (), {}), ("{{}}", (), {}), ("{{{}}}", (1,), {}),
                ("{0[}", (1,), {}), ("{!}", (1,), {}), ("{!r", (1,), {}), ("{0!rr}", (1,), {}), ("{.real}", (5,), {}), ("{0.real:5}|", (5,), {}), ("{1} {0}", ("a", "b"), {}), ("{0[0][1]}", ([[1, 2]],), {}),
                ("{:%Y/%m}", (D.date(2024, 1, 2),), {}), ("{a[b c]}", (), {"a": {"b c": 1}}), ("{0}{0}", ("x",), {}), ("{a[9]}", (), {"a": [7]}), ("{a[x]}", (), {"a": [7]}), ("{:>{width}}", (1,), {"width": 10}), ("{a!r}", (), {"a": "x"}),
                ("a{0}b{1}c", (None, True), {}), ("{0:}", (5,), {}), ("{:,} {:_}", (1234567, 1234567), {}), ("{a[}]}", (), {"a": {"}": 1}}), ("{:{{}}}", (1,), {})):
    case("method:format", f, *a, **k)
    if not a and k:
        case("method:format_map", f, k)

JS = ["", "plain", 'q"\\/\b\f\n\r\t\x01\x7f', "é€😀\u2028", 0, -5, 10**30, 1.5, 1e16, float("inf"), float("nan"), None, True, [], {}, [1, [2, {"a": []}], {}], {"b": 1, "a": {"d": [], "c": {}}}, {1: 2, None: 3, True: 4, 1.5: 5}, (1, 2), {(1,): 1}, {1}, b"x",
      {"b": 1, 1: 2}, D.date(2024, 1, 1)]
for v in JS:
    for k in ({}, {"indent": 4}, {"indent": 0}, {"indent": 2, "sort_keys": True}, {"ensure_ascii": False}, {"separators": [",", ":"]}, {"sort_keys": True}, {"allow_nan": False}, {"skipkeys": True}, {"indent": "\t", "separators": [", ", " : "]}):
        case("dumps", v, **k)
for s in ("", " ", "1", "-1", "01", "1.5e3", "1.", "1e", "-", "1E+2", "nul", "null", " true ", "false x", "NaN", "-Infinity", "Infinity", "[1, 2", "[1,]", "[1 2]", "{}", '{"a": 1, "b": [null]}', '{"a": 1,}', "{a: 1}", '{"a" 1}', '{"a": }', '{"a": 1 "b"}',
          '"abc', '"a\\nb\\u00e9\\ud83d\\ude00"', '"\\x"', '"\\u12"', '"tab\t"', '"\\', '{"a": 1, "a": 2}', "[1] 2", "123456789012345678901234567890", "1e400", "[[[]]]", '\ufeff1', "'a'", '{"a":1\n,\n"b" 2}', "{", "[", '{"a"', '"é😀', "--1", "+1", ".5", "-Infinit", '["a\n"]'):
    case("loads", s)
for l in ([3, 1, 2], ["b", "a", "C"], [1.5, 1, True], [1, "a"], [(2, "a"), (1, "b"), (1, "a")], [[2], [1, 5]], [{}], [{}, {}], [None, None], {"b": 1, "a": 2}, "hello"):
    case("sorted", l)
    case("sorted", l, reverse=True)
