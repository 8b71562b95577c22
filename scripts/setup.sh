#!/usr/bin/env bash
# Installs the Debian packages that mhvae-dist is built from and runs on, unless they are there already.
# Usage: scripts/setup.sh [ADDITIONAL-PACKAGE ...]
set -euo pipefail

command -v swift >/dev/null || {
  echo "Swift 6.2 or newer is needed: https://www.swift.org/install/linux" >&2
  exit 1
}

packages=(git ca-certificates libopenmpi-dev openmpi-bin libopenblas-dev libhdf5-dev libpng-dev libturbojpeg0-dev
  zlib1g-dev libssl-dev pkg-config "$@")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

if ((${#missing[@]} > 0)); then
  echo "installing ${missing[*]}"
  as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || {
      echo "run this as root, or have root install: ${missing[*]}" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
