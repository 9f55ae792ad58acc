#!/bin/sh
# Draws screenshots/*.keys: each is a session without a terminal, whose last screen becomes
# screenshots/NAME.svg, and NAME.png where rsvg-convert is installed. In its comments a session has
#
#   # args: ARGUMENTS      of the program, paths from the source folder
#   # expect: WORDS        text that must be on the screen; as many lines as wanted
#
# A picture without an expected text is a failure: a blank one would be perfectly reproducible.
set -u
build=${1:?usage: screenshots.sh BUILD_DIR [OUTPUT_DIR]}
cd "$(dirname "$0")/../.." || exit 1
out=${2:-screenshots}
mkdir -p "$out" || exit 1

# Prints the values of a field of a session's comments.
field() { # FIELD FILE
    sed -n "s/^# $1: //p" "$2"
}

failed=0
for keys in screenshots/*.keys; do
    name=$(basename "$keys" .keys)
    args=$(field args "$keys")
    # shellcheck disable=SC2086 # arguments are words
    text=$("$build/warpscope" $args --keys "$keys") &&
        "$build/warpscope" $args --keys "$keys" --format svg -o "$out/$name.svg" || {
        echo "screenshots: $name: the session failed" >&2
        failed=1
        continue
    }
    field expect "$keys" >"$out/$name.expect"
    while IFS= read -r words; do
        case $text in
        *"$words"*) ;;
        *)
            echo "screenshots: $name: '$words' is not on the screen:" >&2
            echo "$text" >&2
            failed=1
            ;;
        esac
    done <"$out/$name.expect"
    rm -f "$out/$name.expect"
    if command -v rsvg-convert >/dev/null; then
        rsvg-convert --zoom 2 "$out/$name.svg" -o "$out/$name.png" || failed=1
    fi
    echo "$out/$name.svg"
done
exit $failed
