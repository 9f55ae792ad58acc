#!/bin/sh
# JSON documents read in memory: every token handed out, and values passed over.
build=$1
trace=../shared/data/kineto/tracelens/inference__xdit_sd_3.5__profile_trace_rank_0.json.gz

echo "scan: documents in memory, best of 15"
echo "a trace made up"
"$build/bench/bench_scan" 15 || exit 1
[ -e "$trace" ] || {
    echo "scan: recorded trace skipped: ../shared/data absent"
    exit 0
}
echo "a recorded trace, unpacked before"
"$build/bench/bench_scan" 15 "$trace"
