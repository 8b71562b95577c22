#!/usr/bin/env bash
# Makes mhvae-dist-VERSION-MACHINE.tar.gz, for nodes without Swift: both programs with the Swift run-time library inside,
# manual pages, completions, a modulefile, the cluster's templates. Unpack it anywhere; cluster/runtime-packages.txt says
# what a node needs besides.
# Usage: scripts/archive.sh [DIRECTORY]      (default: here; MHVAE_CPU=x86-64-v2 for processors before AVX2)
set -euo pipefail
output=$(cd "${1-.}" && pwd)
cd "$(dirname "$0")/.."

scripts/setup.sh
# A build directory of its own: the other build keeps its objects.
build=(swift build -c release --static-swift-stdlib --scratch-path .build/static)
for product in mhvae-dist mhvae-pack generate-manual; do
  "${build[@]}" --product "$product" -Xlinker --strip-all --quiet
done
programs=$("${build[@]}" --show-bin-path)

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

if ldd "$staging/$name"/bin/* | grep -i swift; then
  echo "the programs still need Swift's libraries" >&2
  exit 1
fi
# Renamed when it is whole: there may be an older one in use.
tar -czf "$output/$name.tar.gz.$$" --owner=0 --group=0 -C "$staging" "$name"
mv "$output/$name.tar.gz.$$" "$output/$name.tar.gz"
echo "$output/$name.tar.gz"
