#!/bin/sh
# Measures the program of the build folder given: every part is a script tests/bench/part_*.sh that
# gets the build folder and a folder for its files, and prints a few lines.
build=${1:?usage: bench.sh BUILD_DIR}
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

status=0
for part in tests/bench/part_*.sh; do
    "$part" "$build" "$dir" || status=1
done
exit $status
