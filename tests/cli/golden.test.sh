#!/bin/sh
# Runs the commands of tests/cli/golden/*.txt and compares what they print, line by line.
#
#   # a comment
#   $ warpscope gpu diff a b        run by sh in tests/cli/data
#   | a line on standard output
#   ! a line on standard error
#   ? 2                             exit code, left out when 0
#
# "golden.test.sh --update" writes what the commands print now into the files; look at the diff.
# The version of the program is shown as VERSION, the source folder as ROOT, a folder for files of
# the commands ($TMP) as TMP.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
WARPSCOPE=${WARPSCOPE:-$root/build/warpscope}
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR WARPSCOPE_DATA

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/tmp"
ln -s "$WARPSCOPE" "$dir/bin/warpscope"
PATH=$dir/bin:$PATH
TMP=$dir/tmp
export PATH TMP
version=$(warpscope --version | sed -n '1s/^warpscope //p')

normal() { # PREFIX < TEXT: without what differs from machine to machine
    sed -e "s#$TMP#TMP#g" -e "s#$root#ROOT#g" -e "s#$version#VERSION#g" -e "s/^/$1 /" -e 's/ *$//'
}

run() { # COMMAND: the block that belongs below it
    (cd tests/cli/data && exec sh -c "$1") >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    normal '|' <"$dir/out"
    normal '!' <"$dir/err"
    [ $code = 0 ] || echo "? $code"
}

expected() { # FILE LINE: the block below a command
    awk -v from="$2" 'NR > from { if ($0 !~ /^[|!?]/) exit; print }' "$1"
}

update() { # FILE
    while IFS= read -r line; do
        case $line in
        '$ '*)
            printf '%s\n' "$line"
            run "${line#??}"
            ;;
        '|'* | '!'* | '?'*) ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1" >"$dir/new"
    cmp -s "$dir/new" "$1" || cp "$dir/new" "$1"
}

if [ "${1:-}" = --update ]; then
    for file in tests/cli/golden/*.txt; do
        update "$file"
    done
    exit 0
fi

number=0 failed=0
for file in tests/cli/golden/*.txt; do
    at=0
    while IFS= read -r line; do
        at=$((at + 1))
        case $line in
        '$ '*) ;;
        *) continue ;;
        esac
        number=$((number + 1))
        run "${line#??}" >"$dir/got"
        expected "$file" $at >"$dir/want"
        if diff -u "$dir/want" "$dir/got" >"$dir/diff"; then
            echo "ok $number - $(basename "$file" .txt): ${line#??}"
        else
            failed=1
            sed '1,2d; s/^/# /' "$dir/diff"
            echo "# to accept: tests/cli/golden.test.sh --update"
            echo "not ok $number - $(basename "$file" .txt): ${line#??}"
        fi
    done <"$file"
done
exit $failed
