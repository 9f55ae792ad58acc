#!/bin/sh
# The layers of the program and who may include whom. A file may include the headers of strictly
# lower groups and of its own layer; layers of one group do not know one another.
cd "$(dirname "$0")/../.." || exit 1

groups='base; sass gpu; trace result; mech prof learn; model serve; engine present; script; cli tui'

# Headers of libraries stay behind one door each: header, a pattern for the files allowed.
doors='curses.h src/tui/[^/]*[.]c
ncurses.h src/tui/[^/]*[.]c
lua.h src/script/
lauxlib.h src/script/
lualib.h src/script/
cjson/cJSON.h src/base/json[.]c
sqlite3.h src/prof/nsys_db[.]c
pthread.h (src|include)/(engine|base)/'

# Prints one line for each broken rule in the tree given.
broken_rules() (
    cd "$1" || exit 1
    find src include -name '*.[ch]' | sort | xargs awk -v groups="$groups" -v doors="$doors" '
        BEGIN {
            n = split(groups, group, "; ")
            for (i = 1; i <= n; i++) {
                m = split(group[i], names, " ")
                for (j = 1; j <= m; j++)
                    level[names[j]] = i
            }
            n = split(doors, line, "\n")
            for (i = 1; i <= n; i++) {
                split(line[i], part, " ")
                door[part[1]] = part[2]
            }
        }
        FNR == 1 {
            split(FILENAME, part, "/")
            layer = FILENAME == "src/main.c" ? "" : part[2]
            if (layer != "" && !(layer in level))
                print FILENAME ": " layer " is no layer"
            base = FILENAME
            sub(/.*\//, "", base)
            if (base ~ /[.]c$/ && base in seen)
                print FILENAME ": has the name of " seen[base]
            seen[base] = FILENAME
        }
        /^[ \t]*#[ \t]*include/ {
            header = $0
            sub(/^[^<"]*[<"]/, "", header)
            sub(/[>"].*/, "", header)
            if (header in door && FILENAME !~ "^" door[header])
                print FILENAME ": must not include " header
            if (header ~ /curses[.]h$/ && FILENAME ~ /^src\/tui\//) {
                if (curses != "" && curses != FILENAME)
                    print FILENAME ": includes " header " besides " curses
                curses = FILENAME
            }
            split(header, part, "/")
            other = part[1]
            if (layer == "" || !(other in level) || header !~ /\// || other == layer)
                next
            if (level[other] >= level[layer])
                print FILENAME ": must not include " header
        }'
)

number=0 failed=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

found=$(broken_rules .)
[ -z "$found" ] || echo "$found" | sed 's/^/# /'
[ -z "$found" ]
result $? "every include points down"

# Each rule is shown to fire on a tree made up for it.
tree=${TEST_TMP:-$(mktemp -d)}/layers
fires() { # NAME EXPECTED-LINE FILE:CONTENT...
    name=$1 expected=$2
    shift 2
    rm -rf "$tree"
    mkdir -p "$tree/src" "$tree/include"
    for file; do
        mkdir -p "$tree/$(dirname "${file%%:*}")"
        echo "${file#*:}" >"$tree/${file%%:*}"
    done
    got=$(broken_rules "$tree")
    [ "$got" = "$expected" ] || echo "# expected '$expected', got '$got'"
    [ "$got" = "$expected" ]
    result $? "$name"
}

fires "downward and own headers pass" "" \
    'src/cli/a.c:#include "base/arena.h"' 'src/gpu/b.c:#include "gpu/b.h"' \
    'src/main.c:#include "cli/a.h"'
fires "an upward include is found" "src/base/a.c: must not include gpu/b.h" \
    'src/base/a.c:#include "gpu/b.h"'
fires "an include within a group is found" "src/cli/a.c: must not include tui/b.h" \
    'src/cli/a.c:#include "tui/b.h"'
fires "a header is held to the rules as well" "include/mech/a.h: must not include prof/b.h" \
    'include/mech/a.h:# include "prof/b.h"'
fires "an unknown layer is found" "src/misc/a.c: misc is no layer" 'src/misc/a.c:int a;'
fires "curses outside tui is found" "src/cli/a.c: must not include curses.h" \
    'src/cli/a.c:#include <curses.h>'
fires "curses in two files of tui is found" "src/tui/b.c: includes ncurses.h besides src/tui/a.c" \
    'src/tui/a.c:#include <curses.h>' 'src/tui/b.c:#include <ncurses.h>'
fires "Lua outside script is found" "src/engine/a.c: must not include lauxlib.h" \
    'src/engine/a.c:#include <lauxlib.h>' 'src/script/b.c:#include <lua.h>'
fires "cJSON outside json.c is found" "src/base/err.c: must not include cjson/cJSON.h" \
    'src/base/err.c:#include <cjson/cJSON.h>' 'src/base/json.c:#include <cjson/cJSON.h>'
fires "SQLite outside nsys_db.c is found" "src/prof/a.c: must not include sqlite3.h" \
    'src/prof/a.c:#include <sqlite3.h>' 'src/prof/nsys_db.c:#include <sqlite3.h>'
fires "threads outside engine and base are found" "src/tui/a.c: must not include pthread.h" \
    'src/tui/a.c:#include <pthread.h>' 'src/engine/b.c:#include <pthread.h>'
fires "a name used twice is found" "src/gpu/a.c: has the name of src/base/a.c" \
    'src/base/a.c:int a;' 'src/gpu/a.c:int b;'
rm -rf "$tree"
exit $failed
