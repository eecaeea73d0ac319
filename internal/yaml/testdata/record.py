# Records what PyYAML (with libyaml, as Ansible uses it) makes of texts: one JSON object a line for each text of the
# files named. Run it with the Python of the real ansible-core, from this folder:
#   python3 record.py scalars.txt > scalars.jsonl       one plain scalar a line, read as a document
#   python3 record.py documents.txt > documents.jsonl   documents, each after a line "=== name"
import base64, datetime, json, sys, yaml

def typed(v):
    if v is None: return ["none"]
    if isinstance(v, bool): return ["bool", str(v)]
    if isinstance(v, int): return ["int", str(v)]
    if isinstance(v, float): return ["float", repr(v)]
    if isinstance(v, str): return ["str", v]
    if isinstance(v, bytes): return ["bytes", base64.b64encode(v).decode()]
    if isinstance(v, datetime.datetime): return ["datetime", v.isoformat()]
    if isinstance(v, datetime.date): return ["date", v.isoformat()]
    if isinstance(v, list): return ["list", [typed(x) for x in v]]
    if isinstance(v, tuple): return ["tuple", [typed(x) for x in v]]
    if isinstance(v, set): return ["set", sorted(typed(x) for x in v)]
    if isinstance(v, dict): return ["dict", [[typed(k), typed(x)] for k, x in v.items()]]
    raise Exception(type(v))

def record(name, text):
    out = {"name": name, "text": text}
    try:
        out["docs"] = [typed(v) for v in yaml.load_all(text, Loader=yaml.CSafeLoader)]
    except yaml.MarkedYAMLError as e:
        m = e.problem_mark or e.context_mark
        out["error"], out["at"] = e.problem, [m.line + 1, m.column + 1]
    except Exception as e:
        out["error"] = type(e).__name__
    print(json.dumps(out, ensure_ascii=False))

for name in sys.argv[1:]:
    body = open(name, encoding="utf-8", newline="").read()
    if name.endswith("scalars.txt"):
        for line in body.split("\n")[:-1]: record(line, line)
    else:
        for part in body.split("=== ")[1:]:
            title, text = part.split("\n", 1)
            for esc, ch in (("␍", "\r"), ("␉", "\t"), ("␠", " "), ("␄", "")): text = text.replace(esc, ch)
            record(title, text)
