#!/bin/sh
# Scripts on the command line: what they cannot do, how they fail, how they are stopped.
set -u
cd "$(dirname "$0")/../.." || exit 1
WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
tmp=${TEST_TMP:-$(mktemp -d)}

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

# Runs the script in the first argument; exit code in $code, output in $tmp/out and $tmp/err.
run() { # TEXT OPTION...
    printf '%s\n' "$1" >"$tmp/script.lua"
    shift
    "$WARPSCOPE" sweep "$tmp/script.lua" -q "$@" >"$tmp/out" 2>"$tmp/err"
    code=$?
}

run 'print(6 * 7)'
[ $code = 0 ] && [ "$(cat "$tmp/out")" = 42 ]
result $? "prints go to standard output"

run 'local f = io.open("/etc/passwd")'
[ $code = 4 ] && grep -q "script.lua:1: attempt to index a nil value (global 'io')" "$tmp/err"
result $? "io is absent, and the error has file and line"

run 'print(io.open("/etc/passwd") ~= nil)' --lua-unsafe
[ $code = 0 ] && [ "$(cat "$tmp/out")" = true ]
result $? "--lua-unsafe opens io"

run 'warpscope.trace("/etc/passwd")'
[ $code = 4 ] && grep -q "no trace '/etc/passwd' was given" "$tmp/err"
result $? "only named and shipped traces open"

run 'local t = warpscope.trace("vector_add.wst") t.path = "x"'
[ $code = 4 ] && grep -q "a trace is read-only" "$tmp/err"
result $? "proxies are read-only"

run 'local function f() error("deep") end
local ok = f()' --traceback
[ $code = 4 ] && grep -q "script.lua:1: deep" "$tmp/err" && grep -q "in .*main chunk" "$tmp/err"
result $? "--traceback says how the script came to its error"

run 'param("n", 1)' m=2
[ $code = 2 ] && grep -q "the script has no parameter 'm'" "$tmp/err"
result $? "a parameter that the script does not ask for is a wrong use"

printf 'while true do pcall(function() while true do end end) end\n' >"$tmp/script.lua"
timeout --foreground --preserve-status -s INT -k 10 0.5 \
    "$WARPSCOPE" sweep "$tmp/script.lua" -q >"$tmp/out" 2>"$tmp/err"
[ $? = 130 ]
result $? "an endless loop is interrupted"
