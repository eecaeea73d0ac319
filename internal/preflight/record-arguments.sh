#!/bin/sh
# Writes testdata/arguments.txt anew: the arguments of Ansible's modules, with their aliases, as ansible-doc of the real
# ansible-core tells them. Usage: ANSIBLE_ORACLE=COMMAND sh record-arguments.sh MODULE...
# where COMMAND runs a command of the real Ansible; without modules those that the file names already are asked for.
set -eu
cd "$(dirname "$0")"
# shellcheck disable=SC2046 # names have no blanks
test $# -gt 0 || set -- $(cut -d: -f1 testdata/arguments.txt)
${ANSIBLE_ORACLE-} ansible-doc -t module -j "$@" | python3 -c '
import json, sys
for name, doc in sorted(json.load(sys.stdin).items()):
    options = doc["doc"].get("options") or {}
    names = set(options).union(*(o.get("aliases") or [] for o in options.values()))
    print(name + ":" + "".join(" " + n for n in sorted(names)))
' >testdata/arguments.txt.new
mv testdata/arguments.txt.new testdata/arguments.txt
