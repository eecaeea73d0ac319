"""Writes cases for the filters and tests of Ansible; oracle.py (of the conformance corpus) adds what ansible-core makes of them:

    python3 record.py > cases.tmp && python3 oracle.py cases.tmp | python3 record.py --keep

The second call keeps of them what the tests need, in filters.jsonl and ../../jinjatests/testdata/tests.jsonl. A line is
{"f": name of a filter, "t": name of a test, "a": arguments, "k": keyword arguments} with "r", the repr of the result, or "e", the
error, and "w", the warnings. The names of ansible-core's own subclasses of str, list and so on are given as those.
"""
import json
import re
import sys

OWN = {"_AnsibleTaggedStr": "str", "_AnsibleTaggedInt": "int", "_AnsibleTaggedFloat": "float", "_AnsibleLazyTemplateDict": "dict", "_AnsibleLazyTemplateList": "list"}


def bare(v):
    if isinstance(v, dict):
        return bare(v["__untrusted__"]) if "__untrusted__" in v else {k: bare(x) for k, x in v.items()}
    return [bare(x) for x in v] if isinstance(v, list) else v


def keep():
    out = {"f": open("filters.jsonl", "w"), "t": open("../../jinjatests/testdata/tests.jsonl", "w")}
    for line in sys.stdin:
        c = json.loads(line)
        kind = "f" if "f" in c else "t"
        d = {kind: c[kind], "a": bare(c["vars"]["a"])}
        if c["vars"]["k"]:
            d["k"] = bare(c["vars"]["k"])
        e = c["expect"]
        if e["ok"]:
            d["r"] = e.get("repr") or repr(e["value"])
        else:
            text = re.sub(r"^The (filter|test) plugin '[a-z0-9_.]*' failed: ", "", e["message"])
            text = re.sub(r"<class '[a-z_.]*\.(_\w+)'>", r"<class '\1'>", text)
            d["e"] = re.sub("|".join(OWN), lambda m: OWN[m[0]], text).replace("ansible.module_utils._internal._datatag.", "")
        if e.get("warnings"):
            d["w"] = e["warnings"]
        print(json.dumps(d), file=out[kind])


if sys.argv[1:] == ["--keep"]:
    keep()
    sys.exit()

n = 0


def emit(kind, name, a, k):
    global n
    n += 1
    args = ["a[%d]" % i for i in range(1, len(a))] + ["%s=k['%s']" % (x, x) for x in k]
    call = name + ("(" + ", ".join(args) + ")" if args else "")
    plain = json.loads(json.dumps(a))
    mark = lambda v: {"__untrusted__": v} if isinstance(v, str) else [mark(x) for x in v] if isinstance(v, list) else {x: mark(y) for x, y in v.items()} if isinstance(v, dict) else v
    print(json.dumps({"id": "%s-%d" % (name, n), "mode": "expr", "tier": "F", "group": name, kind: name, "vars": {"a": mark(plain), "k": mark(k)},
                      "template": "{{ a[0] %s %s }}" % ("|" if kind == "f" else "is", call)}))


def f(name, *a, **k):
    emit("f", name, list(a), k)


def t(name, *a, **k):
    emit("t", name, list(a), k)


D, O = {"a": 1, "n": {"x": 1, "l": [1, 2]}}, {"b": 2, "n": {"y": 2, "l": [2, 3]}}
for r in (False, True):
    for m in ("replace", "keep", "append", "prepend", "append_rp", "prepend_rp", "bad"):
        f("combine", D, O, recursive=r, list_merge=m)
        f("combine", {"l": [1, 1, 2], "k": 1}, {"l": [2, 2, 3], "j": [1]}, {"l": [3]}, recursive=r, list_merge=m)
