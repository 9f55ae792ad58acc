#!/bin/sh
# Measures this machine's GPU with the programs of tests/truth/cuda, in steps that can be resumed:
#
#     tests/truth/run.sh [--dry-run] [--out DIR] [--build DIR] [--budget S] [--only PATTERN]...
#
#     --dry-run       print the plan with the time of each step, and do nothing
#     --out DIR       results; steps that are done there are not done again (default: tests/truth/out)
#     --build DIR     programs; built where their sources changed (default: build/truth)
#     --budget S      start no step that would end later than S seconds from now (default: 570)
#     --only PATTERN  only steps that match, such as 'check:*' or measure:pipes; also steps that are
#                     not part of the plan, such as sanitize:softmax
#     --quick         fewer repeats and sizes: a rehearsal (default --out: tests/truth/out/quick)
#
# Needs nvcc and a host compiler; on a machine without nvcc, programs built elsewhere do. Nsight
# Compute (ncu) and cuobjdump serve their own steps. Nothing of the GPU is changed: no clocks, no
# limits, no modes. The results are described in tests/truth/README.md.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
self=$here/run.sh
out= build=$here/../../build/truth budget=570 dry= only= quick= step= attempt=

fail() {
    echo "run.sh: $*" >&2
    exit 2
}
need() { # OPTION ARGUMENTS-LEFT
    [ "$2" -ge 2 ] || fail "$1 wants a value; --help shows the usage"
}
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=1 ;;
    --quick) quick=--quick ;;
    --out) need "$1" $# && shift && out=$1 ;;
    --build) need "$1" $# && shift && build=$1 ;;
    --budget) need "$1" $# && shift && budget=$1 ;;
    --only) need "$1" $# && shift && only="$only $1" ;;
    --attempt) need "$1" $# && shift && attempt=$1 ;; # one step with its time limit and record
    --step) need "$1" $# && shift && step=$1 ;; # one step, as the runner calls itself
    --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) fail "unknown argument '$1'; --help shows the usage" ;;
    esac
    shift
done
out=${out:-$here/out${quick:+/quick}}
case $budget in '' | *[!0-9]*) fail "--budget wants whole seconds, not '$budget'" ;; esac

# --- the plan ------------------------------------------------------------------------------------------

# Programs of a kind that have the step of a column: "name seconds" a line.
programs() { # COLUMN [KIND]
    awk -F '\t' -v column="$1" -v kind="${2:-}" '
        /^#/ { next }
        (kind == "" || $2 == kind) && $column != "-" { print $1, $column }' "$here/programs.tsv"
}
steps_of() { # PREFIX COLUMN [KIND]
    programs "$2" "${3:-}" | sed "s/^/$1:/"
}
plan() {
    echo build 150
    echo device 5
    steps_of check 3
    steps_of measure 4 micro
    steps_of profile 5
    echo pages 15
    steps_of measure 4 kernel
    echo sass 15
    steps_of again 4
    echo compare 1
}
extras() { # steps that only --only brings
    steps_of sanitize 3 | awk '{ print $1, 20 * $2 }'
}
chosen() {
    if [ -z "$only" ]; then
        plan
        return
    fi
    { plan && extras; } | while read -r name seconds; do
        for pattern in $only; do
            # shellcheck disable=SC2254 # a pattern on purpose
            case $name in $pattern) echo "$name $seconds" && break ;; esac
        done
    done
}

# --- what each step does -------------------------------------------------------------------------------

nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
targets='-gencode=arch=compute_80,code=sm_80 -gencode=arch=compute_90a,code=sm_90a'
flags="-std=c++17 -O3 -lineinfo -default-stream per-thread -Xcompiler -Wall,-Wextra -Xptxas -v $targets"
tool() { # NAME: on the PATH or beside nvcc
    command -v "$1" || { [ -x "$(dirname "$nvcc")/$1" ] && echo "$(dirname "$nvcc")/$1"; }
}

