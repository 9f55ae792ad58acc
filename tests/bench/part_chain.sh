#!/bin/sh
# Chains of kernels of every length from 2 to 256.
build=$1

echo "chains: lengths 2 to 256, best of 9"
"$build/bench/bench_chain" 6000 9 || exit 1
"$build/bench/bench_chain" 100000 2
