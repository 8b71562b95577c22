#!/usr/bin/env bash
# Makes mhvae-dist-VERSION-MACHINE.tar.gz, for nodes without Swift: both programs, Swift's run-time library, manual
# pages, completions, a modulefile, the cluster's templates. Unpack it anywhere; cluster/runtime-packages.txt lists what
# a node needs besides.
# Usage: scripts/archive.sh [DIRECTORY] [--from PROGRAMS]
#   DIRECTORY   where to (default: here)
#   --from      takes the programs, and generate-manual, from there instead of building them
# MHVAE_CPU=x86-64-v2 builds for processors before AVX2, beside the normal build.
set -euo pipefail
output=$PWD programs=
while (($#)); do
  if [[ $1 == --from && $# -gt 1 ]]; then
    programs=$(cd "$2" && pwd)
    shift 2
  else
    output=$(cd "$1" && pwd)
    shift
  fi
done
cd "$(dirname "$0")/.."

if [[ -z $programs ]]; then
  scripts/setup.sh binutils patchelf
  build=(swift build -c release --scratch-path ".build${MHVAE_CPU:+/$MHVAE_CPU}")
  for product in mhvae-dist mhvae-pack generate-manual; do "${build[@]}" --quiet --product "$product"; done
  programs=$("${build[@]}" --show-bin-path)
fi

version=$("$programs/mhvae-dist" --version)
name=mhvae-dist-$version-$(uname -m)
staging=$(mktemp -d)
trap 'rm -rf "$staging" "$output/$name.tar.gz.$$"' EXIT
mkdir -p "$staging/$name"/{modulefiles/mhvae-dist,cluster}
scripts/install.sh --prefix "$staging/$name" --from "$programs" >/dev/null
cp cluster/modulefile "$staging/$name/modulefiles/mhvae-dist/$version"
cp cluster/{README.md,hostfile.example,runtime-packages.txt,run-with-restarts.sh,*.sbatch} "$staging/$name/cluster/"
# With the documents that the README leads to, and what those lead to.
find README.md CONTRIBUTING.md CHANGELOG.md LICENSE cluster scripts/examples Sources -type f \
  \( -name '*.md' -o -name '*.yaml' -o -name '*.png' -o -path 'scripts/examples/*' -o -name LICENSE \) \
  -exec cp --parents {} "$staging/$name/" \;

# Swift's run-time library is found beside the programs, wherever they are unpacked.
libraries=$staging/$name/lib/mhvae-dist
mkdir -p "$libraries"
ldd "$programs"/mhvae-{dist,pack} | awk '$3 ~ "/lib/swift/linux/" { print $3 }' | sort -u | xargs cp -t "$libraries"
strip --strip-unneeded "$staging/$name"/bin/* "$libraries"/*
patchelf --set-rpath "\$ORIGIN/../lib/mhvae-dist" "$staging/$name"/bin/*
if ldd "$staging/$name"/bin/* | grep -E 'not found|/lib/swift/'; then
  echo "the programs would not find their libraries" >&2
  exit 1
fi

# Renamed when it is whole: there may be an older one in use.
tar -czf "$output/$name.tar.gz.$$" --owner=0 --group=0 -C "$staging" "$name"
mv "$output/$name.tar.gz.$$" "$output/$name.tar.gz"
echo "$output/$name.tar.gz"