f("combine", D), f("combine", [D, O]), f("combine", [D, [O]]), f("combine", D, [O, {"c": 3}]), f("combine", {}, {}), f("combine", D, "x"), f("combine", 5), f("combine", D, None), f("combine", [], []), f("combine", D, O, foo=1)
f("combine", {"a": 1, "b": 2}, {"a": 3}), f("combine", {"a": {"x": 1}}, {"a": 5}, recursive=True), f("combine", {"a": [1]}, {"a": {"x": 1}}, recursive=True, list_merge="append"), f("combine", D, recursive="yes"), f("combine", D, "")
f("dict2items", {"a": 1, "b": [2]}), f("dict2items", {}), f("dict2items", {"a": 1}, "k", "v"), f("dict2items", [1]), f("dict2items", "x"), f("dict2items", {"a": 1}, foo=1), f("dict2items", {"a": 1}, key_name="k")
I = [{"key": "a", "value": 1}, {"key": "b", "value": None}]
f("items2dict", I), f("items2dict", []), f("items2dict", [{"k": 1, "v": 2}], "k", "v"), f("items2dict", [{"k": 1, "v": 2}], key_name="k", value_name="v"), f("items2dict", [{"x": 1}]), f("items2dict", "x"), f("items2dict", {"a": 1}), f("items2dict", ["x"]), f("items2dict", [{"key": [1], "value": 1}]), f("items2dict", [{"key": "a", "value": 1}, {"key": "a", "value": 2}]), f("items2dict", 5)
U = [{"n": "a", "g": [1, 2], "x": {"y": [3]}}, {"n": "b", "g": []}]
f("subelements", U, "g"), f("subelements", U, "x.y"), f("subelements", U, "x.y", True), f("subelements", U, "x.y", skip_missing=True), f("subelements", U, ["x", "y"], True), f("subelements", U, "zz"), f("subelements", {"u": {"g": [1]}}, "g"), f("subelements", U, "n"), f("subelements", 5, "g"), f("subelements", U, 5), f("subelements", [5], "g"), f("subelements", U, "zz", True)
f("rekey_on_member", U, "n"), f("rekey_on_member", {"x": {"k": "q"}}, "k"), f("rekey_on_member", U, "zz"), f("rekey_on_member", [{"k": 1}, {"k": 1}], "k"), f("rekey_on_member", [{"k": 1, "v": 1}, {"k": 1, "v": 2}], "k", "overwrite"), f("rekey_on_member", [{"k": 1}], "k", "bad"), f("rekey_on_member", 5, "k"), f("rekey_on_member", [5], "k"), f("rekey_on_member", "abc", "k")
f("extract", "a", {"a": 1}), f("extract", 1, ["x", "y"]), f("extract", "a", {"a": {"b": [7]}}, ["b", 0]), f("extract", "a", {"a": {"b": 1}}, "b"), f("extract", "zz", {"a": 1}), f("extract", 5, ["x"]), f("extract", "a", {"a": {}}, "q"), f("extract", "a", "text")
L = [1, 2, [3, [4, [5]]], None]
f("flatten", L), f("flatten", L, 0), f("flatten", L, 1), f("flatten", L, levels=2), f("flatten", L, skip_nulls=False), f("flatten", ["a", "None", "null", [None]]), f("flatten", "abc"), f("flatten", []), f("flatten", {"a": [1]}), f("flatten", 5), f("flatten", L, "x"), f("flatten", [[[1]]], 1)
f("zip", [1, 2, 3], "ab"), f("zip", [1, 2], [3, 4], [5, 6]), f("zip", [1]), f("zip", [1, 2], [1], strict=True), f("zip", [1, 2], [1, 2], strict=True), f("zip", 5, [1]), f("zip", {"a": 1}, [1]), f("zip", [1], 5), f("zip", [1], foo=1)
f("zip_longest", [1, 2, 3], [4]), f("zip_longest", [1], [2, 3], fillvalue="x"), f("zip_longest", [1]), f("zip_longest", [1], [2], foo=1), f("zip_longest", [1, 2], "x")
f("product", [1, 2], [3, 4]), f("product", [1, 2], repeat=2), f("product", [1]), f("product", [1, 2], [], [3]), f("product", [1], repeat=0), f("product", "ab", "cd"), f("product", [1], repeat="x"), f("product", 5)
f("permutations", [1, 2, 3]), f("permutations", [1, 2, 3], 2), f("permutations", [1, 2], 0), f("permutations", [1], 5), f("permutations", "abc", 2), f("permutations", [1, 2], -1), f("permutations", [1], "x")
f("combinations", [1, 2, 3], 2), f("combinations", [1, 2, 3], 0), f("combinations", [1, 2], 5), f("combinations", [1, 2, 3]), f("combinations", "abcd", 3), f("combinations", [1, 2], -1)
f("unique", [3, 1, 3, 2, 1]), f("unique", ["a", "A", "b", "B", "a"]), f("unique", ["a", "A"], case_sensitive=True), f("unique", ["a", "A"], case_sensitive=False), f("unique", ["a", "A"], True), f("unique", [[1], [1], {"a": 1}, {"a": 1}]), f("unique", "hello"), f("unique", [{"n": "a"}, {"n": "A"}, {"n": "b"}], attribute="n"), f("unique", [1, 1.0, True, "1"]), f("unique", 5), f("unique", [None, None]), f("unique", [{"n": [1]}, {"n": [1]}], attribute="n"), f("unique", {"a": 1}), f("unique", [["a"], ["A"]], case_sensitive=False), f("unique", [{"n": {"m": 1}}, {"n": {"m": 1}}], attribute="n.m")
for x in ("union", "intersect", "difference", "symmetric_difference"):
    f(x, [[1], [2]], [[2], [3]]), f(x, [{"a": 1}], [{"a": 1}, {"b": 2}]), f(x, [1], []), f(x, [], []), f(x, [], [1]), f(x, 5, [1]), f(x, [1], 5), f(x, [1, [1]], [[1], 1, 1]), f(x, [1])
f("bool", "yes")
for v in ("YES", "no", "True", "false", "on", "off", "1", "0", 1, 0, 1.0, 0.0, True, False, "t", "f", "y", "n", "", "maybe", 2, [], [1], None, {}, " true ", "1.0"):
    f("bool", v)
for v in (True, False, None, "", "x", 0, [], "false"):
    f("ternary", v, "T", "F"), f("ternary", v, "T", "F", "N")
f("ternary", True), f("ternary", True, 1), f("ternary", None, 1, 2, none_val=3)
f("mandatory", "x"), f("mandatory", None), f("mandatory", "x", "msg"), f("mandatory", "", msg="m")
for v in ("x", 5, 1.5, True, None, [1], {"a": 1}):
    f("type_debug", v), f("quote", v)
for v in ("a b", "it's", "", "safe-_./:=@%+,", "$x", "é", "a\nb", "~", "a*b", "[1]"):
    f("quote", v)
