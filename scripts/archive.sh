#!/usr/bin/env bash
# Makes mhvae-dist-VERSION-MACHINE.tar.gz, for nodes without Swift: both programs, Swift's run-time library, manual
# pages, completions, a modulefile, the cluster's templates. Unpack it anywhere; cluster/runtime-packages.txt says what a
# node needs besides.
# Usage: scripts/archive.sh [DIRECTORY]      (default: here; MHVAE_CPU=x86-64-v2 for processors before AVX2)
set -euo pipefail
output=$(cd "${1-.}" && pwd)
cd "$(dirname "$0")/.."

scripts/setup.sh binutils patchelf
for product in mhvae-dist mhvae-pack generate-manual; do swift build -c release --quiet --product "$product"; done
programs=$(swift build -c release --show-bin-path)

version=$("$programs/mhvae-dist" --version)
name=mhvae-dist-$version-$(uname -m)
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
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
if ldd "$staging/$name"/bin/* | grep /lib/swift/; then
  echo "the programs still need Swift's installation" >&2
  exit 1
fi

# Renamed when it is whole: there may be an older one in use.
tar -czf "$output/$name.tar.gz.$$" --owner=0 --group=0 -C "$staging" "$name"
mv "$output/$name.tar.gz.$$" "$output/$name.tar.gz"
echo "$output/$name.tar.gz"
