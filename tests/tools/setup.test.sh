#!/bin/sh
# What setup.sh does about missing packages, on made-up commands that only tell what they got.
cd "$(dirname "$0")/../.." || exit 1

number=0 failed=0
check() { # NAME: passes when the last command did
    status=$?
    number=$((number + 1))
    if [ $status = 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        failed=1
    fi
}

bin=${TEST_TMP:-$(mktemp -d)}/bin
fake() { # COMMAND TEXT
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}
fresh() { # USER-ID MISSING-PACKAGE
    rm -rf "$bin"
    mkdir -p "$bin"
    for tool in sh awk env; do
        ln -s "$(command -v $tool)" "$bin/$tool"
    done
    fake id "echo $1"
    fake dpkg-query "shift 3
        for p; do [ \$p = '$2' ] && echo \$p config-files || echo \$p installed; done"
}
setup() {
    output=$(PATH=$bin "$bin/sh" tests/tools/setup.sh "$1" 2>&1)
    status=$?
    [ ! -f "$bin/done" ] || output="$output
$(cat "$bin/done")"
}
says() { # TEXT STATUS
    [ "$output" = "$1" ] && [ "$status" = "$2" ] && return
    echo "$output" | sed 's/^/# /'
    return 1
}

fresh 0 none
setup test
says "" 0
check "nothing is said when nothing is missing"

fresh 0 tmux
setup build
says "" 0
check "building does not ask for the packages of the tests"

fake apt-get "echo noise; echo \"apt-get \$*\" >>$bin/done"
setup test
says "setup: installing tmux
apt-get update -qq
apt-get install -y -qq --no-install-recommends tmux" 0
check "root installs just what is missing"

fresh 1000 libzstd-dev
fake apt-get "echo noise; echo \"apt-get \$*\" >>$bin/done"
fake sudo "echo 'as root:' >>$bin/done; exec \"\$@\""
setup build
says "setup: installing libzstd-dev
as root:
apt-get update -qq
as root:
apt-get install -y -qq --no-install-recommends libzstd-dev" 0
check "others install through sudo"

rm "$bin/sudo" "$bin/done"
setup build
says "setup: neither root nor sudo; to install what is missing, run
    sudo apt-get install libzstd-dev" 1
check "without sudo the command is told"

fresh 0 libzstd-dev
setup build
says "setup: there is no apt-get; to install what is missing, run
    sudo apt-get install libzstd-dev" 1
check "without apt-get the command is told"

fake apt-get 'echo no route; exit 100'
setup build
says "setup: installing libzstd-dev
no route
setup: the package lists cannot be fetched; to install what is missing, run
    sudo apt-get install libzstd-dev" 1
check "without network the command is told"

rm -rf "$bin"
exit $failed
