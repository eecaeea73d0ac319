#!/usr/bin/env bash
# A machine that boots again when it is rebooted, with systemd as its first process and an sshd at 127.0.0.1:2222 that knows the
# key ./id, and a command here that reaches it. It is to be run in namespaces of network and processes of its own, in which
# nothing outlives it.
#
#   reboot.sh ROOT CMD…
set -euo pipefail
root=$1; shift
install -D -m 600 host "$root/etc/ssh/host"
install -D -m 600 id.pub "$root/root/.ssh/authorized_keys"
printf '%s\n' 'Port 2222' 'ListenAddress 127.0.0.1' 'HostKey /etc/ssh/host' 'UsePAM no' 'PermitRootLogin yes' 'PidFile none' > "$root/etc/ssh/test_config"
grep -q '^sshd:' "$root/etc/passwd" || echo 'sshd:x:20022:65534::/run/sshd:/usr/sbin/nologin' >> "$root/etc/passwd"
units=$root/etc/systemd/system
for u in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket sys-kernel-debug.mount \
  sys-kernel-tracing.mount sys-kernel-config.mount systemd-modules-load.service dev-hugepages.mount getty.target console-getty.service tmp.mount \
  systemd-journald-audit.socket systemd-timesyncd.service; do ln -sf /dev/null "$units/$u"; done
mkdir -p "$units/service.d" "$units/multi-user.target.wants"
printf '[Service]\nPrivateUsers=no\n' > "$units/service.d/10-container.conf"
printf '[Service]\nExecStartPre=/bin/mkdir -p /run/sshd\nExecStart=/usr/sbin/sshd -D -e -f /etc/ssh/test_config\n' > "$units/test-sshd.service"
ln -sf ../test-sshd.service "$units/multi-user.target.wants/test-sshd.service"
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
[ -s "$root/etc/machine-id" ] || echo a9a9df144ca9413b87b63e4b3086bedf > "$root/etc/machine-id"

# boot ends when the machine reboots: the kernel hangs up the first process of a namespace that does.
boot() {
  # shellcheck disable=SC2016 # the variables are the inner shell's
  unshare -f --kill-child -p -u -i -C -m --propagation private bash -c '
    root=$1
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mkdir -p "$root/sys/fs/cgroup"; mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755,exec tmpfs "$root/run"
    cat /proc/sys/kernel/random/uuid > "$root/run/boot_id"; mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"; mkdir -p "$root/dev/pts" "$root/dev/shm"
    for n in null zero full random urandom tty; do touch "$root/dev/$n"; mount --bind "/dev/$n" "$root/dev/$n"; done
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"; mount -t tmpfs tmpfs "$root/dev/shm"
    ln -s /proc/self/fd "$root/dev/fd"
    hostname machine
    exec env -i container=other PATH=/usr/sbin:/usr/bin setpriv --bounding-set -sys_time --inh-caps -sys_time chroot "$root" /lib/systemd/systemd --log-target=null
  ' _ "$root" < /dev/null > /dev/null 2>&1
}
(while true; do boot || true; done) 2> /dev/null &
"$@"
