#!/bin/sh
cd "$(dirname "$0")"
v='"vars":{"ansible_connection":"local","ansible_python_interpreter":"/usr/bin/python3"}'
if [ -e flag ]; then h='"h1","h9"'; else h='"h1"'; fi
echo "{\"web\":{\"hosts\":[$h],$v},\"_meta\":{\"hostvars\":{}}}"
