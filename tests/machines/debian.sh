#!/usr/bin/env bash
# The README's two commands on a Debian that has nothing else: a new root, the packages that docs/guide/install.md names,
# a copy of this project, `make setup`, and then the tests or the commands that are given. As root, with debootstrap:
#
#   tests/machines/debian.sh bookworm /var/tmp/bookworm                    # then: make test
#   tests/machines/debian.sh trixie /var/tmp/trixie 'make demo' 'make check-readme'
#
# Variables PIP_... are passed on, and BIND="DIR ..." shows folders of this machine inside, read-only, under the same
# names: for wheels, certificates (PIP_CERT) or a mirror of one's own; no folder that Debian writes to, such as /etc/ssl.
# A root that is there is used again.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
release=$1 root=$(realpath -m "$2")
shift 2
[ $# -gt 0 ] || set -- 'make test'
project=$(cd "$(dirname "$0")/../.." && pwd)
inside=/root/fairseq_phonology
packages=$(sed -n 's/.*`apt-get install \([^`]*\)`.*/\1/p' "$project/docs/guide/install.md" | head -1)

[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase "$release" "$root"
mkdir -p "$root$inside"
tar -C "$project" --exclude=./.venv --exclude=./.git --exclude=./build --exclude=./demo --exclude=./benchmarks/work \
  --exclude=__pycache__ -cf - . | tar -C "$root$inside" -xf -

# mounts are seen by these commands alone, and end with them
export root inside packages BIND="${BIND:-}"
exec unshare --mount --propagation private bash -euo pipefail -c '
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  cp --remove-destination -L /etc/resolv.conf "$root/etc/resolv.conf"
  for folder in $BIND; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder" && mount -o remount,bind,ro "$root$folder"
  done
  in_root() {
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      $(env | grep ^PIP_ || true) chroot "$root" bash -euc "$1"
  }
  in_root "apt-get -q update && apt-get -q -y install $packages"
  for command in "make setup" "$@"; do
    echo "== $command"
    begin=$SECONDS
    in_root "cd $inside && $command"
    echo "== $command: $((SECONDS - begin)) s"
  done
' debian.sh "$@"
