#!/bin/sh
# Profiles from the file to the verdict: the recorded ones, unpacked, and the diffusion trace
# repeated BENCH_PROFILE_COPIES times (8 make 500 MB, which needs that much room for temporary files).
build=$1 dir=$2
data=../shared/data/kineto
copies=${BENCH_PROFILE_COPIES:-8}
diffusion=tracelens/inference__xdit_sd_3.5__profile_trace_rank_0

[ -d "$data" ] || {
    echo "launches: skipped: ../shared/data absent"
    exit 0
}
row() { # NAME PROFILE REPEATS
    printf '%-26s ' "$1"
    "$build/bench/bench_launches" "$2" "$3"
}

echo "launches: best of several, all analyses; rate by the file's size; peak memory"
for profile in tracelens/h100__Qwen_Qwen1.5-0.5B-Chat__1016005 \
    tracelens/h100__facebook_timesformer-base-finetuned-k400__1016002 \
    hta/ns_resolution_trace__rank-0.Apr_03_18_51_38.1102.pt.trace $diffusion; do
    zcat $data/$profile.json.gz >"$dir/profile.json"
    row "$(basename $profile | cut -c 1-26)" "$dir/profile.json" 10
done
row "the same, gzip" $data/$diffusion.json.gz 10
"$build/bench/replicate_profile" $data/$diffusion.json.gz "$copies" "$dir/large.json" || exit 1
row "diffusion x $copies" "$dir/large.json" 3
rm -f "$dir/profile.json" "$dir/large.json"
