#!/bin/sh
# What a golden text cannot show: signals, progress, time, the manual page, completion, installing.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
WARPSCOPE=${WARPSCOPE:-$root/build/warpscope}
LC_ALL=C.UTF-8
export LC_ALL
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
ln -s "$WARPSCOPE" "$tmp/bin/warpscope"
PATH=$tmp/bin:$PATH

number=0 failed=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        failed=1
        echo "not ok $number - $2"
    fi
}
skip() { # NAME REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

data=tests/cli/data

# --- numbers -----------------------------------------------------------------------------------

# Every column named stall_* of every row, against cycles[cy].
warpscope analyze $data/app -q --format csv | awk -F, '
    { gsub(/"[^"]*"/, "name") }
    NR == 1 { for (i = 1; i <= NF; i++) { if ($i == "cycles[cy]") cycles = i; if ($i ~ /^stall_/) is[i] = 1 } next }
    { sum = 0; for (i in is) sum += $i; d = sum - $cycles; if (d * d > 1e-18 * $cycles * $cycles) exit 1; rows++ }
    END { exit rows != 3 }'
result $? "stalls sum to the cycles in every row"

for n in 1 2 7; do
    warpscope analyze $data/app -q -j $n --format json >"$tmp/j$n"
done
cmp -s "$tmp/j1" "$tmp/j2" && cmp -s "$tmp/j1" "$tmp/j7"
result $? "the number of threads changes nothing"

warpscope compare $data/scale.traceg --gpu h100-pcie --gpu h100-pcie --format csv |
    awk -F, 'NR == 1 { next } { exit $NF != 1 }'
result $? "a GPU compared with itself has speed-up 1"

# --- streams -----------------------------------------------------------------------------------

warpscope analyze $data/scale.traceg -q 2>"$tmp/err" >/dev/null
[ ! -s "$tmp/err" ]
result $? "--quiet leaves standard error empty"

warpscope analyze $data/scale.traceg -o "$tmp/out" >"$tmp/stdout" 2>/dev/null
[ ! -s "$tmp/stdout" ] && [ -s "$tmp/out" ]
result $? "-o leaves standard output empty"

echo old >"$tmp/kept"
warpscope analyze $data/broken.traceg -o "$tmp/kept" >/dev/null 2>&1
[ "$(cat "$tmp/kept")" = old ]
result $? "a failing run leaves the file of -o alone"

NO_COLOR=1 warpscope analyze $data/scale.traceg -q --color auto | grep -q "$(printf '\033')"
[ $? = 1 ]
result $? "no colour without a terminal"

LC_ALL=C warpscope analyze $data/scale.traceg -q --color always | LC_ALL=C grep -q '[^ -~[:cntrl:]]'
[ $? = 1 ]
result $? "only ASCII where the locale has no more"

# --- interruption ------------------------------------------------------------------------------

# Hundreds of launches of one kernel: seconds of work. In the foreground timeout sends one signal,
# else two, and the second kills.
mkdir "$tmp/long"
warpscope trace build vector_add n=100000 -o "$tmp/long/kernel-1.traceg" >/dev/null
yes kernel-1.traceg | head -1000 >"$tmp/long/kernelslist.g"

start=$(date +%s%N)
timeout --foreground --preserve-status -s INT 0.7 warpscope analyze "$tmp/long" -q -j 1 >"$tmp/out" 2>"$tmp/err"
code=$?
ms=$((($(date +%s%N) - start) / 1000000))
echo "# code $code after $ms ms: $(head -c 200 "$tmp/err")"
[ $code = 130 ] && [ ! -s "$tmp/out" ] && [ "$(cat "$tmp/err")" = "warpscope: cancelled" ]
result $? "SIGINT ends with 130 and without a result"
[ $ms -lt 3000 ]
result $? "SIGINT ends soon"

if command -v script >/dev/null; then
    timeout -s INT 3 script -qec "warpscope analyze $tmp/long -j 1" /dev/null </dev/null >"$tmp/tty" 2>&1
    grep -q 'kernel 1.*(.* of 1000)' "$tmp/tty"
    result $? "progress is shown on a terminal"
else
    skip "progress is shown on a terminal" "script is absent"
fi

# --- documents ---------------------------------------------------------------------------------

warpscope man >"$tmp/warpscope.1"
if command -v mandoc >/dev/null; then
    found=$(mandoc -T lint -W style "$tmp/warpscope.1")
    [ -z "$found" ] || echo "$found" | sed 's/^/# /'
    [ -z "$found" ]
    result $? "the manual page is flawless mdoc"
else
    skip "the manual page is flawless mdoc" "mandoc is absent"
fi

# Commands and options of --help are in the page, and every command has its own help.
missing=
for command in $(warpscope -h | sed -n 's/^  \([a-z][a-z ]*[a-z]\)   .*/\1/p' | tr ' ' _); do
    name=$(echo "$command" | tr _ ' ')
    grep -q "^.Ss $name\$" "$tmp/warpscope.1" || missing="$missing $command"
    warpscope $name --help | head -1 | grep -q "^usage: warpscope $name" || missing="$missing $command"
done
[ -z "$missing" ] || echo "# $missing"
[ -z "$missing" ] && [ "$(warpscope -h | grep -c '^  [a-z]')" -gt 9 ]
result $? "every command has its page and its help"

# What the help gives as examples runs; the explorer alone needs a terminal.
mkdir "$tmp/examples"
ln -s "$root/traces" "$root/gpus" "$tmp/examples"
for command in $(warpscope -h | sed -n 's/^  \([a-z][a-z ]*[a-z]\)   .*/\1/p' | tr ' ' _); do
    warpscope $(echo "$command" | tr _ ' ') --help | sed '1,/^examples:/d' >>"$tmp/examples/list"
done
bad=
while IFS= read -r line; do
    (cd "$tmp/examples" && eval "$line") >/dev/null 2>"$tmp/err" </dev/null || bad="$bad$line: $(cat "$tmp/err")
"
done <<END
$(grep -v 'source <' "$tmp/examples/list")
END
[ -z "$bad" ] || echo "$bad" | sed 's/^/# /'
[ -z "$bad" ] && [ "$(wc -l <"$tmp/examples/list")" -gt 15 ]
result $? "the examples of the help run"

# --- completion --------------------------------------------------------------------------------

complete_line() { # WORDS: what is offered for the last one
    bash -c '
        source <(warpscope completion bash)
        COMP_WORDS=("$@")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _warpscope
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort | tr '\n' ' ' | sed 's/ *$//'
}
offers() { # EXPECTED WORDS...
    expected=$1
    shift
    got=$(cd $data && complete_line "$@")
    [ "$got" = "$expected" ] || echo "# offers '$got' instead of '$expected'"
    [ "$got" = "$expected" ]
    result $? "completes: $*"
}
if command -v bash >/dev/null; then
    offers "analyze app" warpscope a
    offers "check diff list show" warpscope gpu ""
    offers "info" warpscope trace i
    offers "amali-a100 amali-h100-pcie" warpscope analyze x --gpu amali
    offers "all amali-public" warpscope analyze --model a
    offers "cache classes constants" warpscope analyze x --no-fix c
    offers "csv json text" warpscope compare x --format ""
    offers "--keep-going --kernel" warpscope analyze --ke
    offers "--gpu" warpscope --g
    offers "scale.traceg" warpscope analyze sc
    offers "rtx-3090 rtx-4090" warpscope gpu show rtx
    offers "warpscope" warpscope model show w
    offers "" warpscope analyze x --kernel ""
    offers "sass stalls" warpscope show s
    offers "scale.traceg" warpscope show sass sc
    offers "l2_size" warpscope sweep l2
    offers "vector_add" warpscope trace build vec
    offers "check convert" warpscope help trace c
    offers "ansi svg text" warpscope show sass x --format ""
else
    skip "completion" "bash is absent"
fi

# --- installing --------------------------------------------------------------------------------

build=$(dirname "$WARPSCOPE")
make -s install-files B="$build" DESTDIR="$tmp/root" PREFIX=/opt/ws >"$tmp/log" 2>&1
result $? "make install"
installed=$tmp/root/opt/ws
missing=
for folder in gpus lua traces; do
    [ ! -d $folder ] || [ -d "$installed/share/warpscope/$folder" ] || missing=$folder
done
[ -z "$missing" ] && [ -f "$installed/share/man/man1/warpscope.1" ] &&
    [ -f "$installed/share/bash-completion/completions/warpscope" ]
result $? "program, data, page and completion are installed"
cp "$data/scale.traceg" "$tmp/here.traceg"
(cd "$tmp" && env -u WARPSCOPE_DATA "$installed/bin/warpscope" analyze here.traceg --gpu h100-pcie -q) |
    grep -q '(h100-pcie)'
result $? "the installed program finds its data from another folder"

exit $failed
