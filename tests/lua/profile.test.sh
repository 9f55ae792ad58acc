#!/bin/sh
# Profiles in scripts: the numbers of `launches`, what may be opened, the shipped sweeps.
set -u
cd "$(dirname "$0")/../.." || exit 1
WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
tmp=${TEST_TMP:-$(mktemp -d)}

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

# CSV has every number of the analysis by its key, in the row of the run.
cat >"$tmp/facts.lua" <<'LUA'
local p = warpscope.profile(warpscope.profiles[1])
local columns, row = {}, {}
for key in param("keys", ""):gmatch("[^,]+") do
    columns[#columns + 1] = key
    row[key] = p[key]
end
warpscope.table{columns = columns, rows = {row}}
LUA
"$WARPSCOPE" launches traces/transformer-b16.json.gz -q --format csv >"$tmp/launches.csv"
keys=$(head -1 "$tmp/launches.csv" | cut -d , -f 3-)
cut -d , -f 3- "$tmp/launches.csv" >"$tmp/want.csv"
"$WARPSCOPE" sweep "$tmp/facts.lua" -q --format csv --trace traces/transformer-b16.json.gz \
    "keys=$keys" >"$tmp/got.csv"
[ "$(wc -l <"$tmp/want.csv")" = 2 ] && cmp -s "$tmp/want.csv" "$tmp/got.csv"
result $? "the numbers are those that launches prints"

cat >"$tmp/rows.lua" <<'LUA'
local p = warpscope.profile("transformer-b16")
local columns = {"name", "kernels", "kernels_joined", "kernels_of_graphs", "time_ns", "share",
                 "mean_ns", "min_ns", "max_ns", "tklqt_ns", "wait_mean_ns", "queue_ns",
                 "queued_share"}
local rows = {}
for i, r in ipairs(p.tally.operators) do
    rows[i] = {}
    for _, c in ipairs(columns) do rows[i][c] = r[c] end
end
warpscope.table{columns = columns, rows = rows}
LUA
"$WARPSCOPE" launches traces/transformer-b16.json.gz -q --show operators --format csv |
    cut -d , -f 2- >"$tmp/want.csv"
"$WARPSCOPE" sweep "$tmp/rows.lua" -q --format csv >"$tmp/got.csv"
[ "$(wc -l <"$tmp/want.csv")" -gt 5 ] && cmp -s "$tmp/want.csv" "$tmp/got.csv"
result $? "a tally is the table that launches prints"

echo 'warpscope.profile("/etc/passwd")' >"$tmp/closed.lua"
"$WARPSCOPE" sweep "$tmp/closed.lua" -q >/dev/null 2>"$tmp/err"
[ $? = 4 ] && grep -q "closed.lua:1: no profile '/etc/passwd' was given" "$tmp/err"
result $? "only named and shipped profiles open"

cp traces/transformer-b2.json.gz "$tmp/mine_bs2.json.gz"
echo 'print(#warpscope.profile("mine_bs2.json.gz").launches, #warpscope.profiles)' >"$tmp/open.lua"
[ "$("$WARPSCOPE" sweep "$tmp/open.lua" -q --trace "$tmp/mine_bs2.json.gz" \
    --trace traces/softmax.wst)" = "166	1" ]
result $? "one that is named opens, and traces are not among the profiles"

echo 'print(warpscope.profile("traces/transformer-b1.json.gz").verdict)' >"$tmp/unsafe.lua"
[ "$("$WARPSCOPE" sweep "$tmp/unsafe.lua" -q --lua-unsafe)" = cpu-bound ]
result $? "--lua-unsafe opens any path"

for name in launch_batch launch_hosts; do
    "$WARPSCOPE" sweep --list | grep -q "^$name  *[a-z].*?\$"
    result $? "$name is listed with its subject"
    "$WARPSCOPE" sweep $name -q -j 1 >"$tmp/one" && "$WARPSCOPE" sweep $name -q -j 4 >"$tmp/four" &&
        cmp -s "$tmp/one" "$tmp/four"
    result $? "$name prints the same with any number of workers"
    "$WARPSCOPE" sweep $name -q --trace traces/softmax.wst >/dev/null 2>"$tmp/err"
    [ $? = 4 ] && grep -q "none of the files is a profile" "$tmp/err"
    result $? "$name says that there is no profile"
done

"$WARPSCOPE" sweep launch_batch -q cpu=2 --trace "$tmp/mine_bs2.json.gz" \
    --trace traces/transformer-b64.json.gz --format csv >"$tmp/out"
[ "$(sed -n 2p "$tmp/out" | cut -d , -f 1,2)" = 2,166 ] &&
    [ "$(sed -n 3p "$tmp/out" | cut -d , -f 1,2)" = 64,166 ] &&
    grep -q '^"model, host x 2, kernels x 1",' "$tmp/out"
result $? "launch_batch takes the profiles that are named"
