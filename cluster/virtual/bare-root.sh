#!/usr/bin/env bash
# Shows that an archive made by scripts/archive.sh runs on a node without Swift: makes a fresh Debian root with nothing
# but the packages of runtime-packages.txt, unpacks the archive there, and packs, trains, evaluates and draws on 2 ranks.
# Needs root and debootstrap. The mirror and the release are those of this machine.
# Usage: cluster/virtual/bare-root.sh ARCHIVE | --check        (--check: only whether it could)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/common.sh"

(($# == 1)) || usage
need_root_and debootstrap:debootstrap unshare:util-linux
if [[ $1 == --check ]]; then exit; fi
[[ -e $1 ]] || fail "there is no archive $1; make one with scripts/archive.sh"
work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # for apt-get
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
  awk -v release="$release" '$2 == release { print $1; exit }')
echo "making a root of $release with what a node needs"
debootstrap --variant=minbase "$release" "$root" "$mirror" >"$work/log" 2>&1 || fail "$(tail "$work/log")"

# What runs in the root, in namespaces of its own: when it ends, so do its processes and mounts.
# shellcheck disable=SC2016 # for the shell inside
inside=(unshare --mount --pid --fork --kill-child bash -euc '
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mount --rbind /sys "$1/sys"
  exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
    bash -euc "$2"' bash "$root")

packages=$(grep -v '^#' "$here/../runtime-packages.txt" | xargs)
"${inside[@]}" "apt-get update -qq; apt-get install -y -qq --no-install-recommends $packages" >>"$work/log" 2>&1 ||
  fail "$(tail "$work/log")"

tar -xzf "$1" -C "$root/opt"
# shellcheck disable=SC2016 # for the shell inside
"${inside[@]}" '
  export PATH=$(echo /opt/mhvae-dist-*/bin):$PATH
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  cd /root
  if command -v swift || ls /usr/lib/swift 2>/dev/null; then exit 1; fi
  mhvae-pack synthetic celeba --count 200 --output-dir faces
  mhvae-pack celeba --images faces/img_align_celeba --attributes faces/list_attr_celeba.txt \
    --partition faces/list_eval_partition.txt --output faces.h5
  mpirun --oversubscribe -np 2 mhvae-dist train --preset celeba --data faces.h5 --run run --epochs 1 --batch-size 32
  mpirun --oversubscribe -np 2 mhvae-dist evaluate --run run --data faces.h5 --samples 2 --limit 4
  mhvae-dist generate --run run --count 4 --output faces.png' || fail "the archive does not work there"
echo "the archive works where there is no Swift"
