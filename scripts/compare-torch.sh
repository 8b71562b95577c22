#!/usr/bin/env bash
# Compares the speed of training with PyTorch's on the same cores: eager, compiled, DistributedDataParallel, and the same
# in bf16 where the processor has it. All take turns, some rounds; medians, spread and ratios of every round are printed.
# Usage: scripts/compare-torch.sh [--rounds N] [--presets NAME ...] [--ranks N] [--batch-size ROWS] [--steps N]
#                                 [--json FILE]
# Needs a Python with torch and pyyaml: MHVAE_TORCH_PYTHON names it, otherwise one is made in .build/torch.
# Keep the machine quiet meanwhile: other work shows in the figures. Ranks are bound to cores; where there are more cores
# than ranks, start it under taskset, so that PyTorch has no more of them.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
PATH=$PWD/.build/release:$PATH
command -v mhvae-dist >/dev/null || {
  echo "build first: swift build -c release" >&2
  exit 1
}
python=${MHVAE_TORCH_PYTHON:-.build/torch/bin/python}
if ! "$python" -c 'import torch, yaml' 2>/dev/null; then
  python=.build/torch/bin/python
  python3 -m venv .build/torch
  "$python" -m pip install --quiet torch pyyaml
fi
# Compiled models are built anew on this machine, and nothing of them stays.
TORCHINDUCTOR_CACHE_DIR=$(mktemp -d)
export TORCHINDUCTOR_CACHE_DIR
trap 'rm -rf "$TORCHINDUCTOR_CACHE_DIR"' EXIT
"$python" scripts/compare/compare.py "$@"
