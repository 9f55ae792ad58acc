#!/bin/sh
# What the test runner makes of tests that pass, fail, crash, hang or say nothing.
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

tree=${TEST_TMP:-$(mktemp -d)}/tree
fresh() {
    rm -rf "$tree"
    mkdir -p "$tree/tests/sample"
    cp tests/run.sh "$tree/tests/"
}
script() { # NAME TEXT
    printf '#!/bin/sh\n%s\n' "$2" >"$tree/tests/sample/$1.test.sh"
    chmod +x "$tree/tests/sample/$1.test.sh"
}
run() {
    output=$(TEST_TIMEOUT=1 "$tree/tests/run.sh" build 2>&1)
    status=$?
    last=$(echo "$output" | tail -n 1)
}
says() { # LAST-LINE STATUS
    [ "$last" = "$1" ] && [ "$status" = "$2" ] && return
    echo "$output" | sed 's/^/# /'
    return 1
}

fresh
script a 'echo "ok 1 - one"; echo "ok 2 - two"'
run
says "2 passed, 0 failed" 0
check "passing tests are counted"

script b 'echo "ok 1 - three # SKIP no reason"'
run
says "2 passed, 0 failed, 1 skipped" 0
check "skipped tests are counted apart"

script c 'echo "# why"; echo "not ok 1 - four"; exit 1'
run
says "2 passed, 1 failed, 1 skipped" 1 && echo "$output" | grep -q '# why'
check "a failure is shown in full"

fresh
script crash 'echo "ok 1 - before"; kill -SEGV $$'
run
says "1 passed, 1 failed" 1
check "a crash is one failure"

fresh
script hang 'echo "ok 1 - before"; sleep 60'
run
says "1 passed, 1 failed" 1
check "a hanging test is stopped and fails"

fresh
script silent 'exit 0'
script status 'echo "ok 1 - five"; exit 3'
run
says "1 passed, 2 failed" 1
check "silence and a bad exit status are failures"

fresh
script z 'sleep 0.2; echo "ok 1 - late"'
script y 'echo "ok 1 - early"'
script x 'sleep 0.3; echo "ok 1 - last"'
run
[ "$(echo "$output" | sed -n 's/^ok *sample.\(.\).*/\1/p' | tr -d '\n')" = xyz ]
check "the order of the report does not depend on time"

fresh
script files 'touch "$TEST_TMP/file" && echo "ok 1 - $TEST_TMP"'
run
says "1 passed, 0 failed" 0
check "every test has a folder of its own"

rm -rf "$tree"
exit $failed
