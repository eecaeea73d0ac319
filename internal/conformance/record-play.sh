#!/usr/bin/env bash
# Records what the real Ansible makes of small playbooks: the tests of the native engine compare with it and need no Ansible.
#
#   ANSIBLE_ORACLE=path/to/ansible-2.19 internal/conformance/record-play.sh [CASE...]
#
# ANSIBLE_ORACLE is put before each command line, so it can be a wrapper that enters a chroot or a container; empty means
# the ansible-playbook in PATH. Without a case all are recorded.
#
# A case is a folder below testdata/play. Its playbooks, roles and inventory are written by hand; hosts.yml is that of
# testdata/play where it has none of its own. Also:
#   cmd        written by hand: a command line, run in a copy of the case; one fork, so that hosts end in their order
#   stdout stderr rc    what came of it
# In them the path of the copy is @DIR@; times are @TIME@ and @DELTA@, the name of a job @JID@, the folder of jobs
# @ASYNC@, the home of the user @HOME@.
#   merged     an empty file, where the order of output and errors matters: both are recorded as stdout
#   stdin      written by hand, where something is asked: what is typed
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
cases=$here/testdata/play
work=$(mktemp -d "${TMPDIR:-/tmp}/kimai-play.XXXXXX")
trap 'rm -rf "$work"' EXIT
export ANSIBLE_NOCOLOR=1 ANSIBLE_NOCOWS=1

normalise() {
  sed -E -e "s|$dir|@DIR@|g" -e 's|[^ ]*/ansible-local-[^/ ]+/[^/ ]+/|@TMP@/|g' \
    -e 's|/root/\.ansible/|@HOME@/.ansible/|g' \
    -e 's/j[0-9]{5,}\.[0-9]+/@JID@/g; s|[^ "]*/\.ansible_async/|@ASYNC@/|g' \
    -e 's/"delta": "[^"]*"/"delta": "@DELTA@"/; s/"(start|end)": "[^"]*"/"\1": "@TIME@"/g'
}

record() {
  local case=$cases/$1 rc=0 line
  dir=$work/$1
  mkdir "$dir"
  cp "$cases/hosts.yml" "$dir"
  cp -R "$case/." "$dir"
  rm -f "$dir"/{cmd,stdout,stderr,rc,stdin,merged}
  stdin=$case/stdin
  [ -e "$stdin" ] || stdin=/dev/null
  line=$(cat "$case/cmd")
  eval "set -- $line"
  : >"$work/err"
  (
    cd "$dir"
    if [ -e "$case/merged" ]; then exec 2>&1; else exec 2>"$work/err"; fi
    ${ANSIBLE_ORACLE:-} "$@" <"$stdin"
  ) >"$work/out" || rc=$?
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
