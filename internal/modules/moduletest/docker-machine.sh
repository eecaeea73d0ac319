#!/usr/bin/env bash
# Runs a command on a machine with a container engine of its own: starts the dockerd of the root $ANSIBLE_ORACLE_ROOT (made by
# docker-root.sh) in namespaces of its own, with the image busybox:1 and a registry at localhost:5000, runs the command in
# the current folder, and ends all of it. BIND="dir dir" puts further folders at their own paths. Root rights are needed.
#
#   docker-machine.sh CMD…
set -euo pipefail
root=${ANSIBLE_ORACLE_ROOT:?}
exec unshare -m -n -p -f --kill-child --propagation private bash -c '
  set -euo pipefail
  root=$1; shift
  for d in "$PWD" ${BIND:-}; do mkdir -p "$root$d"; mount --bind "$d" "$root$d"; done
  mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount --rbind /sys "$root/sys"
  mount -t tmpfs tmpfs "$root/run"; mkdir -p "$root/var/lib/docker"; mount -t tmpfs tmpfs "$root/var/lib/docker"
  mkdir "$root/run/lock"
  ip link set lo up
  in=(chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 LANG=C.UTF-8 TERM=dumb)
  "${in[@]}" dockerd > "$root/var/log/dockerd.log" 2>&1 &
  "${in[@]}" REGISTRY_STORAGE_DELETE_ENABLED=true OTEL_TRACES_EXPORTER=none docker-registry serve /etc/docker/registry/test.yml > "$root/var/log/registry.log" 2>&1 &
  for i in $(seq 100); do "${in[@]}" docker version > /dev/null 2>&1 && break; sleep 0.1; done
  "${in[@]}" docker load -q -i /var/lib/busybox-1.tar > /dev/null
  rc=0; "${in[@]}" ${ORACLE_BOX:+ORACLE_BOX="$ORACLE_BOX"} /usr/bin/env -C "$PWD" "$@" || rc=$?
  exit $rc
' _ "$root" "$@"
