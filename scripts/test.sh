#!/usr/bin/env bash
# Installs what is missing and runs all tests, in release mode: numeric code is unusably slow in debug builds.
# Usage: scripts/test.sh [OPTION OF swift test ...]      (such as --filter KernelsTests)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh

# h5py and safetensors check that Python reads what we write, Pillow that we resize as it does, PyTorch that a decoder
# rebuilt there gives our pixels. Without them those tests skip and say so.
scripts/setup.sh dataset-fashion-mnist python3-venv
# For virtual hosts, Slurm and bare roots, which take root. Some of these start services, so only continuous integration
# installs them; without them the tests that need them skip and say so.
if ((EUID == 0)) && [[ -n ${CI:-} ]]; then
  scripts/setup.sh openssh-server iproute2 slurm-wlm munge debootstrap shellcheck chromium ||
    echo "not all of them could be installed: the tests that need them will be skipped" >&2
fi
python=.build/python/bin/python
if [[ -z ${MHVAE_PYTHON:-} ]]; then
  if [[ ! -x $python ]] || ! "$python" -c 'import h5py, numpy, PIL, safetensors, yaml' 2>/dev/null; then
    { python3 -m venv .build/python && "$python" -m pip install --quiet h5py numpy pillow pyyaml safetensors; } ||
      echo "no Python with h5py, Pillow and safetensors: the tests that need one will be skipped" >&2
    # It may be gigabytes large, so it is for continuous integration, where the version should not change by itself.
    if [[ -x $python && -n ${CI:-} ]]; then
      "$python" -m pip install --quiet 'torch==2.13.*' ||
        echo "no PyTorch: the tests that need it will be skipped" >&2
    fi
  fi
  if [[ -x $python ]]; then export MHVAE_PYTHON=$PWD/$python; fi
fi
# TensorBoard opens what we write. It has an environment of its own: it brings much along.
python=.build/tensorboard/bin/python
if [[ -z ${MHVAE_TENSORBOARD_PYTHON:-} ]]; then
  if [[ ! -x $python ]] || ! "$python" -c 'import tensorboard' 2>/dev/null; then
    { python3 -m venv .build/tensorboard && "$python" -m pip install --quiet tensorboard; } ||
      echo "no Python with tensorboard: the tests that need one will be skipped" >&2
  fi
  if [[ -x $python ]]; then export MHVAE_TENSORBOARD_PYTHON=$PWD/$python; fi
fi

swift format lint --strict --recursive Package.swift Sources Tests
swift build -c release --build-tests --quiet
# Manual pages are tested, too.
swift build -c release --product generate-manual --quiet

# Every test has a line when it starts and one for each argument: what passed is said by its suite.
swift test -c release --skip-build "$@" 2>&1 | tee .build/test.log |
  awk '!/^◇/ && (!/^✔ Test / || /^✔ Test run with/) { print; fflush() }' ||
  { grep '^✘' .build/test.log; exit 1; }
