#!/bin/sh
# Installs the Debian packages that are missing: "setup.sh build" those that building needs,
# "setup.sh test" those of the tests as well. Silent when all are there.
set -u

build_packages='gcc make pkg-config git libc6-dev libncurses-dev liblua5.4-dev libcjson-dev libiberty-dev
libsqlite3-dev libzstd-dev liblzma-dev zlib1g-dev'
test_packages='libvterm-dev tmux xz-utils zstd gzip clang libclang-rt-14-dev clang-format
clang-tidy mandoc pmccabe'

case ${1:-} in
build) wanted=$build_packages ;;
test) wanted="$build_packages $test_packages" ;;
*)
    echo "usage: setup.sh build|test" >&2
    exit 2
    ;;
esac
wanted=$(echo $wanted) # one line

if ! command -v dpkg-query >/dev/null; then
    echo "setup: no dpkg here: the packages are taken as installed ($wanted)" >&2
    exit 0
fi

# dpkg-query leaves out names it never heard of: what is not listed as installed is missing.
missing=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk -v wanted="$wanted" '
    $2 == "installed" { have[$1] = 1 }
    END {
        n = split(wanted, names, " ")
        for (i = 1; i <= n; i++)
            if (!(names[i] in have))
                printf "%s%s", sep++ ? " " : "", names[i]
    }')
[ -z "$missing" ] && exit 0

give_up() {
    echo "setup: $1; to install what is missing, run" >&2
    echo "    sudo apt-get install $missing" >&2
    exit 1
}

command -v apt-get >/dev/null || give_up "there is no apt-get"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    give_up "neither root nor sudo"
fi

# What apt prints is of interest only when it fails.
quietly() {
    said=$("$@" 2>&1) && return
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    return 1
}

echo "setup: installing $missing"
quietly $as_root apt-get update -qq || give_up "the package lists cannot be fetched"
quietly $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing || give_up "apt-get failed"
