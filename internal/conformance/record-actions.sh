#!/usr/bin/env bash
# Records what the real Ansible makes of small playbooks that use the actions of the control node. The tests of the native
# engine compare with it and need no Ansible.
#
#   ANSIBLE_ORACLE=path/to/ansible-2.19 internal/conformance/record-actions.sh [CASE...]
#
# ANSIBLE_ORACLE is put before each command line, so it can be a wrapper that enters a chroot or a container; empty means
# the ansible-playbook in PATH. Without a case all are recorded.
#
# A case is a folder below testdata/actions: cmd (a command line) and in/ (the files of the folder that it is run in) are
# written by hand, stdout, stderr and rc recorded. In them the path of the folder is @DIR@; what differs from run to run has
# the signs that actions_test.go puts into an output.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
cases=$here/testdata/actions
work=$(mktemp -d "${TMPDIR:-/tmp}/kimai-actions.XXXXXX")
trap 'rm -rf "$work"' EXIT
export ANSIBLE_NOCOLOR=1 ANSIBLE_NOCOWS=1

normalise() {
  sed -E -e "s|$dir|@DIR@|g" \
    -e 's/"(start|end|stop)": "[^"]*"/"\1": "@TIME@"/g; s/"delta": "[^"]*"/"delta": "@DELTA@"/g' \
    -e 's/Paused for [0-9.]+ /Paused for @TIME@ /g' \
    -e 's/"(owner|group)": "[^"]*"/"\1": "@OWNER@"/g; s/"(uid|gid)": [0-9]+/"\1": "@ID@"/g' \
    -e 's|"src": "[^"]*/\.source[^"/]*"|"src": "@SENT@"|g' \
    -e 's|"backup_file": "[^"]*"|"backup_file": "@BACKUP@"|g' \
    -e 's|[^ "'"'"':]*/ansible-local-[^/ ]+/[^/ ":]+|@TMP@|g; s|[^ "'"'"':]*/ansible-tmp-[0-9.-]+|@TMP@|g'
}

record() {
  local case=$cases/$1 rc=0
  dir=$work/$1
  cp -R "$case/in" "$dir"
  eval "set -- $(cat "$case/cmd")"
  (cd "$dir" && ${ANSIBLE_ORACLE:-} "$@" >"$work/out" 2>"$work/err" </dev/null) || rc=$?
  normalise <"$work/out" >"$case/stdout"
  normalise <"$work/err" >"$case/stderr"
  echo "$rc" >"$case/rc"
  echo "${case##*/}: exit $rc"
}

if [ $# = 0 ]; then
  cd "$cases"
  set -- */
fi
for name in "$@"; do record "${name%/}"; done
