#!/usr/bin/env bash
# Records cases of modules that change a machine: see machine.go. Root rights and an oracle's root are needed.
#
#   internal/modules/moduletest/record-machine.sh internal/modules/users NAME [CASE…]
#
# A case whose "machine" is "systemd" is played with systemd as the first process (systemd-machine.sh) on the root
# $SYSTEMD_ROOT, which is a root of .ci/ansible-2.19 with systemd-sysv, dbus, cron and python3-apt besides. Any other "machine" is
# the root that the variable of its name tells: "rpm" is $RPM_ROOT, made by rpm-root.sh. "docker" and "compose" have an engine of
# containers besides (docker-root.sh, docker-machine.sh).
#
# ORACLE is the command that runs something inside of the root $ANSIBLE_ORACLE_ROOT (default: .ci/ansible-2.19). Each case
# gets two fresh copies of that root, by overlayfs, and with NETNS=1 two networks of their own. OURS=1 keeps what Ansible gave and records ours alone.
set -euo pipefail
pkg=$1 name=$2; shift 2
top=$PWD oracle=${ORACLE:-$PWD/.ci/ansible-2.19}
base=${ANSIBLE_ORACLE_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/kimai-ansible/debian13}
work=$(mktemp -d); trap 'mountpoint -q "$work/root" && umount "$work/root"; rm -rf "$work"' EXIT
CGO_ENABLED=0 go test -c -o "$work/bin/t" "./$pkg"
mkdir -p "$work/pkg/testdata/machine" "$work/root"
cp -r "$pkg/testdata/machine/$name"* "$work/pkg/testdata/machine/"
find "$pkg/testdata" -mindepth 1 -maxdepth 1 ! -name machine -exec cp -r {} "$work/pkg/testdata/" \;
lower=$base
run() { # run BY CASE MACHINE
  local lower=$lower oracle=$oracle
  if [ "$3" = systemd ]; then lower=${SYSTEMD_ROOT:?} oracle=$top/internal/modules/moduletest/systemd-machine.sh
  elif [ "$3" ]; then local var=${3^^}_ROOT; lower=${!var:?}; fi
  case $3 in docker | compose) oracle=$top/internal/modules/moduletest/docker-machine.sh ;; esac
  rm -rf "$work/up" "$work/wk"; mkdir "$work/up" "$work/wk"
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/up,workdir=$work/wk" "$work/root"
  local rc=0
  (cd "$work/pkg" && BIND="$work/bin" ANSIBLE_ORACLE_ROOT="$work/root" ${NETNS:+unshare -n} "$oracle" "$work/bin/t" -test.run TestMachine -machine "testdata/machine/$name" -case "$2" -by "$1") || rc=$?
  umount "$work/root"
  return $rc
}
"$work/bin/t" -test.run TestMachine -machine "$pkg/testdata/machine/$name" -list | grep -v '^PASS' | while IFS=$'\t' read -r c m; do
  if [ $# -gt 0 ]; then case "|$(IFS='|'; echo "$*")|" in *"|$c|"*) ;; *) continue ;; esac; fi
  echo "== $c"
  [ "${OURS:-}" ] || run ansible "$c" "$m" < /dev/null > "$work/log" 2>&1 || { cat "$work/log"; continue; }
  run ours "$c" "$m" < /dev/null > "$work/log" 2>&1 || cat "$work/log"
done
mkdir -p "$pkg/testdata/machine/$name"
mkdir -p "$work/pkg/testdata/machine/$name"
cp -r "$work/pkg/testdata/machine/$name/." "$pkg/testdata/machine/$name/"
cd "$top"
