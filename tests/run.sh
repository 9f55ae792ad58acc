#!/bin/sh
# Runs every test program and script of the build folder given: each in a process of its own, with
# a time limit and a folder for its files, several at once, reported in a stable order.
# The last line of the output is "N passed, N failed", with ", N skipped" where some were.
set -u

limit_s=${TEST_TIMEOUT:-300}

# "run.sh --one DIR NUMBER NAME COMMAND...": a job; its output goes to DIR/NUMBER.out.
if [ "${1:-}" = --one ]; then
    out=$2/$3.out
    TEST_TMP=$2/$3.tmp
    export TEST_TMP
    mkdir "$TEST_TMP"
    name=$4
    dir=$2 number=$3
    shift 4
    timeout -k 5 "$limit_s" "$@" >"$out" 2>&1 </dev/null
    status=$?
    # Runs that stop early must not pass by the results they gave before.
    if [ $status = 124 ] || [ $status = 137 ]; then
        printf '\nnot ok - %s: took longer than %s s\n' "$name" "$limit_s" >>"$out"
    elif [ $status -gt 128 ]; then
        printf '\nnot ok - %s: crashed by signal %s\n' "$name" $((status - 128)) >>"$out"
    elif [ $status != 0 ] && ! grep -q '^not ok ' "$out"; then
        printf '\nnot ok - %s: stopped with status %s\n' "$name" $status >>"$out"
    elif ! grep -qE '^(not )?ok ' "$out"; then
        printf '\nnot ok - %s: gave no result\n' "$name" >>"$out"
    fi
    rm -rf "$TEST_TMP"
    mv "$out" "$dir/$number.done"
    exit 0
fi

build=${1:?usage: run.sh BUILD_DIR}
cd "$(dirname "$0")/.." || exit 1
WARPSCOPE=$PWD/$build/warpscope
export WARPSCOPE
LC_ALL=C.UTF-8
export LC_ALL

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# One job a line: number, name, command.
n=0
job() {
    n=$((n + 1))
    echo "$n $*" >>"$dir/jobs"
}
for source in tests/unit/test_*.c; do
    name=$(basename "$source" .c)
    [ -e "$source" ] && job "$name" "$build/tests/$name"
done
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    [ -e "$source" ] && job "$name" "$build/tests/replay_${name#fuzz_}" "tests/fuzz/corpus/${name#fuzz_}"
done
for script in tests/*/*.test.sh; do
    [ -x "$script" ] && job "${script#tests/}" "$script"
done

xargs -P "$(nproc)" -L 1 tests/run.sh --one "$dir" <"$dir/jobs" &
workers=$!

passed=0 failed=0 skipped=0
while read -r number name _; do
    while [ ! -e "$dir/$number.done" ]; do
        # A worker that was killed leaves no result: better a failure than to wait for ever.
        kill -0 $workers 2>/dev/null || [ -e "$dir/$number.done" ] ||
            printf 'not ok - %s: never ran\n' "$name" >"$dir/$number.done"
        sleep 0.05
    done
    bad=$(grep -c '^not ok ' "$dir/$number.done")
    good=$(grep -c '^ok ' "$dir/$number.done")
    left=$(grep -c '^ok .*# SKIP' "$dir/$number.done")
    failed=$((failed + bad)) skipped=$((skipped + left)) passed=$((passed + good - left))
    if [ "$bad" != 0 ]; then
        echo "FAIL $name"
        sed 's/^/    /' "$dir/$number.done"
    else
        echo "ok   $name ($good)"
        sed -n 's/^ok [0-9]* *-* *\(.*\) # SKIP *\(.*\)/     skipped: \1: \2/p' "$dir/$number.done"
    fi
done <"$dir/jobs"
wait $workers

if [ $skipped = 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ $failed = 0 ] && [ $passed != 0 ]
