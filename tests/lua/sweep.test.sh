#!/bin/sh
# Sweeps give the same table for any number of workers, in every format.
set -u
cd "$(dirname "$0")/../.." || exit 1
WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
tmp=${TEST_TMP:-$(mktemp -d)}

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

cat >"$tmp/sweep.lua" <<'LUA'
local t = warpscope.trace("softmax.wst")
sweep{
    name = "softmax",
    kernel = t.kernels[1],
    axes = {{"gpu", {"a100-sxm4-40gb", "h100-sxm"}}, {"memory.l2", {10240, 20480, 30720, 40960}}},
    columns = {"cycles", "top, stall"},
    run = function(p)
        if p.index == 6 then error("does not like six") end
        local r = warpscope.analyze{kernel = p.kernel, gpu = p.gpu}
        return {cycles = r.cycles, ["top, stall"] = r.top_stall}
    end,
}
LUA
for format in text csv json; do
    "$WARPSCOPE" sweep "$tmp/sweep.lua" -q -j 1 --format $format >"$tmp/one"
    first=$?
    "$WARPSCOPE" sweep "$tmp/sweep.lua" -q -j 4 --format $format >"$tmp/four"
    [ $? = 0 ] && [ $first = 0 ] && cmp -s "$tmp/one" "$tmp/four"
    result $? "-j 1 and -j 4 print the same $format"
done

"$WARPSCOPE" sweep "$tmp/sweep.lua" -q --format csv >"$tmp/csv"
[ "$(wc -l <"$tmp/csv")" = 9 ] && [ "$(head -1 "$tmp/csv")" = 'gpu,memory.l2,cycles,"top, stall",error' ]
result $? "CSV has a header and a row for each point"
[ "$(sed -n 7p "$tmp/csv")" = 'h100-sxm,20480,,,sweep.lua:8: does not like six' ]
result $? "a point that fails is a row with the error"

"$WARPSCOPE" sweep "$tmp/sweep.lua" -q -o "$tmp/out.csv" && cmp -s "$tmp/csv" "$tmp/out.csv"
result $? "the ending of -o decides the format"

echo 'sweep{axes = {x = {1, 2}}, run = function() error("always") end}' >"$tmp/bad.lua"
"$WARPSCOPE" sweep "$tmp/bad.lua" -q >/dev/null 2>&1
[ $? = 5 ]
result $? "a sweep without any good point fails the check"

for name in a100_to_h100 l2_size; do
    "$WARPSCOPE" sweep $name -q --trace traces/vector_add.wst >"$tmp/out" &&
        grep -q '^vector_add ' "$tmp/out" && ! grep -q '^softmax ' "$tmp/out"
    result $? "$name runs over the trace named"
done
