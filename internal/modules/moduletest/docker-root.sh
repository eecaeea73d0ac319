#!/usr/bin/env bash
# Makes what the roots for cases with a container engine have besides that of .ci/ansible-2.19: folders to be mounted over it.
#
#   docker-root.sh DIR
#
# DOCKER_ROOT=DIR/docker:$ANSIBLE_ORACLE_ROOT has docker.io of Debian 13 with Compose 2.26, buildx and a registry;
# COMPOSE_ROOT=DIR/compose:$DOCKER_ROOT has Compose 2.40 of Debian unstable, which tells its progress as JSON.
set -euo pipefail
dir=$1
base=${ANSIBLE_ORACLE_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/kimai-ansible/debian13}
mkdir -p "$dir"/{docker,compose,work,root}
mount -t overlay overlay -o "lowerdir=$base,upperdir=$dir/docker,workdir=$dir/work" "$dir/root"
trap 'umount "$dir/root"' EXIT
root=$dir/root
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
  docker.io docker-cli docker-compose docker-buildx docker-registry python3-requests iptables busybox-static
# An image archive that is the same wherever it is made, so that its identifiers are.
image() { # image TAG LABEL
  local at=$root/var/lib/image
  rm -rf "$at"; mkdir -p "$at/fs"/{bin,etc,root,tmp,proc,dev,var} "$at/layer"
  cp "$root/usr/bin/busybox" "$at/fs/bin/busybox"
  for tool in sh cat echo ls sleep true false id env pwd wc head printf test touch rm mkdir hostname httpd kill; do ln -s busybox "$at/fs/bin/$tool"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/tmp:/bin/sh\n' > "$at/fs/etc/passwd"
  printf 'root:x:0:\nalice:x:1000:\n' > "$at/fs/etc/group"
  echo "$2" > "$at/fs/etc/edition"
  tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -C "$at/fs" -cf "$at/layer/layer.tar" .
  local sum; sum=$(sha256sum "$at/layer/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"amd64","config":{"Cmd":["sh"],"Env":["PATH=/bin"],"Labels":{"edition":"%s"}},"created":"2023-11-14T22:13:20Z","history":[{"created":"2023-11-14T22:13:20Z","created_by":"busybox"}],"os":"linux","rootfs":{"diff_ids":["sha256:%s"],"type":"layers"}}' "$2" "$sum" > "$at/layer/config.json"
  printf '[{"Config":"config.json","RepoTags":["busybox:%s"],"Layers":["layer.tar"]}]' "$1" > "$at/layer/manifest.json"
  tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -C "$at/layer" -cf "$root/var/lib/busybox-$1.tar" config.json layer.tar manifest.json
  rm -rf "$at"
}
image 1 first
image 2 second
cat > "$root/etc/docker/registry/test.yml" <<C
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: /run/registry}, delete: {enabled: true}}
http: {addr: ":5000"}
C
# the newer Compose, without touching the apt of this machine or of the root
if [ ! -e "$dir/compose/usr/libexec/docker/cli-plugins/docker-compose" ]; then
  apt=$dir/apt; mkdir -p "$apt"/{lists/partial,cache/archives/partial,x}
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$apt/sources.list"
  options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache")
  apt-get "${options[@]}" update -q
  (cd "$apt" && apt-get "${options[@]}" download docker-compose && dpkg-deb -x docker-compose_*.deb x)
  mkdir -p "$dir/compose/usr/libexec/docker/cli-plugins"
  cp "$apt/x/usr/libexec/docker/cli-plugins/docker-compose" "$dir/compose/usr/libexec/docker/cli-plugins/"
fi
