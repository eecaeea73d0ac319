#!/usr/bin/env bash
# Records what the real Ansible makes of the Kimai kit: the tests of the native engine compare with it and need no Ansible.
#
#   ANSIBLE_ORACLE=path/to/ansible-2.19 internal/conformance/record-kit.sh [CASE...]
#
# ANSIBLE_ORACLE is put before each command line, so it can be a wrapper that enters a chroot or a container; empty means
# the ansible-playbook in PATH. Without a case all are recorded.
#
# A case is a folder below testdata/kit:
#   cmd        written by hand: command lines, run one after the other in a copy of the kit; @DIR@ stands for its path
#   files/     written by hand: files that are put into the copy first, programs that stand in for nginx and docker
#   stdout stderr rc    of the last command line
#   tree.list  mode, type and name of everything below .demo; absent when there is no .demo
#   tree/      the files below .demo, except key, request and certificate, which are random
#   tls/       request and certificate, for what they say; kept where the folder is there already
# In all of them the path of the copy is @DIR@ and that of Ansible's own temporary files @TMP@; times are @TIME@ and @DELTA@.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
kit=$(cd "$here/../.." && pwd)
cases=$here/testdata/kit
work=$(mktemp -d "${TMPDIR:-/tmp}/kimai-kit.XXXXXX")
trap 'rm -rf "$work"' EXIT
export ANSIBLE_NOCOLOR=1 ANSIBLE_NOCOWS=1

normalise() {
  sed -E -e "s|$dir|@DIR@|g" -e 's|[^ ]*/ansible-local-[^/ ]+/[^/ ]+/|@TMP@/|g' \
    -e 's/"delta": "[^"]*"/"delta": "@DELTA@"/; s/"(start|end)": "[^"]*"/"\1": "@TIME@"/g'
}

record() {
  local case=$cases/$1 line rc=0
  dir=$work/$1
  mkdir "$dir"
  cp -R "$kit"/{ansible.cfg,playbooks,roles,templates,inventories} "$dir"
  if [ -d "$case/files" ]; then cp -R "$case/files/." "$dir"; fi
  while IFS= read -r line; do
    rc=0
    eval "set -- ${line//@DIR@/$dir}"
    (cd "$dir" && ${ANSIBLE_ORACLE:-} "$@" >"$work/out" 2>"$work/err" </dev/null) || rc=$?
  done <"$case/cmd"
  normalise <"$work/out" >"$case/stdout"
  normalise <"$work/err" >"$case/stderr"
  echo "$rc" >"$case/rc"
  rm -rf "$case/tree" "$case/tree.list"
  if [ -d "$dir/.demo" ]; then
    (cd "$dir" && find .demo -printf '%#m %y %p\n' | LC_ALL=C sort -k3) >"$case/tree.list"
    (cd "$dir/.demo" && find . -type f ! -path './tls/*' -print0) | while IFS= read -r -d '' file; do
      mkdir -p "$case/tree/$(dirname "$file")"
      normalise <"$dir/.demo/$file" >"$case/tree/$file"
    done
  fi
  if [ -d "$case/tls" ]; then cp "$dir"/.demo/tls/kimai.{crt,csr} "$case/tls"; fi
  echo "${case##*/}: exit $rc"
}

(cd "$work" && ${ANSIBLE_ORACLE:-} ansible-playbook --version) | head -n 1 >"$cases/version"
if [ $# = 0 ]; then
  cd "$cases"
  set -- */
fi
for name in "$@"; do record "${name%/}"; done
