#!/bin/sh
# How long a job goes on after it was cancelled, at several points of its work.
build=$1
[ -x "$build/tests/test_job_cancel" ] || {
    echo "cancel: skipped: build/tests/test_job_cancel is not built (make check builds it)"
    exit 0
}
echo "cancel: worst of several points of the work, until the job has ended and its memory is free"
TEST_TMP=$2 "$build/tests/test_job_cancel" | awk '
    /^# .* cancelled at / { worst[$2] = $(NF - 1) > worst[$2] ? $(NF - 1) : worst[$2] }
    END { for (what in worst) printf "%-34s %8.1f ms\n", what, worst[what] }' | sort
