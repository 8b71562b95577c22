#!/usr/bin/env bash
# From nothing to pictures: installs what is missing, builds, packs Fashion-MNIST, trains on 2 ranks, evaluates, draws.
# Usage: scripts/demo.sh [DIRECTORY]      (default: demo; EPOCHS=10 RANKS=2 may be set)
set -euo pipefail
directory=$(realpath -m "${1:-demo}")
cd "$(dirname "$0")/.."
source scripts/environment.sh

epochs=${EPOCHS:-10}
ranks=${RANKS:-2}
run=$directory/run
data=$directory/fashion-mnist.h5

scripts/setup.sh dataset-fashion-mnist
echo "building (a few minutes the first time)"
swift build -c release --quiet
export PATH="$PWD/.build/release:$PATH"

if [[ -e $run/config.yaml ]]; then
  echo "$run holds a run already; remove $directory or name another directory" >&2
  exit 1
fi
mkdir -p "$directory"
[[ -e $data ]] || mhvae-pack fashion-mnist --input /usr/share/datasets/fashion-mnist --output "$data"

mpirun --oversubscribe -np "$ranks" mhvae-dist train --preset fashion-mnist --data "$data" --run "$run" \
  --epochs "$epochs" --warm-up-modality 1 --warm-up-core 2
mpirun --oversubscribe -np "$ranks" mhvae-dist evaluate --run "$run" --data "$data" --samples 100 --limit 500

mhvae-dist generate --run "$run" --count 64 --output "$directory/prior.png"
for class in 1 5 8; do
  mhvae-dist generate --run "$run" --given label=$class --count 64 --output "$directory/class-$class.png"
done
echo "look at $run/report.html in a browser, $directory/prior.png and $directory/class-*.png (trousers, sandals, bags)"
