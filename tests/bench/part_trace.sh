#!/bin/sh
# Opening and loading traces: the recorded ones, and the decode kernel repeated BENCH_COPIES times
# (100 make 1 GB of text, which needs that much room for temporary files).
build=$1 dir=$2
data=../shared/data/sass
copies=${BENCH_COPIES:-100}
decode=a100-flashinfer-singledecode

[ -d "$data" ] || {
    echo "traces: skipped: ../shared/data absent"
    exit 0
}
row() { # NAME TRACE REPEATS
    printf '%-34s ' "$1"
    "$build/bench/bench_trace" "$2" "$3"
}

echo "traces: best of several loads; peak memory of the process"
for name in $decode h100-btree h100-ffma-4096x16 h100-backprop gp10x-vecadd-raw; do
    row $name $data/$name 20
done
"$build/bench/replicate" $data/$decode 0 "$copies" "$dir/large.traceg" || exit 1
row "decode x $copies, text" "$dir/large.traceg" 3
printf '%-34s ' "decode x $copies, to .wst"
"$build/bench/bench_trace" "$dir/large.traceg" 1 "$dir/large.wst"
row "decode x $copies, .wst" "$dir/large.wst" 5
rm -f "$dir/large.traceg" "$dir/large.wst"
