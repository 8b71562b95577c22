#!/usr/bin/env bash
# Makes Sources/TensorBoard/Generated from Sources/TensorBoard/Protos. Only needed when those change.
# Usage: scripts/generate-protobuf.sh [CHECKOUT OF swift-protobuf]      (of the version in Package.resolved)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh

scripts/setup.sh protobuf-compiler
checkout=${1:-.build/checkouts/swift-protobuf}
[[ -d $checkout ]] || swift package resolve
swift build --package-path "$checkout" --scratch-path .build/protobuf --product protoc-gen-swift
rm -f Sources/TensorBoard/Generated/*
protoc --plugin="$PWD/.build/protobuf/debug/protoc-gen-swift" \
  --proto_path=Sources/TensorBoard/Protos --proto_path="$checkout/Protos/Sources/SwiftProtobuf" \
  --swift_out=Sources/TensorBoard/Generated --swift_opt=UseAccessLevelOnImports=true \
  Sources/TensorBoard/Protos/*.proto