for s in ("Hello", "a\nb\n", "", "x\n\ny", "é"):
    for st in ("plain", "decoration", "erlang", "c", "cblock", "xml"):
        f("comment", s, st)
f("comment", "a", "nope"), f("comment", "a", decoration="! "), f("comment", "a\nb", prefix_count=2, postfix_count=0), f("comment", "a", prefix="P", postfix="Q", prefix_count=2, postfix_count=3), f("comment", "a", beginning="<<", end=">>"), f("comment", "a\nb", "plain", newline="|"), f("comment", "a", "cblock", end=""), f("comment", 5), f("comment", "a", "xml", decoration="- "), f("comment", "a", "c", beginning="B", prefix="p"), f("comment", "a\r\nb"), f("comment", "a", foo=1), f("comment", "  a  \n b "), f("comment", None)
f("split", "a b  c"), f("split", "a,b", ","), f("split", "a,b,c", ",", 1), f("split", 5), f("split", "a", ""), f("split", "abc", "b"), f("split", "a,b", maxsplit=1), f("split", "a,b", sep=","), f("split", ""), f("split", None)
for s in ("/a/b/c.txt", "a", "/a/", "", "/", "//x", "a//b/", "/a/b.tar.gz", ".bashrc", "/a/.b/..c.d", "a.", "..", "/x/../y/./z", "C:\\dir\\f.txt", "\\\\srv\\share\\d\\f", "c:f", "c:/a/b", "\\a\\b\\", "C:\\", "é/ü.x", "//a//b", "///a", "a/b/../../..", "./a"):
    for x in ("basename", "dirname", "splitext", "normpath", "win_basename", "win_dirname", "win_splitdrive"):
        f(x, s)
for x in ("basename", "dirname", "splitext", "expanduser", "realpath", "normpath", "win_basename", "win_dirname", "win_splitdrive", "expandvars"):
    f(x, 5), f(x, None), f(x, [1])
f("path_join", ["a", "b"]), f("path_join", ["a", "/b", "c"]), f("path_join", ["", "a"]), f("path_join", ["a", ""]), f("path_join", []), f("path_join", "a"), f("path_join", 5), f("path_join", ["a", 5]), f("path_join", ["a/", "b"]), f("path_join", None), f("path_join", {"a": 1})
f("relpath", "/a/b/c", "/a"), f("relpath", "/a", "/a/b/c"), f("relpath", "/a", "/a"), f("relpath", "a/b", "a"), f("relpath", "", "/a"), f("relpath", 5, "/a"), f("relpath", "/a/../b", "/")
f("commonpath", ["/a/b", "/a/c"]), f("commonpath", ["/a/b"]), f("commonpath", []), f("commonpath", ["a", "/b"]), f("commonpath", "/a"), f("commonpath", ["/a/b/c", "/a/b/d/e", "/a/bc"]), f("commonpath", ["a/b", "a/c"]), f("commonpath", [5]), f("commonpath", ["a//b", "a/./b/c"]), f("commonpath", 5)
f("expanduser", "~/x"), f("expanduser", "~root/x"), f("expanduser", "~nobodyhere/x"), f("expanduser", "a~"), f("expanduser", "~"), f("expandvars", "$HOME/x ${USER}-$NOPE ${NOPE} $"), f("expandvars", "${HOME"), f("expandvars", "$HOME$USER"), f("expandvars", "$1 ${a b} $ x"), f("realpath", "/a/../b/./c"), f("realpath", "/")
for s, r in (("foobar", "o+"), ("Foo", "(?P<x>o+)"), ("a\nb", "^"), ("aaa", "a"), ("abc", "x*"), (123, "2"), (None, "o"), ("abc", "["), (["x"], "x"), ("abc", 5), (True, "T"), ("a.b", "."), ("FOO", "o"), ({"a": 1}, "a"), (1.5, "5")):
    f("regex_replace", s, r, "<>"), f("regex_replace", s, r, "\\g<0>!"), f("regex_search", s, r), f("regex_findall", s, r), f("regex_replace", s, r)
    f("regex_search", s, r, ignorecase=True, multiline=True), f("regex_findall", s, r, ignorecase=True), f("regex_replace", s, r, "x", ignorecase=True), f("regex_findall", s, r, True, True)
f("regex_replace", "aaa", "a", "b", count=2), f("regex_replace", "aaa", "a", "b", mandatory_count=3), f("regex_replace", "aaa", "a", "b", mandatory_count=2), f("regex_replace", "a\nb", "^", "> ", multiline=True), f("regex_replace", "abc", "(b)", "\\2"), f("regex_replace", "aaa", "a", "b", count=-1), f("regex_replace"
  , "abc", "b", None), f("regex_replace", "abc", "b", 5), f("regex_replace", "abc", "b", "x", foo=1), f("regex_replace", "a1b2", "(\\d)", "[\\1]"), f("regex_replace", "abc", "b", "\\q"), f("regex_replace", "aaa", "a", "b", True)
