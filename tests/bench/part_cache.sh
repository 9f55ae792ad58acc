#!/bin/sh
# The cache simulation alone: sectors that warps ask for, answered a second of processor time.
build=$1
decode=../shared/data/sass/a100-flashinfer-singledecode/kernel-1.traceg.xz

echo "caches: sectors answered, best of 9"
for gpu in a100-pcie-80gb l40s; do
    echo "on $gpu"
    "$build/bench/bench_cache" $gpu 9 stream tile gather traces/hgemm_tensor.wst traces/softmax.wst \
        traces/vector_add.wst $([ -e "$decode" ] && echo "$decode") || exit 1
done