# A program is as old as the text it was made of, whatever its time stamp says.
sum_of() { # PROGRAM
    { cat "$here/cuda/$1.cu" "$here"/cuda/*.cuh && echo "$flags"; } | cksum
}
fresh() { # PROGRAM
    [ -x "$build/$1" ] && [ "$(cat "$build/$1.sum" 2>/dev/null)" = "$(sum_of "$1")" ]
}
build_one() { # PROGRAM
    fresh "$1" && return
    [ -x "$nvcc" ] || { echo "$1: nvcc is not here and the program was not built before" >&2 && return 1; }
    # shellcheck disable=SC2086 # words on purpose
    "$nvcc" $flags -o "$build/$1" "$here/cuda/$1.cu" >"$build/$1.ptxas" 2>&1 || {
        cat "$build/$1.ptxas" >&2
        return 1
    }
    sum_of "$1" >"$build/$1.sum"
}
do_build() {
    mkdir -p "$build"
    programs 2 | awk '{ print "build:" $1 }' |
        xargs -P "$(nproc)" -n 1 "$self" --build "$build" --step
}

do_device() {
    {
        echo "# uname"
        uname -srm
        echo "# nvidia-smi"
        nvidia-smi -q -d MEMORY,CLOCK,POWER,PERFORMANCE,TEMPERATURE,ECC | grep -vi 'serial\|uuid\|bus id'
        echo "# nvcc"
        "$nvcc" --version
        echo "# ncu"
        ncu --version
    } >"$out/device.txt" 2>&1
    grep -q . "$out/device.txt"
}

# rows KIND PROGRAM ARGUMENTS...: the rows of a program, kept only when it succeeds.
rows() {
    kind=$1 program=$2
    shift 2
    mkdir -p "$out/$kind"
    "$build/$program" $quick "$@" >"$out/$kind/$program.part"
    status=$?
    mv "$out/$kind/$program.part" "$out/$kind/$program.csv"
    return $status
}

sections='SpeedOfLight ComputeWorkloadAnalysis MemoryWorkloadAnalysis MemoryWorkloadAnalysis_Tables
SchedulerStats WarpStateStats InstructionStats LaunchStats Occupancy SourceCounters'
launch_metrics=gpc__cycles_elapsed.avg,gpc__cycles_elapsed.max,sm__cycles_elapsed.max,sm__cycles_active.avg
launch_metrics=$launch_metrics,gpu__time_duration.sum
kernel_metrics=$launch_metrics,sm__cycles_active.max,smsp__inst_executed.sum,dram__bytes_read.sum
kernel_metrics=$kernel_metrics,dram__bytes_write.sum,lts__t_bytes.sum,l1tex__t_bytes.sum
# Which pipe an instruction goes to: of the SM's, what the pipes executed.
pipe_metrics=$(for pipe in adu alu cbu fma fma_type_fp16 fp64 lsu tensor_op_hmma tex uniform xu; do
    printf 'sm__inst_executed_pipe_%s.sum,' $pipe
done)sm__inst_executed.sum,sm__pipe_fmaheavy_cycles_active.sum
# Caches are flushed before every pass (--cache-control all): a kernel starts cold, as in a trace.
do_profile() { # PROGRAM
    mkdir -p "$out/profile"
    case $1 in
    launch) set -- launch --metrics "$launch_metrics" ;;
    pipes) set -- pipes --metrics "$pipe_metrics" ;;
    *) set -- "$1" --metrics "$kernel_metrics" $(for s in $sections; do echo --section "$s"; done) ;;
    esac
    program=$1
    shift
    ncu --clock-control none --cache-control all --kernel-name-base function \
        --kernel-name 'regex:^k_' "$@" -f -o "$out/profile/$program" \
        "$build/$program" --once $quick >"$out/profile/$program.log" 2>&1 || {
        tail -n 20 "$out/profile/$program.log" >&2
        return 1
    }
    grep "^$program," "$out/profile/$program.log" >"$out/profile/$program.once.csv"
    rm -f "$out/profile/$program".raw.csv* "$out/profile/$program".source.csv*
}

pages_of() { # PROGRAM: what its report holds, as text
    report=$out/profile/$1.ncu-rep
    [ -e "$report" ] || { echo "$1 was not profiled" >&2 && return 1; }
    ncu --import "$report" --csv --page raw | gzip -9n >"$out/profile/$1.raw.csv.gz"
    [ "$1" = launch ] || [ "$1" = pipes ] ||
        ncu --import "$report" --csv --page source --print-source sass |
        gzip -9n >"$out/profile/$1.source.csv.gz"
}
do_pages() {
    programs 5 | awk '{ print "pages:" $1 }' |
        xargs -P "$(nproc)" -n 1 "$self" --out "$out" --build "$build" --step
}

sass_of() { # PROGRAM
    cuobjdump=$(tool cuobjdump) || { echo "cuobjdump is not here" >&2 && return 1; }
    "$cuobjdump" -sass "$build/$1" | awk -f "$here/sass.awk" >"$out/sass/$1.sass" || return
    awk -f "$here/expect.awk" "$here/cuda/$1.cu" "$out/sass/$1.sass" >"$out/sass/$1.expect.csv"
    met=$?
    grep 'NOT MET\|NO SUCH' "$out/sass/$1.expect.csv" >&2
    awk -f "$here/resources.awk" "$build/$1.ptxas" >"$out/sass/$1.resources.csv"
    gzip -9nf "$out/sass/$1.sass"
    return $met
}
do_sass() {
    mkdir -p "$out/sass"
    programs 2 | awk '{ print "sass:" $1 }' |
        xargs -P "$(nproc)" -n 1 "$self" --out "$out" --build "$build" --step
}

do_compare() {
    awk -f "$here/compare.awk" "$out"/measure/*.csv "$out"/again/*.csv >"$out/compare.csv"
    tail -n 1 "$out/compare.csv"
}

do_step() { # NAME
    program=${1#*:}
    case $1 in
    build) do_build ;;
    device) do_device ;;
    check:*) rows check "$program" --check ;;
    measure:*) rows measure "$program" ;;
    again:*) rows again "$program" ;;
    profile:*) do_profile "$program" ;;
    pages) do_pages ;;
    pages:*) pages_of "$program" ;;
    sass) do_sass ;;
    sass:*) sass_of "$program" ;;
    compare) do_compare ;;
    sanitize:*)
        compute-sanitizer --error-exitcode 9 "$build/$program" --check --quick >"$out/log/$1.txt" 2>&1 ||
            { tail -n 30 "$out/log/$1.txt" >&2 && return 1; }
        ;;
    build:*) build_one "$program" ;;
    *) fail "no step '$1'" ;;
    esac
}
if [ -n "$step" ]; then
    do_step "$step"
    exit
fi

# --- the runner ----------------------------------------------------------------------------------------

is_done() { # NAME
    [ -e "$out/done/$1" ] && return
    [ "$1" = build ] || return 1
    for p in $(programs 2 | awk '{ print $1 }'); do fresh "$p" || return 1; done
}

if [ -n "$dry" ]; then
    total=0 run=1 used=0
    printf '%-22s %7s  %s\n' step seconds when
    for line in $(chosen | tr ' ' '='); do
        name=${line%=*} seconds=${line#*=}
        if is_done "$name"; then
            when=done seconds=0
        else
            [ $((used + seconds)) -gt "$budget" ] && run=$((run + 1)) used=0
            used=$((used + seconds)) total=$((total + seconds)) when="run $run"
        fi
        printf '%-22s %7s  %s\n' "$name" "$seconds" "$when"
    done
    printf '%-22s %7s  %s of at most %s s\n' total $total "$run run(s)" "$budget"
    exit 0
fi

mkdir -p "$out/done" "$out/log" || exit 1

# A kernel that is wrong is not measured.
barred() { # NAME
    case $1 in
    measure:* | again:* | profile:*) ;;
    *) return 1 ;;
    esac
    programs 3 kernel | grep -q "^${1#*:} " && [ ! -e "$out/done/check:${1#*:}" ]
}

# One step: under a time limit, its output in log/, its end in steps.csv.
do_attempt() { # NAME SECONDS
    if barred "$1"; then
        printf '%-22s %8s  left out: check:%s has not passed\n' "$1" - "${1#*:}"
        return 1
    fi
    from=$(date +%s.%N)
    timeout -k 5 $((3 * $2 + 20)) "$self" --out "$out" --build "$build" $quick --step "$1" \
        >"$out/log/$1.out" 2>"$out/log/$1.err"
    status=$?
    took=$(echo "$from $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
    if [ $status = 0 ]; then
        : >"$out/done/$1"
        verdict=done
    else
        verdict="FAILED ($status)"
    fi
    printf '%s,%s,%s\n' "$1" "$took" "$verdict" >>"$out/steps.csv"
    printf '%-22s %6s s  %s\n' "$1" "$took" "$verdict"
    [ $status = 0 ] || sed 's/^/    /' "$out/log/$1.err" | tail -n 12
    [ $status = 0 ]
}
if [ -n "$attempt" ]; then
    do_attempt "${attempt%=*}" "${attempt#*=}"
    exit
fi

sampler=
if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=timestamp,clocks.sm,clocks.mem,temperature.gpu,power.draw,clocks_event_reasons.active \
        --format=csv,noheader,nounits -l 1 >>"$out/clocks.csv" 2>/dev/null &
    sampler=$!
fi
trap '[ -n "$sampler" ] && kill "$sampler" 2>/dev/null' EXIT
trap 'exit 130' INT TERM

begin=$(date +%s) failed=0 left=0
fits() { # SECONDS
    [ $(($(date +%s) - begin + $1)) -le "$budget" ]
}
# Steps that measure nothing share the processors; the longest of them is their time.
to_do() { # parallel | sequential
    chosen | while read -r name seconds; do
        case $name in check:* | sass | sanitize:*) how=parallel ;; *) how=sequential ;; esac
        [ $how = "$1" ] && ! is_done "$name" && echo "$name=$seconds"
    done
}
sequential=$(to_do sequential)
first=${sequential%%"
"*}
if [ "${first%=*}" = build ]; then
    do_attempt build "${first#*=}" || exit 1
    sequential=$(to_do sequential)
fi
parallel=$(to_do parallel)
longest=$(printf '%s\n' "$parallel" | awk -F = '$2 > most { most = $2 } END { print most + 0 }')
if [ -z "$parallel" ]; then
    :
elif fits "$longest"; then
    printf '%s\n' "$parallel" | xargs -P "$(nproc)" -n 1 "$self" --out "$out" --build "$build" $quick --attempt ||
        failed=$((failed + 1))
else
    left=$(printf '%s\n' "$parallel" | wc -l)
fi
for line in $sequential; do
    if fits "${line#*=}"; then
        do_attempt "${line%=*}" "${line#*=}" || failed=$((failed + 1))
    else
        left=$((left + 1))
    fi
done
[ $left = 0 ] || echo "$left step(s) left for lack of time: the same command goes on"
[ $failed = 0 ] || echo "not every step was done: see $out/log"
[ $failed = 0 ] && [ $left = 0 ]