f("regex_search", "s1/d42", "s(\\d+)/d(\\d+)", "\\1", "\\2"), f("regex_search", "s1/d42", "s(?P<s>\\d+)/d(?P<d>\\d+)", "\\g<s>", "\\g<d>"), f("regex_search", "abc", "b", "\\1"), f("regex_search", "abc", "b", "bad"), f("regex_search", "abc", "(z)", "\\1"), f("regex_search", "abc", "(b)(z)?", "\\1", "\\2"), f("regex_search", "abc", "(?P<n>b)", "\\g<zz>"), f("regex_search", "abc", "b", "\\g<0>"), f("regex_search", "abc", "b", "\\0"), f("regex_search", "abc", "(b)", "\\1\\1"), f("regex_search", "abc", "b", foo=1)
f("regex_findall", "a=1 b=2", "(\\w)=(\\d)"), f("regex_findall", "a=1 b=2", "\\w=(\\d)"), f("regex_findall", "ab", "(x)?"), f("regex_findall", "a\nb", "^.", multiline=True), f("regex_findall", "", "a")
for s in ("a.b$[x]", "^*+?{}()|\\/ -#\n", "é-_", 5, ""):
    f("regex_escape", s), f("regex_escape", s, "posix_basic"), f("regex_escape", s, re_type="posix_extended"), f("regex_escape", s, "bad")
V = ["x", "", "é\"\\", 5, -1.5, 1e16, True, None, [], {}, [1, [2, {"a": None}]], {"b": 1, "a": {"c": [1, 2], "d": "x: y"}}, "yes", "a\nb", {"1": 2}, "text {{ x }}"]
for v in V:
    f("to_json", v), f("to_nice_json", v), f("to_yaml", v), f("to_nice_yaml", v), f("to_json", v, indent=2), f("to_nice_json", v, indent=2), f("to_json", v, ensure_ascii=False), f("to_nice_yaml", v, indent=2), f("to_yaml", v, default_flow_style=False), f("to_nice_json", v, sort_keys=False), f("to_nice_yaml", v, sort_keys=False), f("to_yaml", v, width=20), f("to_json", v, sort_keys=True), f("to_nice_yaml", v, width=1337, indent=2)
f("to_json", D, separators=[",", ":"]), f("to_json", D, foo=1), f("to_nice_json", D, 2), f("to_nice_json", D, foo=1), f("to_nice_yaml", D, 2), f("to_nice_yaml", D, foo=1), f("to_yaml", D, foo=1), f("to_yaml", D, True), f("to_nice_yaml", D, explicit_start=True, explicit_end=True), f("to_nice_yaml", "é", allow_unicode=False), f("to_yaml", D, default_style="'"), f("to_nice_yaml", ["a " * 60]), f("to_json", D, skipkeys=True, allow_nan=False, check_circular=True), f("to_json", D, preprocess_unsafe=False, vault_to_text=False), f("to_nice_json", D, indent=0), f("to_nice_json", D, indent="x"), f("to_json", D, indent="\t"), f("to_nice_yaml", D, line_break="\r\n"), f("to_yaml", [1], canonical=True), f("to_nice_json", D, separators=[",", ": "])
for s in ("{}", "[1, 2", '{"a": [1, null, true, 1.5e3]}', "nope", "", '"x"', "12", "NaN", 5, None, [1], {"a": 1}, True, "{a: 1}", " [1] ", "[1,]"):
    f("from_json", s)
    f("from_yaml", s), f("from_yaml_all", s)
for s in ("a: 1\nb: [x, yes]", "---\na: 1\n---\nb: 2\n", "plain", "- 1\n- 2", "a: b: c", "x: !!str 5", "a: &x 1\nb: *x", "!vault x", "a: !unsafe '{{ x }}'", "d: 2024-01-02", "a: 1\na: 2"):
    f("from_yaml", s), f("from_yaml_all", s)
f("from_json", "[1]", profile="tagless"), f("from_json", "[1]", 5)
for v in ("abc", "", "é", 5, 1.5, None, [1], True, {"a": 1}):
    for x in ("hash", "sha1", "md5", "checksum", "b64encode", "to_uuid"):
        f(x, v)
for h in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s", "nope", "crc32", "SHA256", "sha512_256", "sha3_512", "ripemd160", "shake_128"):
    f("hash", "abc", h)
f("hash", "abc", hashtype="md5"), f("hash", "abc", 5)
f("b64encode", "é", encoding="latin-1"), f("b64encode", "hi", encoding="utf-16-le"), f("b64encode", "??>>", urlsafe=True), f("b64encode", "x", encoding="nope"), f("b64decode", "aGk="), f("b64decode", "aGk"), f("b64decode", "!!!"), f("b64decode", "6Q==", encoding="latin-1"), f("b64decode", "Pz8-Pg==", urlsafe=True), f("b64decode", "/w=="), f("b64decode", ""), f("b64decode", "aG k="), f("b64decode", 5), f("b64decode", "aGk=aGk="), f("b64decode", "aGk=\n"), f("b64decode", "a"), f("b64decode", None), f("b64decode", "Pz8-Pg=="), f("b64encode", "x" * 100), f("b64encode", "é", "ascii")
f("to_uuid", "abc", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), f("to_uuid", "abc", "bad"), f("to_uuid", "abc", namespace="6ba7b8109dad11d180b400c04fd430c8")
for h in ("sha512", "sha256", "md5", "blowfish", "bcrypt", "nope"):
    f("password_hash", "secret", h, "mysalt12"), f("password_hash", "secret", h, "mysalt12", rounds=5000)
