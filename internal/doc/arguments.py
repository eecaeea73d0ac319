"""Reads what `ansible-doc -j` writes and tells the arguments of each module: its name, a tab, and "name|alias", "name.suboption"."""
import json
import sys


def walk(options, within=""):
    for name, option in (options or {}).items():
        yield within + "|".join([name] + sorted(option.get("aliases") or []))
        yield from walk(option.get("suboptions"), within + name + ".")


for name, page in sorted(json.load(sys.stdin).items()):
    if "doc" in page:
        print(name + "\t" + " ".join(sorted(walk(page["doc"].get("options")))))
