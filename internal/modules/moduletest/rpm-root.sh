#!/usr/bin/env bash
# Makes the root on which the modules of RPM are recorded, out of a root of .ci/ansible-2.19: dnf, rpm and a few small packages
# in repositories of its own below /srv. Root rights are needed.
#
#   internal/modules/moduletest/rpm-root.sh ROOT [BASE]
#
# record-machine.sh plays cases whose "machine" is "rpm" on $RPM_ROOT, and "rpm5" on $RPM5_ROOT: with DNF=dnf5 the root gets dnf5 instead,
# of Debian's unstable release.
set -euo pipefail
dnf=${DNF:-dnf}
root=$1 base=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/kimai-ansible/debian13}
[ -d "$root" ] || cp -a "$base" "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
apt() { DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -q -o Acquire::Check-Valid-Until=false "$@"; }
if [ "$dnf" = dnf5 ]; then
  sed 's/trixie/sid/' "$root/etc/apt/sources.list" > "$root/etc/apt/sources.list.d/sid.list"
  apt update
  apt install -y --no-install-recommends -t sid dnf5 python3-libdnf5 rpm createrepo-c gnupg
  sed -i '0,/^enabled/s/^enabled.*/enabled = 0/' "$root/etc/dnf/libdnf5-plugins/local.conf" # it keeps a repository of all that is installed
else
  apt update
  apt install -y --no-install-recommends dnf python3-dnf rpm createrepo-c gnupg
fi
mkdir -p "$root/srv"
cat > "$root/srv/make.sh" <<'EOF'
set -eu
export HOME=/root LC_ALL=C.UTF-8
rm -rf /srv/base /srv/extra /srv/signed /srv/build /root/.gnupg /srv/files; mkdir -p /srv/base /srv/extra /srv/signed /srv/build /srv/files
pkg() { # pkg REPO NAME VERSION [LINE OF THE SPEC…]
  local repo=$1 name=$2 version=$3; shift 3
  { printf 'Name: %s\nVersion: %s\nRelease: 1\nSummary: %s\nLicense: MIT\nBuildArch: noarch\n' "$name" "$version" "$name"
    for l in "$@"; do echo "$l"; done
    printf '%%description\n%s\n%%install\nmkdir -p %%{buildroot}/opt/rpm\necho %s %s > %%{buildroot}/opt/rpm/%s\n%%files\n/opt/rpm/%s\n' "$name" "$name" "$version" "$name" "$name"
  } > "/srv/build/$name.spec"
  rpmbuild -bb --quiet --define "_topdir /srv/build/top" --define "_rpmdir /srv/$repo" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" "/srv/build/$name.spec" > /dev/null
}
pkg base hello 1.0 'Requires: hellolib' 'Recommends: hello-extra' 'Provides: greeting = 1.0'
pkg base hello 1.1 'Requires: hellolib' 'Recommends: hello-extra' 'Provides: greeting = 1.1'
pkg base hello 2.0 'Requires: hellolib' 'Recommends: hello-extra' 'Provides: greeting = 2.0'
pkg base hellolib 1.0
pkg base hello-extra 1.0
pkg base tool 1.0
pkg base tool 1.1
pkg base tool 1.2
pkg base other 1.0
pkg base other 1.5
pkg base epochal 1.0 'Epoch: 3'
pkg base rival 1.0 'Conflicts: hello'
pkg base broken 1.0 'Requires: nosuchthing'
pkg base half 1.0
pkg base half 2.0 'Requires: nosuchthing'
pkg extra extra-only 1.0
pkg extra hello 3.0 'Requires: hellolib'
pkg signed unsigned 1.0
pkg signed signed 1.0
for n in one two; do
  gpg -q --batch --passphrase '' --quick-gen-key "Key $n <$n@example.com>" rsa2048 sign never 2> /dev/null
  gpg -q --armor --export "$n@example.com" > "/srv/files/$n.asc"
  gpg -q --export "$n@example.com" > "/srv/files/$n.gpg"
done
cat /srv/files/one.asc /srv/files/two.asc > /srv/files/both.asc
echo 'no key' > /srv/files/none.asc
gpg --with-colons --fingerprint | awk -F: '$1=="fpr"{print $10}' > /srv/files/fingerprints
rpmsign --define '_gpg_name one@example.com' --addsign /srv/signed/signed-1.0-1.noarch.rpm > /dev/null
cp /srv/base/tool-1.1-1.noarch.rpm /srv/files/
cat > /srv/comps.xml <<'C'
<?xml version="1.0" encoding="UTF-8"?>
<comps><group><id>testgroup</id><name>Test Group</name><description>For tests.</description><default>true</default><uservisible>true</uservisible>
<packagelist><packagereq type="mandatory">tool</packagereq><packagereq type="default">other</packagereq></packagelist></group>
<environment><id>testenv</id><name>Test Environment</name><description>For tests.</description><display_order>1</display_order><grouplist><groupid>testgroup</groupid></grouplist></environment></comps>
C
createrepo_c -q --compress-type gz /srv/base; createrepo_c -q --compress-type gz /srv/extra; createrepo_c -q --compress-type gz /srv/signed
update() { # update ID TYPE NAME VERSION
  printf '<update from="x" status="final" type="%s" version="1"><id>%s</id><title>%s</title><issued date="2026-01-01 00:00:00"/><description>%s</description><pkglist><collection short="m"><name>m</name><package name="%s" version="%s" release="1" epoch="0" arch="noarch"><filename>%s-%s-1.noarch.rpm</filename></package></collection></pkglist></update>\n' "$2" "$1" "$1" "$1" "$3" "$4" "$3" "$4"
}
{ echo '<?xml version="1.0" encoding="UTF-8"?><updates>'; update T-1 security tool 1.1; update T-2 bugfix other 1.5; echo '</updates>'; } > /srv/updateinfo.xml
modifyrepo_c --mdtype=updateinfo /srv/updateinfo.xml /srv/base/repodata > /dev/null
modifyrepo_c --mdtype=group --no-compress /srv/comps.xml /srv/base/repodata > /dev/null
mkdir -p /etc/yum.repos.d /etc/dnf/vars; echo 43 > /etc/dnf/vars/releasever
printf '[base]\nname=Base\nbaseurl=file:///srv/base\ngpgcheck=0\n' > /etc/yum.repos.d/base.repo
printf '[extra]\nname=Extra\nbaseurl=file:///srv/extra\ngpgcheck=0\nenabled=0\n' > /etc/yum.repos.d/extra.repo
printf '[signed]\nname=Signed\nbaseurl=file:///srv/signed\ngpgcheck=1\ngpgkey=file:///srv/files/one.asc\n' > /etc/yum.repos.d/signed.repo
"$1" -q makecache
EOF
chroot "$root" bash /srv/make.sh "$dnf"
# Debian 12's apt was the last with apt-key, a script over gpg.
[ ! -x /usr/bin/apt-key ] || cp /usr/bin/apt-key "$root/usr/bin/apt-key"
