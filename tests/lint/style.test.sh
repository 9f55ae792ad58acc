#!/bin/sh
# Form of the sources: layout, size, headers that stand alone.
cd "$(dirname "$0")/../.." || exit 1

number=0 failed=0
report() { # NAME FOUND: passes when nothing was found
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "$2" | sed 's/^/# /'
        echo "not ok $number - $1"
        failed=1
    fi
}

sources=$(find src include tests -name '*.[ch]')
headers=$(find include -name '*.h')

if command -v clang-format >/dev/null; then
    report "layout is that of clang-format" \
        "$(echo "$sources" | xargs clang-format --dry-run -Werror 2>&1 | grep -E '(error|warning):')"
else
    number=$((number + 1))
    echo "ok $number - layout is that of clang-format # SKIP clang-format is absent"
fi

# A header that forgets an include fails on an unknown name.
alone() {
    for header in $headers; do
        ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -Wall -Wextra -Iinclude -fsyntax-only \
            -x c -include "$header" /dev/null 2>&1
    done
}
report "every header compiles alone" "$(alone)"

report "no file is over 700 lines" \
    "$(find src include -name '*.[ch]' | xargs awk 'FNR == 701 { print FILENAME }')"
report "no blanks at the end of a line" \
    "$(grep -rnE '[[:blank:]]+$' src include tests lua Makefile --include='*.[ch]' \
        --include='*.sh' --include='*.lua' --include=Makefile)"
report "nothing is left to do later" \
    "$(grep -rnwE 'TO''DO|FIX''ME|XX''X' src include tests lua --include='*.[ch]' \
        --include='*.sh' --include='*.lua')"
exit $failed