f("password_hash", "secret", "blowfish", "1234567890123456789012"), f("password_hash", "secret", "blowfish", "1234567890123456789012", rounds=5), f("password_hash", "secret", "blowfish", "1234567890123456789012", ident="2a", rounds=4), f("password_hash", "secret", "sha512", "x" * 16, rounds=1000), f("password_hash", "secret", "sha512", "x" * 17), f("password_hash", "", "sha512", "mysalt12", rounds=1000), f("password_hash", "é" * 40, "sha512", "mysalt12", rounds=1000), f("password_hash", "x" * 100, "sha256", "mysalt12", rounds=1000), f("password_hash", 12345, "sha512", "mysalt12", rounds=1000), f("password_hash", "secret", "sha512", "mysalt12", rounds=10), f("password_hash", "secret", "md5", "x" * 9), f("password_hash", "é" * 20, "md5", "abc"), f("password_hash", "secret", "sha256", "a", rounds=1001), f("password_hash", None, "sha512", "mysalt12", rounds=1000), f("password_hash", "secret", "sha512", "mysalt12", 16, 1000), f("password_hash", "secret", "sha512", "bad salt!"), f("password_hash", "secret", "md5", "bad!salt"), f("password_hash", "secret", "sha512", 12345678, rounds=1000), f("password_hash", "secret", "sha512", "mysalt12", ident="6", rounds=1000), f("password_hash", "secret", "blowfish", "1234567890123456789012", ident="2b", rounds=4), f("password_hash", "secret", "blowfish", "1234567890123456789012", ident="2y", rounds=4), f("password_hash", "x" * 80, "blowfish", "1234567890123456789012", rounds=4), f("password_hash", "secret", "sha512", "mysalt12", rounds=656000), f("password_hash", "secret", "sha256", "mysalt12", rounds=535000), f("password_hash", "secret", "blowfish", "123456789012345678901z", rounds=4), f("password_hash", "secret", "blowfish", "short", rounds=4)
for v in (0, 1, 1023, 1024, 1536, 10 ** 6, 10 ** 9, 2 ** 40, 10 ** 30, 1.5, -5, "1024", None, True, 2 ** 80):
    f("human_readable", v), f("human_readable", v, True), f("human_readable", v, unit="M"), f("human_readable", v, isbits=True, unit="K")
f("human_readable", 10, unit="Q"), f("human_readable", 10, unit="b"), f("human_readable", 10, unit="m")
for v in ("10M", "1.5 GB", "10", "1Mb", "2K", "2KB", "1 byte", "5B", "5b", "10x", "", "abc", 5, 1.5, None, "1e3", "-1K", "10 M B", "1024Y", "1.5", " 5K ", "10Mib", "1 KiB", "0", "1kb", "1 bytes", "3 Megabytes", "10m", "1Kb", "1E", "5 bits", "10MB/s", "1.5.5K", ".5K", "+5K"):
    f("human_to_bytes", v), f("human_to_bytes", v, isbits=True), f("human_to_bytes", v, "K"), f("human_to_bytes", v, default_unit="Mb", isbits=True)
for v in (1, 2, 10, 100, 0.5, 2.718281828459045, "x", 0, -1, None, True, 1000, 3, 7, "5"):
    f("log", v), f("log", v, 10), f("log", v, 2), f("log", v, base=3), f("root", v), f("root", v, 3), f("root", v, base=4), f("pow", v, 2), f("pow", v, 0.5), f("pow", v, -1), f("pow", v, "x")
f("log", 5, 1), f("log", 5, 0), f("log", 5, "x"), f("root", 8, 0), f("pow", 2, 1024), f("log", 10 ** 400 if False else 1e300), f("log", 5, -1)
URLS = ["https://user:pw@www.example.com:8443/a/b.html?q=1&r=2#frag", "example.com/x", "mailto:a@b", "http://[::1]:80/", "//host/path", "", "http://h:bad/", "file:///etc/x", "HTTP://EX.com", "http://h?q#f", "ftp://u@h", "a:b", "http://h:/x", "x://", "1:2", "http://h:99999/", "http://é.com/ü", "javascript:alert(1)", "?q", "#f", "http://a b/c", " http://x/", "http://x/\ny", "http://[bad/"]
for u in URLS:
    f("urlsplit", u), f("urlsplit", u, "hostname"), f("urlsplit", u, "port"), f("urlsplit", u, query="scheme"), f("urldecode", u)
    t("url", u), t("uri", u), t("urn", u), t("url", u, ["http", "https"]), t("url", u, schemes=["ftp"]), t("uri", u, ["mailto"])
f("urlsplit", URLS[0], "bad"), f("urlsplit", 5), f("urldecode", "a%20b+c%2F%zz%"), f("urldecode", 5), f("urldecode", "%C3%A9%FF"), f("urldecode", None)
for x in ("urn:a:b", "URN:x:y", "urn:", 5, None):
    t("urn", x), t("url", x), t("uri", x)
for s in (1, 5, "host1", "x", 12345678901234567890, 0, -7, 1.5, "", "é"):
    f("random", 100, seed=s), f("random", ["a", "b", "c", "d", "e"], seed=s), f("shuffle", [1, 2, 3, 4, 5, 6, 7, 8], seed=s or "y"), f("random", 1000000, 10, 7, seed=s), f("random", 2 ** 40, seed=s)
