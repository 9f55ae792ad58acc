#!/bin/sh
# Runs the commands of the README that stand in ```sh blocks: each must succeed and print something.
cd "$(dirname "$0")/../.." || exit 1

WARPSCOPE=${WARPSCOPE:-$PWD/build/warpscope}
list=${TEST_TMP:-$(mktemp -d)}/commands
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' README.md >"$list"
[ -s "$list" ] || { echo "not ok 1 - README.md has commands"; exit 1; }

number=0 failed=0
while IFS= read -r line; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    set -- $line
    shift # warpscope
    if output=$("$WARPSCOPE" "$@" 2>&1 </dev/null) && [ -n "$output" ]; then
        echo "ok $number - $line"
    else
        echo "not ok $number - $line"
        echo "$output" | head -n 20 | sed 's/^/# /'
        failed=1
    fi
done <"$list"

# Pictures and files that the README names exist.
for file in $(grep -o '](\([a-z][^):]*\))' README.md | sed 's/](\(.*\))/\1/'); do
    number=$((number + 1))
    if [ -e "$file" ]; then
        echo "ok $number - $file is there"
    else
        echo "not ok $number - README.md names $file"
        failed=1
    fi
done
exit $failed
