#!/usr/bin/env bash
# Records what the real Ansible makes of a machine that reboots: a container of a stub of docker, which is this machine.
#
#   ANSIBLE_ORACLE=path/to/ansible-2.19 internal/conformance/record-reboot.sh
#
# ANSIBLE_ORACLE is put before the command line; empty means the ansible-playbook in PATH. testdata/reboot/in is written by hand,
# stdout, stderr, rc and log, the calls of shutdown, are recorded. The path of the folder is @DIR@ in them.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)/testdata/reboot
work=$(mktemp -d "${TMPDIR:-/tmp}/kimai-reboot.XXXXXX")
trap 'rm -rf "$work"' EXIT
export ANSIBLE_NOCOLOR=1 ANSIBLE_NOCOWS=1
cp -R "$here/in" "$work/in"
dir=$work/in rc=0
(cd "$dir" && ${ANSIBLE_ORACLE:-} env PATH="$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin" ansible-playbook -i hosts play.yml -v >"$work/out" 2>"$work/err" </dev/null) || rc=$?
normalise() {
  sed -E -e "s|$dir|@DIR@|g" -e 's/"elapsed": [0-9]+/"elapsed": @N@/g; s/"delta": "[^"]*"/"delta": "@DELTA@"/; s/"(start|end)": "[^"]*"/"\1": "@TIME@"/g'
}
normalise <"$work/out" >"$here/stdout"
normalise <"$work/err" >"$here/stderr"
cp "$dir/log" "$here/log"
echo "$rc" >"$here/rc"
echo "reboot: exit $rc"
