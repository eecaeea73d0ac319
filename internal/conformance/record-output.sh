#!/usr/bin/env bash
# Records what the real Ansible's callbacks make of the same playbooks under many settings.
#
#   ANSIBLE_ORACLE=path/to/ansible-2.19 internal/conformance/record-output.sh [PLAY/CASE...]
#
# ANSIBLE_ORACLE is put before each command line; empty means the ansible-playbook in PATH. testdata/output/cases lists the
# cases: the playbook's folder below plays, the case's name, and what is set: NAME=VALUE words go into the environment, others are
# options. Of each case testdata/output/PLAY/CASE has stdout, stderr, rc and, below files, what came into the folder out. In them
# the path of the copy is @DIR@; what differs from run to run is normalised when it is compared, by output_test.go.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)/testdata/output
work=$(mktemp -d "${TMPDIR:-/tmp}/kimai-output.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TZ=UTC

record() {
  local play=$1 name=$2 rc=0 word dir=$work/$1-$2 to=$here/$1/$2
  shift 2
  mkdir -p "$dir/out" "$to"
  cp -R "$here/plays/$play/." "$dir"
  local vars=(ANSIBLE_NOCOWS=1 "HOME=$dir/.home") words=()
  case "$*" in *FORCE_COLOR*) ;; *) vars+=(ANSIBLE_NOCOLOR=1) ;; esac
  for word in "$@"; do
    word=${word//@DIR@/$dir}
    case $word in -*) words+=("$word") ;; *) vars+=("$word") ;; esac
  done
  (cd "$dir" && ${ANSIBLE_ORACLE:-} env "${vars[@]}" ansible-playbook -f1 -i hosts.ini "${words[@]}" play.yml >"$work/stdout" 2>"$work/stderr" </dev/null) || rc=$?
  sed "s|$dir|@DIR@|g" <"$work/stdout" >"$to/stdout"
  sed "s|$dir|@DIR@|g" <"$work/stderr" >"$to/stderr"
  echo "$rc" >"$to/rc"
  rm -rf "$to/files"
  [ -z "$(ls -A "$dir/out")" ] || { cp -R "$dir/out" "$to/files"; find "$to/files" -type f -exec sed -i "s|$dir|@DIR@|g" {} +; }
  echo "$play/$name: exit $rc"
}

while IFS='|' read -r play name set <&3; do
  case $play in ''|\#*) continue ;; esac
  if [ $# = 0 ] || [[ " $* " == *" $play/$name "* ]]; then
    # shellcheck disable=SC2086
    record "$play" "$name" $set
  fi
done 3<"$here/cases"
