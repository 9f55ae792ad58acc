#!/bin/sh
# The harness of `make validate`: its statistics on numbers worked out by hand, its tables, and that a
# microbenchmark gives back the latency and the rate of a GPU made for it.
set -u
cd "$(dirname "$0")/../.." || exit 1
WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
tmp=${TEST_TMP:-$(mktemp -d)}

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

# Runs a script that must succeed; what it says goes to $tmp/out.
check() { # NAME TEXT OPTION...
    name=$1
    printf '%s\n' "$2" >"$tmp/script.lua"
    shift 2
    "$WARPSCOPE" sweep "$tmp/script.lua" -q "$@" >"$tmp/out" 2>&1
    result $? "$name"
}

check "rank correlation averages ties" '
local score = require "score"
local function same(a, b) assert(math.abs(a - b) < 1e-12, a .. " is not " .. b) end
same(table.concat(score.ranks{10, 30, 20}, " ") == "1.0 3.0 2.0" and 1 or 0, 1)
same(table.concat(score.ranks{5, 7, 5, 9}, " ") == "1.5 3.0 1.5 4.0" and 1 or 0, 1)
same(score.spearman({1, 2, 3, 4}, {10, 100, 1000, 10000}), 1)
same(score.spearman({1, 2, 3, 4}, {4, 3, 2, 1}), -1)
-- d = 1, 1, 0, 2, 2 and no ties: 1 - 6 * 10 / (5 * 24)
same(score.spearman({1, 2, 3, 4, 5}, {2, 1, 3, 6, 4 - 1e-9}), 0.8)
same(score.spearman({86, 97, 99, 100, 101, 103, 106, 110, 112, 113},
                    {2, 20, 28, 27, 50, 29, 7, 17, 6, 12}), -29 / 165)
same(score.spearman({1, 2, 2, 3}, {1, 2, 3, 4}), 4.5 / math.sqrt(4.5 * 5))
assert(score.spearman({1, 2}, {1, 2}) == nil, "two pairs have no rank correlation")
assert(score.spearman({1, 1, 1}, {1, 2, 3}) == nil, "a constant has none")'

check "errors are relative to the reference, their summary is of absolute ones" '
local score = require "score"
local model = score.models()[1]
local function row(reference, value) return {reference = reference, value = {[model] = value}} end
local s = score.summary({row(100, 110), row(200, 150), row(10, 10), row(nil, 7), row(50, nil)}, model)
assert(s.n == 3 and s.missing == 1)
assert(math.abs(s.mean - 0.35 / 3) < 1e-12 and math.abs(s.median - 0.1) < 1e-12 and s.worst == 0.25)
assert(s.rank == 1)
assert(score.error(90, 100) == -0.1 and score.error(-90, -100) == 0.1)
assert(score.summary({row(nil, 7)}, model) == nil)
local slope, intercept = score.line({1, 2, 4}, {5, 7, 11})
assert(math.abs(slope - 2) < 1e-12 and math.abs(intercept - 3) < 1e-12)'

check "fields of a reference file may hold commas and quotes" '
local score = require "score"
local f = score.split_csv([[a,,"b, c","d ""e""",]])
assert(#f == 5 and f[1] == "a" and f[2] == "" and f[3] == "b, c" and f[4] == [[d "e"]] and f[5] == "")'

check "every model is in a table, with its error" '
local score = require "score"
local value = {}
for _, model in ipairs(score.models()) do value[model] = 5 end
score.print("t", {{kernel = "k", gpu = "g", quantity = "q", unit = "cy", reference = 4, value = value}})
assert(#score.models() == #warpscope.models())'
n_models=$(($("$WARPSCOPE" model list --format csv | wc -l) - 1))
[ $n_models -gt 1 ] && [ "$(grep -c '25' "$tmp/out")" = $((n_models + 1)) ]
result $? "the error of 5 against 4 is 25 percent, in a row and in a summary a model"

check "chains and rates give back the latency and the lanes of a made-up GPU" '
local micro = require "micro"
local function about(a, b) assert(math.abs(a - b) < 0.02 * b, a .. " is not about " .. b) end
local gpu = warpscope.gpu("a100-sxm4-40gb"):with{
    ["latency.fma"] = 9, ["latency.xu"] = 31, ["latency.l1"] = 50, ["latency.dram"] = 700,
    ["pipes.fp32_lanes_per_sm"] = 32, ["memory.shared_bandwidth"] = 64,
    ["memory.dram_bandwidth_achieved"] = 1000,
}
local function measure(text) return micro.measure(micro.find(text, gpu), gpu, "warpscope") end
about(measure("chain FFMA"), 9)
about(measure("chain MUFU"), 31)
about(measure("rate FFMA"), 64) -- an FMA is two operations
about(measure("chase 16"), 50)
about(measure("chase_dram"), 700)
about(measure("stream_shared 128"), 64)
about(measure("stream_dram 128") * gpu["chip.core_clock"] / 1000, 1000)'

check "a microbenchmark that does not exist is named" '
local ok, why = pcall(require("micro").find, "chian FFMA", warpscope.gpu("h100-pcie"))
assert(not ok and why:find("no microbenchmark .chian."), why)'

check "set 3 runs without ../shared, and a part of it can be named" "$(cat tests/validate/set3.lua)" \
    --lua-unsafe "only=chain FFMA"
grep -q '^chain FFMA *a100-pcie-80gb' "$tmp/out" && ! grep -q '^chase' "$tmp/out"
result $? "only the rows that were named are there"

for set in 1 2; do
    "$WARPSCOPE" sweep tests/validate/set$set.lua --lua-unsafe -q data="$tmp/absent" >"$tmp/out" 2>&1 &&
        [ "$(cat "$tmp/out")" = "set $set: skipped: $tmp/absent absent" ]
    result $? "set $set says that its data are absent"
done

tests/validate/validate.sh "$(dirname "$WARPSCOPE")" 99 >"$tmp/out" 2>&1
[ $? = 2 ] && grep -q "there is no set '99'" "$tmp/out"
result $? "a set that does not exist is refused"
