#!/bin/sh
# Prints the models beside reference figures, one table a set:
#
#     validate.sh BUILD_DIR [SET] [FORMAT]      SET: 1, 2, ...; none = all      FORMAT: text, csv, json
#
# 1 hardware, 2 cycle simulators, 3 microbenchmarks, 4 properties that must hold, 5 replay on changed
# machines, 6 the interval models against the detailed one. Fails only where something cannot run: what the tables say is for people to judge.
build=${1:?usage: validate.sh BUILD_DIR [SET] [FORMAT]}
set=${2:-all} format=${3:-text}
cd "$(dirname "$0")/../.." || exit 1

script() { # SET: one that is written in Lua
    "$build/warpscope" sweep "tests/validate/set$1.lua" --lua-unsafe -q --format "$format"
}

run() { # SET
    case $1 in
    4) "$build/tests/test_property" ;;
    *) script "$1" ;;
    esac
}

sets=$(ls tests/validate/set*.lua | sed 's/[^0-9]//g')
[ -x "$build/tests/test_property" ] && sets="$sets 4"
sets=$(printf '%s\n' $sets | sort -n)
[ "$set" = all ] || {
    printf '%s\n' $sets | grep -qx "$set" || {
        echo "validate: there is no set '$set'; there are: $(echo $sets)" >&2
        exit 2
    }
    sets=$set
}

status=0
for s in $sets; do
    run "$s" || status=1
    echo
done
exit $status
