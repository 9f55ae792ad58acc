#!/bin/sh
# Makes the results of run.sh small enough to keep:
#
#     tests/truth/keep.sh RESULTS DIR
#
# Rows of all programs become one file a kind, profiles the compact form of `warpscope counters
# import` (with the jobs of each program in their order beside), machine code stays of the kernels
# alone. Needs warpscope, built here or named by WARPSCOPE.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 2 ] && [ -d "$1" ] || {
    echo "usage: tests/truth/keep.sh RESULTS DIR" >&2
    exit 2
}
from=$1 to=$2
warpscope=${WARPSCOPE:-$here/../../build/warpscope}
mkdir -p "$to/profile" "$to/sass"

cp "$from/device.txt" "$from/steps.csv" "$from/clocks.csv" "$to"
for kind in check measure again; do
    {
        echo program,case,quantity,params,unit,median,low,high,samples,note
        cat "$from/$kind"/*.csv
    } | gzip -9n >"$to/$kind.csv.gz"
done
gzip -9nc "$from/compare.csv" >"$to/compare.csv.gz"
for raw in "$from"/profile/*.raw.csv.gz; do
    program=$(basename "$raw" .raw.csv.gz)
    source=$from/profile/$program.source.csv.gz
    [ -e "$source" ] || source=
    all=
    [ "$program" = pipes ] && all=--all
    "$warpscope" counters import -q $all "$raw" $source | gzip -9n >"$to/profile/$program.csv.gz"
done
cat "$from"/profile/*.once.csv >"$to/profile/jobs.csv"
{
    echo program,target,kernel,registers,stack_b,spill_store_b,spill_load_b,shared_b,barriers
    for file in "$from"/sass/*.resources.csv; do
        awk -v program="$(basename "$file" .resources.csv)" 'NR > 1 { print program "," $0 }' "$file"
    done
} | gzip -9n >"$to/sass/resources.csv.gz"
awk -F '\t' '$2 == "kernel" { print $1 }' "$here/programs.tsv" | while read -r program; do
    cp "$from/sass/$program.sass.gz" "$to/sass"
done
du -sh "$to"
