#!/usr/bin/env bash
# Runs a command on a machine with systemd as its first process: boots the root $ANSIBLE_ORACLE_ROOT (a Debian with
# systemd-sysv) in namespaces of its own, with a cgroup tree of its own, runs the command in the current folder, and
# ends the machine. It can't set the clock, which is that of all: setting a time zone may move it. BIND="dir dir" puts further folders at their own paths. Root rights are needed.
#
#   systemd-machine.sh CMD…
set -euo pipefail
root=${ANSIBLE_ORACLE_ROOT:?}
exec unshare -m --propagation private bash -c '
  set -euo pipefail
  root=$1; shift
  for d in "$PWD" ${BIND:-}; do mkdir -p "$root$d"; mount --bind "$d" "$root$d"; done
  for u in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket sys-kernel-debug.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount systemd-modules-load.service dev-hugepages.mount getty.target console-getty.service tmp.mount \
    systemd-journald-audit.socket systemd-timesyncd.service; do ln -sf /dev/null "$root/etc/systemd/system/$u"; done
  mkdir -p "$root/etc/systemd/system/service.d"
  printf "[Service]\nPrivateUsers=no\n" > "$root/etc/systemd/system/service.d/10-container.conf"
  ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
  [ -s "$root/etc/machine-id" ] || echo a9a9df144ca9413b87b63e4b3086bedf > "$root/etc/machine-id"
  unshare -f -p -u -i -C -m --propagation private bash -c '\''
    root=$1
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mkdir -p "$root/sys/fs/cgroup"; mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755,exec tmpfs "$root/run"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"; mkdir -p "$root/dev/pts" "$root/dev/shm"
    for n in null zero full random urandom tty; do touch "$root/dev/$n"; mount --bind "/dev/$n" "$root/dev/$n"; done
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"; mount -t tmpfs tmpfs "$root/dev/shm"
    ln -s /proc/self/fd "$root/dev/fd"
    hostname machine
    exec env -i container=other PATH=/usr/sbin:/usr/bin setpriv --bounding-set -sys_time --inh-caps -sys_time chroot "$root" /lib/systemd/systemd --log-target=null
  '\'' _ "$root" < /dev/null > /dev/null 2>&1 &
  holder=$!
  trap "kill -9 \$pid 2>/dev/null; wait 2>/dev/null || true" EXIT
  pid=
  for i in $(seq 100); do pid=$(pgrep -P $holder -x systemd || true); [ -n "$pid" ] && break; sleep 0.1; done
  [ -n "$pid" ] || { echo "systemd did not start" >&2; exit 1; }
  in=(nsenter -t "$pid" -p -u -i -C -m -r -- /usr/bin/setpriv --bounding-set -sys_time --inh-caps -sys_time /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 LANG=C.UTF-8 TERM=dumb)
  for i in $(seq 100); do s=$("${in[@]}" systemctl is-system-running 2>/dev/null || true); case $s in running|degraded) break ;; esac; sleep 0.2; done
  [ "${VERBOSE:-}" ] && { echo "systemd: $s"; "${in[@]}" systemctl --failed --no-pager; }
  rc=0; "${in[@]}" /usr/bin/env -C "$PWD" "$@" || rc=$?
  "${in[@]}" systemctl poweroff --force --force > /dev/null 2>&1 || true
  exit $rc
' _ "$root" "$@"