f("random", 10, 20, seed=1), f("random", "abc", seed=1), f("random", "abc", start=1, seed=1), f("random", [], seed=1), f("random", 0, seed=1), f("random", 10, step=0, seed=1), f("random", 10.5, seed=1), f("shuffle", "abc", seed=1), f("shuffle", 5, seed=1), f("shuffle", {"a": 1, "b": 2}, seed=1), f("random", 10, step=3, seed=1), f("random", {"a": 1}, seed=1), f("random", "10", seed=1), f("random", 10, start=5, step=5, seed=2), f("random", None, seed=1), f("random", True, seed=1), f("shuffle", [], seed=1), f("random", [1], step=2, seed=1), f("shuffle", [1, 2, 3], "x")
for v in ("2024-01-02 03:04:05", "2024-01-02", "x", 5):
    f("to_datetime", v), f("to_datetime", v, "%Y-%m-%d"), f("to_datetime", v, format="%Y-%m-%d %H:%M:%S")
for v, fm in (("02/Jan/24", "%d/%b/%y"), ("Monday 5 February 2024", "%A %d %B %Y"), ("11:30 PM", "%I:%M %p"), ("2024 045", "%Y %j"), ("2024-01-02T03:04:05.123456", "%Y-%m-%dT%H:%M:%S.%f"), ("2024-01-02T03:04:05+0200", "%Y-%m-%dT%H:%M:%S%z"), ("2024-01-02T03:04:05Z", "%Y-%m-%dT%H:%M:%SZ"), ("2024-01-02T03:04:05-05:30", "%Y-%m-%dT%H:%M:%S%z"), ("5", "%d"), ("100%", "100%%"), ("x", "%q"), ("2024-13-01", "%Y-%m-%d"), ("2024-02-30", "%Y-%m-%d"), ("2024-1-2", "%Y-%m-%d"), ("2024-01-02 x", "%Y-%m-%d"), ("1700000000", "%s"), ("12", "%y"), ("70", "%y"), ("a  b", "a b"), ("2024-01-02", "%F"), ("03:04:05", "%T"), ("20240102", "%Y%m%d"), ("Tue Jan  2 03:04:05 2024", "%c"), ("01/02/24", "%x"), ("2024-01-02T03:04:05Z", "%Y-%m-%dT%H:%M:%S%z"), ("UTC", "%Z"), ("GMT 12", "%Z %H"), ("JAN 1", "%b %d"), ("2024-W05-3", "%G-W%V-%u"), ("2024 10 1", "%Y %U %w")):
    f("to_datetime", v, fm)
for fm in ("%Y-%m-%d %H:%M:%S", "%d/%b/%y %a %j %U %p %I %%", "%s", "%c", "%x %X", "%Z", "%z", "%-d %-m %e %k %l", "%G-W%V-%u %w", "%D %T %R %F %r", "plain", "%", "%q", "%^a %#b %_d %05Y %C %g %h %n%t|", "", "é %Y"):
    for s in (0, 1700000000, 1e9, "1700000000.9", -1):
        f("strftime", fm, s)
f("strftime", "%H", "x"), f("strftime", "%Y", 0, True), f("strftime", "%H", 0, utc=True), f("strftime", 5, 0), f("strftime", "%Y", second=86400 * 365), f("strftime", "%Y", [1])
for v in ("secret", 5, None, [1]):
    f("vault", v, "pw", "s" * 32), f("unvault", v, "pw")
f("vault", "x", 5, "s" * 32), f("vault", "x", "pw", "s" * 32, "id"), f("vault", "x", "pw", salt="s" * 32, vault_id="v"), f("vault", "x", "pw", "s" * 32, "default"), f("unvault", "$ANSIBLE_VAULT;1.1;AES256\nzz", "pw"), f("unvault", "x", 5), f("vault", "x", "pw", "short"), f("vault", "é", "pé", "s" * 32)
VT = "$ANSIBLE_VAULT;1.2;AES256;filter_default\n7373737373737373737373737373737373737373737373737373737373737373"
f("unvault", VT, "pw")

for a, b in (("1.0", "1.0.0"), ("1.2", "1.10"), ("1.10", "1.9"), ("2.0", "2.0"), ("1.2.3", "1.2"), ("v1.2", "1.2"), ("1.0a1", "1.0"), ("1.0rc1", "1.0rc2"), ("1.0.0-rc1", "1.0.0"), ("1.0.0-alpha.1", "1.0.0-alpha.beta"), ("1.0.0+b1", "1.0.0+b2"), ("20.04", "18.04"), ("1.0.dev1", "1.0"), ("1.0.post1", "1.0"), ("1!1.0", "2.0"), (1.5, "1.4"), ("", "1.0"), ("abc", "1"), ("1.0", ""), ("1.0-1", "1.0-2"), ("8u201", "8u11"), ("1.2.0", "1.2"), (5, 5), (None, "1"), ("1.0.0-1", "1.0.0-a"), ("1.0~rc1", "1.0"), ("1.0b3", "1.0a5"), ("1.2.3.4", "1.2.3"), ("2024.01.02", "2024.1.2"), ("1.0+local", "1.0"), ("1.0c1", "1.0rc1"), ("1.0-alpha", "1.0a0"), ("v1.0", "1.0"), ("1.0.0", "1.0.0")):
    for op in ("<", ">=", "=="):
        t("version", a, b, op)
        for vt in ("strict", "semver", "pep440", "loose", "semantic"):
            t("version", a, b, op, version_type=vt)
