#!/bin/sh
# Builders on the command line, and their kernels through the text format and back.
set -u
cd "$(dirname "$0")/../.." || exit 1
WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
tmp=${TEST_TMP:-$(mktemp -d)}

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

"$WARPSCOPE" trace build vector_add n=1000 -o "$tmp/v.wst" -q >"$tmp/out"
[ $? = 0 ] && grep -q '1 kernel, 512 warp instructions' "$tmp/out"
result $? "a shipped builder is found by name and takes parameters"

"$WARPSCOPE" trace build lua/kernels/vector_add.lua n=1000 -o "$tmp/v.traceg" -q >/dev/null &&
    grep -q '^-grid dim = (4,1,1)$' "$tmp/v.traceg" &&
    [ "$(grep -c '^#BEGIN_TB' "$tmp/v.traceg")" = 4 ] &&
    [ "$(grep -c ' LDG.E ' "$tmp/v.traceg")" = 64 ]
result $? "a name that ends in .traceg gives text"

"$WARPSCOPE" trace check "$tmp/v.traceg" -q >/dev/null
result $? "the text reads back without a warning"

"$WARPSCOPE" trace info "$tmp/v.wst" --format csv | grep -q ',true,'
result $? "what was built is marked as synthetic"

for file in v.wst v.traceg; do
    # text has no constant operands
    "$WARPSCOPE" analyze "$tmp/$file" -q --gpu a100-sxm4-40gb --no-fix constants --format csv |
        sed "s|$tmp/$file|FILE|g" >"$tmp/$file.csv"
done
cmp -s "$tmp/v.wst.csv" "$tmp/v.traceg.csv" && [ -s "$tmp/v.wst.csv" ]
result $? "container and text are modelled alike"

(cd "$tmp" && "$WARPSCOPE" trace build pointer_chase hops=8 -q >/dev/null && [ -s pointer_chase.wst ])
result $? "without -o the trace has the name of the script"

cat >"$tmp/bad.lua" <<'LUA'
kernel{name = "bad", grid = 1, block = 32, regs = 8, code = [[
    MOV R1, c[0x0][0x28]
    FADD R2, R3, R1
    EXIT
]]}
LUA
"$WARPSCOPE" trace build "$tmp/bad.lua" -o "$tmp/bad.wst" -q >/dev/null 2>"$tmp/err"
[ $? = 4 ] && [ ! -e "$tmp/bad.wst" ] &&
    grep -q 'bad.lua:1: kernel bad, line 2 of its code: FADD: R3 is read before it is written' "$tmp/err"
result $? "a mistake in a kernel is found and nothing is written"
