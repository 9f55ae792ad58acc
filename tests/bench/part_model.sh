#!/bin/sh
# The whole program on a packed trace, beside what unpacking it alone costs, and modelling a loaded
# kernel again after one number of the GPU has changed.
build=$1
data=../shared/data/sass
decode=$data/a100-flashinfer-singledecode/kernel-1.traceg.xz

best_ms() { # COMMAND: the best wall time of 20 runs
    best=
    for run in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        start=$(date +%s%N)
        sh -c "$1" >/dev/null 2>&1 || { echo "fails: $1" >&2; exit 1; }
        took=$(($(date +%s%N) - start))
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    awk -v ns="$best" 'BEGIN { printf "%.1f", ns / 1e6 }'
}

echo "models: a loaded kernel with another DRAM bandwidth each time"
for trace in traces/hgemm_tensor.wst traces/vector_add.wst traces/softmax.wst $decode; do
    [ -e "$trace" ] || continue
    for model in warpscope sm gcom mdm roofline amali-public; do
        printf '%-34.34s ' "$(echo "$trace" | sed 's:.*/sass/::; s:.*/traces/::; s:/kernel.*::')"
        "$build/bench/bench_model" "$trace" a100-pcie-80gb $model 21 || exit 1
    done
done

# On a chip of one SM no instruction is of an SM that is not followed.
cat >"$2/one-sm.json" <<'END'
{"schema": 1, "name": "one-sm", "title": "A100 with one SM", "base": "a100-pcie-80gb",
 "sources": {"bench": "one SM, to follow every instruction"},
 "chip": {"sm_count": {"value": 1, "unit": "SM", "source": "bench"}}}
END
echo "sm: every instruction of the grid on one SM"
for trace in traces/hgemm_tensor.wst traces/softmax.wst $decode; do
    [ -e "$trace" ] || continue
    printf '%-34.34s ' "$(echo "$trace" | sed 's:.*/sass/::; s:.*/traces/::; s:/kernel.*::')"
    "$build/bench/bench_model" "$trace" "$2/one-sm.json" sm 11 || exit 1
done

[ -e "$decode" ] || {
    echo "program: skipped: ../shared/data absent"
    exit 0
}
echo "program: cold, 204,416 warp instructions in 10.5 MB of text in 63 KB of xz; best of 20"
alone=$(best_ms "xz -dc $decode | wc -l")
whole=$(best_ms "$build/warpscope analyze $decode --gpu a100-pcie-80gb")
awk -v whole="$whole" -v alone="$alone" 'BEGIN {
    printf "%-34s %8.1f ms\n", "xz -dc FILE | wc -l", alone
    printf "%-34s %8.1f ms  %.2f times xz alone\n", "warpscope analyze FILE", whole, whole / alone
}'