for op in ("==", "=", "eq", "<", "lt", "<=", "le", ">", "gt", ">=", "ge", "!=", "<>", "ne", "bad", ""):
    t("version", "1.2", "1.3", op), t("version_compare", "1.3", "1.3", op)
t("version", "1", "1", strict=True), t("version", "1.0", "1.0", "==", True, "loose"), t("version", "1.0", "1.0", "==", None, "bad"), t("version", "1.0"), t("version", "1.0", "1.0", "eq", False, "loose"), t("version", "1.0", [1])
for s in ("Hello World", "a\nb", 5, None, "", [1], True):
    for p in ("Hello", "World", "^b", "5", "", "h", "[", 5):
        for x in ("match", "search", "regex"):
            t(x, s, p)
            t(x, s, p, True), t(x, s, p, multiline=True, ignorecase=True)
t("regex", "abc", "b", match_type="match"), t("regex", "abc", "b", match_type="search"), t("regex", "abc", "abc", match_type="fullmatch"), t("regex", "abc", "b", match_type="bad"), t("regex", "abc", "b", False, False, "match")
RES = [{}, {"changed": True}, {"changed": False}, {"failed": True}, {"failed": False}, {"rc": 1}, {"rc": 0}, {"skipped": True}, {"unreachable": True}, {"unreachable": False}, {"finished": 1}, {"finished": 0}, {"finished": True}, {"finished": False}, {"started": 1}, {"started": 0}, {"results": [{"changed": True}, {"changed": False}]}, {"results": [{"changed": False}]}, {"results": [{"failed": True}]}, {"results": [{"skipped": True}, {"skipped": False}]}, {"timedout": True}, {"timedout": {"period": 5}}, {"timedout": False}, {"failed": "yes"}, {"changed": "no"}, {"failed": 0}, "x", 5, None, [], {"ansible_job_id": "1", "finished": 0, "started": 1}, {"changed": None}, {"skipped": "true"}, {"results": "x"}, {"results": [5]}, {"timedout": {"period": None}}]
for r in RES:
    for x in ("changed", "change", "failed", "failure", "succeeded", "success", "successful", "skipped", "skip", "unreachable", "reachable", "finished", "started", "timedout"):
        t(x, r)
for a, b in (([1, 2], [1, 2, 3]), ([1, 4], [1, 2]), ([], []), ([1], []), ([[1]], [[1], 2]), ("ab", "abc"), (5, [1]), ([1], 5), ([1, 1], [1]), ({"a": 1}, {"a": 2, "b": 1}), (["a"], "abc")):
    for x in ("subset", "issubset", "superset", "issuperset"):
        t(x, a, b)
for a, b in (([1, 2], 2), ([1], 5), ("abc", "b"), ("abc", 5), ({"a": 1}, "a"), (5, 1), ([], None), ([[1]], [1]), ([1.0], 1), (None, 1)):
    t("contains", a, b)
for v in ([], [True], [False], [1, 0], ["", "x"], [None], 5, "abc", "", {"a": 1}, {}, ["false"], None, [[]]):
    t("all", v), t("any", v)
for v in (1, 1.5, "nan", "x", None, True, [], "NaN"):
    t("nan", v), t("isnan", v)
for v in ("true", "false", "", "yes", "no", "zz", 0, 1, 2, None, [], [0], "0", "1", True, False, "on", "off", 0.0, "y", "t"):
    for x in ("truthy", "falsy"):
        t(x, v), t(x, v, convert_bool=True), t(x, v, True), t(x, v, False)
for p in ("/", "/etc", "/etc/passwd", "/nope", "relative", "", "/etc/../etc", "/proc", 5, None, "/dev/null", "/etc/mtab", "/bin"):
    for x in ("abs", "is_abs", "directory", "is_dir", "exists", "file", "is_file", "link", "is_link", "link_exists", "mount", "is_mount", "vaulted_file"):
        t(x, p)
    t("same_file", p, "/etc"), t("is_same_file", p, p)
for v in ("x", "$ANSIBLE_VAULT;1.1;AES256\n00", 5, None, VT):
    t("vault_encrypted", v)


# filters of collections
Q = ["", "address", "address/prefix", "bool", "broadcast", "cidr", "first_usable", "last_usable", "gateway", "gw", "host", "host/prefix", "hostmask", "hostnet", "int", "ip", "ip/prefix", "ip_netmask", "ip_wildcard", "ipv4", "ipv6", "v4", "v6",
     "link-local", "lladdr", "ll", "loopback", "lo", "multicast", "net", "netmask", "network", "network_id", "network/prefix", "network_netmask", "network_wildcard", "next_usable", "previous_usable", "peer", "prefix", "private", "public",
     "range_usable", "revdns", "router", "router/prefix", "size", "size_usable", "subnet", "type", "unicast", "version", "wildcard", "wrap", "6to4", "bad", "0", "1", "-1", "5", 0, 1, -1, 300, "10.0.0.0/8", "192.168.0.0/16", "::/0", "192.168.1.5", "192.168.1.0/24", "2001:db8::/32"]
