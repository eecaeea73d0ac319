#!/usr/bin/env python3
"""Writes retired_modules.txt and the full names in redirected_modules.txt anew: the modules that collections have removed or
will remove, and the names that lead to modules, as the real ansible-core tells them. Usage, in this folder:

    COMMAND python3 retired.py [FILE]

where COMMAND runs a command of the real Ansible. The names that the lists here already have are asked for, and those in FILE.
Of what is said the facts are kept: name, collection, version or date, and what is to be used in its place; not the
collections' own sentences. It takes half an hour.
"""
import json
import re
import subprocess
import sys
import tempfile

names = {line.split()[0] for f in ("known_modules.txt", "redirected_modules.txt", *sys.argv[1:]) for line in open(f) if line.strip()}
old = [line.rstrip("\n").split("\t") for line in open("retired_modules.txt")]
names |= {n for fields in old for n in [fields[0], *fields[3].split(",")] if n != "-"}
known = {line.strip() for line in open("known_modules.txt")}
static = {"import_playbook", "import_role", "import_tasks", "include_role", "include_tasks", "include", "meta"}


def doc(batch, removed, found):
    """Asks ansible-doc, which ends at the first module that was removed."""
    while batch:
        p = subprocess.run(["ansible-doc", "-t", "module", "-j", *batch], capture_output=True, text=True)
        m = re.search(r"\[ERROR\]: module (\S+) (.*)", p.stderr)
        if p.returncode == 0:
            found.update({k: v["doc"].get("plugin_name") or v["doc"]["module"] for k, v in json.loads(p.stdout or "{}").items()})
            return
        if not m or m[1] not in batch:
            raise SystemExit(p.stderr)
        batch.remove(m[1])
        if "has been removed" in m[2]:
            removed[m[1]] = m[2]


def warned(all_names):
    """Has ansible-playbook read a play with all of them; gives what is said of each module that will be removed."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
        f.write("- hosts: localhost\n  tasks:\n" + "".join(f"  - {n}: {{a: 1}}\n" for n in all_names))
        f.flush()
        p = subprocess.run(["ansible-playbook", "--syntax-check", f.name], capture_output=True, text=True)
    if p.returncode:
        raise SystemExit(p.stderr)
    return dict(re.findall(r"\[DEPRECATION WARNING\]: (\S+) has been deprecated\. (.*)", p.stderr))


def instead(why):
    """What a sentence says is to be used, "" where it names nothing."""
    for pattern in (r"[Uu]se (?:newer and updated module )?((?!newer)\S+(?:(?:,| and| or| and/or) \S+)*?(?: module)?)(?: with more functionality)? instead\b",
                    r"[Uu]se (the modules from the \S+ collection) instead", r"(?:renamed to|migrate to|moved to|superseceded by|are deprecated, use) '?(\S+?)'?\.(?: |$)"):
        m = re.search(pattern, why)
        if m:
            return re.sub(r"M\((\S+?)\)", r"\1", m[1])
    return ""


def when(why):
    return re.search(r"collection '\S+' (?:version|in a release after) (\S+)\.$", why)[1]


removed, found = {}, {}
todo = sorted(names - known)
for i in range(0, len(todo), 25):
    doc(todo[i:i + 25], removed, found)
deprecated = warned(n for n in sorted(known | set(found)) if n.split(".")[-1] not in static)

table = {}
for written, why in removed.items():
    full, why = re.search(r"The '(\S+)' module has been removed\. (.*)", why).groups()
    table.setdefault(full, ["removed", when(why), set(), instead(why)])[2].add(written)
last = {}
for full, why in deprecated.items():
    table[full] = ["deprecated", when(why), {full}, instead(why)]
    last[full.split(".")[-1]] = full
for written, target in found.items():
    if written in deprecated:
        continue
    if target in deprecated:
        table[target][2].add(written)
    elif written.split(".")[-1] in last:
        table[last[written.split(".")[-1]]][2].add(written)
with open("retired_modules.txt", "w") as f:
    for full, (state, at, written, use) in sorted(table.items()):
        f.write("\t".join([full, state, at, ",".join(sorted(written - {full})) or "-", use or "-"]) + "\n")
with open("redirected_modules.txt", "w") as f:
    for n in sorted(found):
        f.write(n + (" " + found[n] if "." in n or n.split(".")[-1] != found[n].split(".")[-1] else "") + "\n")
