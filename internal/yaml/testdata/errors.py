# Records what ansible-core says of broken texts: python3 errors.py errors.json > errors.jsonl, with errors.json a list
# of texts, by the Python of the real ansible-core.
import json, os, sys, tempfile
from ansible.parsing.dataloader import DataLoader
from ansible._internal._datatag._tags import Origin

for text in json.load(open(sys.argv[1])):
    with tempfile.NamedTemporaryFile("w", suffix=".yml", newline="", delete=False) as f: f.write(text)
    try:
        DataLoader().load_from_file(f.name, cache="none")
    except Exception as e:
        o = Origin.get_tag(e.obj) or e.obj
        print(json.dumps({"text": text, "message": e.message, "help": e._help_text or "", "at": [o.line_num or 0, o.col_num or 0]}, ensure_ascii=False))
    else:
        print(json.dumps({"text": text, "message": ""}, ensure_ascii=False))
    os.unlink(f.name)