A = ["192.168.1.5", "192.168.1.5/24", "192.168.1.0/24", "10.0.0.1/8", "0.0.0.0/0", "1.2.3.4/31", "1.2.3.4/32", "1.2.3.5/30", "192.168.1.255/24", "8.8.8.8", "127.0.0.1", "224.0.0.1", "169.254.1.1/16", "::1", "fe80::1/64", "2001:db8::5/64", "2001:db8::/32", "2001:db8::1/128", "ff02::1", "::ffff:1.2.3.4", "fd00::1/48", "2002:102:304::1", "x", "",
     "192.168.1.5/255.255.255.0", "192.168.1.300", "1.2.3", "10.0.0.0/33", "host.example.com", 3232235777, 42, True, False, None, ["1.2.3.4", "x", "::1", "10.0.0.0/8"], ["192.168.1.5/24", "2001:db8::5/64", "bad"], [], "192.168.1.1-192.168.1.5", "192.168.001.005", "172.16.5.4/12", "100.64.0.1/10", "2001:db8::5/127", "240.0.0.1"]
for a in A:
    for q in Q:
        f("ansible.utils.ipaddr", a, q)
    f("ansible.utils.ipaddr", a)
    for q in ("", "address", "network", "192.168.0.0/16", 1, "prefix", "bool", "host", "subnet"):
        f("ansible.utils.ipv4", a, q), f("ansible.utils.ipv6", a, q)
    f("ansible.utils.ipwrap", a), f("ansible.utils.ipwrap", a, "host"), f("ansible.utils.ipwrap", a, "address")
    for m in (0, 1, 5, -1, 300, 300000, "2"):
        isinstance(a, str) and m != 300000 and m != -1 and f("ansible.utils.nthhost", a, m)
        isinstance(a, str) and f("ansible.utils.ipmath", a, m)
        isinstance(a, str) and m in (1, 5) and (f("ansible.utils.next_nth_usable", a, m), f("ansible.utils.previous_nth_usable", a, m))
    f("ansible.utils.ipsubnet", a), f("ansible.utils.ipsubnet", a, 26), f("ansible.utils.ipsubnet", a, 26, 1), f("ansible.utils.ipsubnet", a, 26, -1), f("ansible.utils.ipsubnet", a, 18, 300), f("ansible.utils.ipsubnet", a, "192.168.0.0/16"), f("ansible.utils.ipsubnet", a, "192.168.1.0/24", 5), f("ansible.utils.ipsubnet", a, 64, 2), f("ansible.utils.ipsubnet", a, 31)
    for m in ("192.168.0.0/16", "192.168.1.0/24", "10.0.0.0/8", "2001:db8::/32", "192.168.1.5", "x"):
        isinstance(a, str) and a not in ("x", "") and m != "x" and f("ansible.utils.network_in_network", m, a)
    f("ansible.utils.ip4_hex", a), f("ansible.utils.ip4_hex", a, ":"), f("ansible.utils.ipaddr", a, "public", True)
    for x in ("ipv4", "ipv6", "ip", "ipv4_address", "ipv6_address", "ip_address"):
        t("ansible.utils." + x, a)
J = {"a": {"b": [{"c": 1, "d": "x"}, {"c": 2, "d": "y"}, {"c": 3}]}, "e f": True, "n": None, "f": 1.5}
for e in ("a", "a.b[0].c", "a.b[*].c", "a.b[?c > `1`].d", "a.b[?d=='x']", "length(a.b)", '"e f"', "n", "zz", "a.b[-1]", "keys(@)", "sum(a.b[].c)", "a.b[].{x: c, y: d}", "join(',', a.b[?d].d)", "sort_by(a.b, &c)[0]", "max(a.b[].c)", "a.b | [0]", "[a.b[0].c, f]", "bad[", "@", "a.b[?contains(d, 'x')]", "f", "to_string(f)", "nope(1)", "to_number('5')", "avg(a.b[].c)", "not_null(n, f)", "reverse(a.b[].c)", "a.b[1:]", "a.*", "length('x')", "type(f)", "a.b[0].c == `1`", "merge({a: `1`}, {b: `2`})", "values({a: `1`})", "starts_with('abc', 'a')", "map(&c, a.b)", ""):
    f("community.general.json_query", J, e)
f("community.general.json_query", [1, 2], "[0]"), f("json_query", "x", "a"), f("community.general.json_query", 5, "@"), f("community.general.json_query", J), f("community.general.json_query", J, 5)
f("community.general.dict", [["a", 1], ["b", 2]]), f("community.general.dict", []), f("community.general.dict", "ab"), f("community.general.dict", [["a", 1, 2]]), f("community.general.dict", 5), f("community.general.dict", [[[1], 2]]), f("community.general.dict", {"a": 1})
f("community.general.dict_kv", 5, "k"), f("community.general.dict_kv", [1], "k"), f("community.general.dict_kv", "x", 5)
for v in (["1.10", "1.9", "1.2.3"], [], ["b", "a", "c1"], "ab", 5, ["1.0", "v1"]):
    f("community.general.version_sort", v)
for v in ("a", "", "é", 5, None):
    f("community.general.crc32", v)
for v in (["a", "b", "a"], "hello", {"a": 1}, 5, [[1]], [1, 1.0, True]):
    f("community.general.counter", v)
G = [{"n": "a", "v": 1}, {"n": "b", "v": 2}]
f("community.general.groupby_as_dict", G, "n"), f("community.general.groupby_as_dict", G, "zz"), f("community.general.groupby_as_dict", G + G, "n"), f("community.general.groupby_as_dict", 5, "n"), f("community.general.groupby_as_dict", [5], "n")
