#!/usr/bin/env bash
# Times every kernel beside its plain twin, on one core, in two minutes.
# Usage: scripts/benchmark-kernels.sh [--filter NAME] [--repetitions COUNT]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh

swift build -c release --product kernel-benchmark --quiet
exec .build/release/kernel-benchmark "$@"
