#!/bin/sh
# The truth kit as far as it goes without a GPU: its plan, its resuming, its readers of SASS and
# compiler reports, and, where nvcc is present, that every program compiles for both targets.
cd "$(dirname "$0")" || exit 1

number=0
result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}
same() { # NAME WANTED GOT
    [ "$2" = "$3" ] || printf '%s\n' "# wanted:" "$2" "# got:" "$3" | sed 's/^\([^#]\)/#   \1/'
    [ "$2" = "$3" ]
    result $? "$1"
}
tmp=${TEST_TMP:-$(mktemp -d)}

# --- SASS ---------------------------------------------------------------------------------------------

cat >"$tmp/dump" <<'END'
Fatbin elf code:
================
arch = sm_90a
code version = [1,7]

	code for sm_90a
		Function : _Z6k_pairPf
	.headerflags	@"EF_CUDA_TEXMODE_UNIFIED EF_CUDA_SM90"
        /*0000*/                   LDC R1, c[0x0][0x28] ;                                       /* 0x00000a00ff017b82 */
                                                                                                /* 0x000fe20000000800 */
        /*0010*/              @!P0 FFMA R2, R3, R4.reuse, R5 ;                                  /* 0x0000000403028223 */
                                                                                                /* 0x084fc80000000005 */
        /*0020*/                   FFMA R2, R2, R4, R5 ;                                        /* 0x0000000402027223 */
                                                                                                /* 0x000fe40000000005 */
		..........
END
same "control fields of SASS are decoded" ".target sm_90a
.kernel _Z6k_pairPf
0000 B------:R-:W-:-:S01 LDC R1, c[0x0][0x28]
0010 B--2---:R-:W-:Y:S04:U1 @!P0 FFMA R2, R3, R4.reuse, R5
0020 B------:R-:W-:-:S02 FFMA R2, R2, R4, R5" "$(awk -f sass.awk "$tmp/dump")"

awk -f sass.awk "$tmp/dump" >"$tmp/pair.sass"
printf '%s\n' '// sass: k_pair FFMA 2' '// sass80: k_pair HMMA 1' '// sass90: k_pair LDC 1' >"$tmp/pair.cu"
same "a program's SASS meets what its source says" "sm_90,_Z6k_pairPf,FFMA,2,2,met
sm_90,_Z6k_pairPf,LDC,1,1,met" "$(awk -f expect.awk "$tmp/pair.cu" "$tmp/pair.sass")"
printf '%s\n' '// sass: k_pair FFMA 3' '// sass: k_other FFMA 1' >"$tmp/pair.cu"
same "what is missing is told" "sm_90,_Z6k_pairPf,FFMA,3,2,NOT MET
sm_90,k_other,FFMA,1,0,NO SUCH KERNEL
status 1" "$(awk -f expect.awk "$tmp/pair.cu" "$tmp/pair.sass"; echo "status $?")"

cat >"$tmp/ptxas" <<'END'
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z6k_pairPf' for 'sm_80'
ptxas info    : Function properties for _Z6k_pairPf
    16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 40 registers, used 1 barriers, 4096 bytes smem, 368 bytes cmem[0]
END
same "the compiler's report becomes a table" "target,kernel,registers,stack_b,spill_store_b,spill_load_b,shared_b,barriers
sm_80,_Z6k_pairPf,40,16,8,12,4096,1" "$(awk -f resources.awk "$tmp/ptxas")"

# --- two runs -----------------------------------------------------------------------------------------

mkdir -p "$tmp/measure" "$tmp/again"
printf '%s\n' 'p,a,latency,,cy,100,99,104,7,' 'p,b,latency,,cy,100,99,104,7,' 'p,c,skipped,,,,,,0,why' >"$tmp/measure/p.csv"
printf '%s\n' 'p,a,latency,,cy,103,103,106,7,' 'p,b,latency,,cy,110,108,112,7,' 'p,c,skipped,,,,,,0,why' >"$tmp/again/p.csv"
same "two runs are held side by side" "program,case,quantity,params,unit,first,second,difference_percent,agrees
p,a,latency,,cy,100,103,3.00,yes
p,b,latency,,cy,100,110,10.00,NO
# 2 rows: 1 agree within their spread and 1 do not; medians within 2 %: 0; furthest apart 10.0 %: p b latency  cy" \
    "$(awk -f compare.awk "$tmp/measure/p.csv" "$tmp/again/p.csv")"

# --- the plan -----------------------------------------------------------------------------------------

./run.sh --dry-run --out "$tmp/none" --build "$tmp/none" >"$tmp/plan"
missing=
for program in $(awk -F '\t' '!/^#/ { print $1 }' programs.tsv); do
    [ -e "cuda/$program.cu" ] || missing="$missing cuda/$program.cu"
    grep -q "^measure:$program " "$tmp/plan" || missing="$missing measure:$program"
done
for source in cuda/*.cu; do
    program=$(basename "$source" .cu)
    grep -q "^$program	" programs.tsv || missing="$missing $program(programs.tsv)"
done
[ -z "$missing" ] || echo "# missing:$missing"
[ -z "$missing" ]
result $? "every program has its file and its steps"
awk 'NR > 1 && $1 != "total" { sum += $2; bad += $2 <= 0 } $1 == "total" { said = $2 }
     END { exit !(sum == said && sum > 0 && !bad) }' "$tmp/plan"
result $? "the plan tells the seconds of each step, and they add up"
tail -n 1 "$tmp/plan" | grep -q 'run(s) of at most 570 s'
result $? "the plan tells how many runs it takes"
[ ! -e "$tmp/none" ]
result $? "a dry run writes nothing"
./run.sh --budget soon >"$tmp/text" 2>&1
[ $? = 2 ] && grep -q "wants whole seconds, not 'soon'" "$tmp/text"
result $? "a wrong option is told"

# Programs made up of shell stand for the compiled ones: one that works, one that fails at first.
sum() {
    { cat "cuda/$1.cu" cuda/*.cuh && sed -n "s/^flags=\"//p" run.sh | sed 's/"$//'; } | cksum
}
mkdir -p "$tmp/bin"
printf '#!/bin/sh\necho "softmax,a,error,,ratio,0,0,0,1,passed"\n' >"$tmp/bin/softmax"
printf '#!/bin/sh\n[ -e %s/mended ] || { echo broken >&2; exit 1; }\necho ok\n' "$tmp" >"$tmp/bin/bfs"
chmod +x "$tmp/bin/softmax" "$tmp/bin/bfs"
measure() {
    ./run.sh --out "$tmp/out" --build "$tmp/bin" --only check:softmax --only check:bfs "$@"
}
measure >"$tmp/text"
[ $? = 1 ] && grep -q '^check:softmax .*done$' "$tmp/text" && grep -q '^check:bfs .*FAILED (1)$' "$tmp/text" &&
    grep -q '^    broken$' "$tmp/text" && grep -q '^softmax,a,error' "$tmp/out/check/softmax.csv"
result $? "a step that fails is told and does not stop the others"
: >"$tmp/mended"
measure >"$tmp/text" && ! grep -q softmax "$tmp/text" && grep -q '^check:bfs .*done$' "$tmp/text"
result $? "the next run does what is left, and no more"
for program in device pipes; do
    printf '#!/bin/sh\necho "%s,a,latency,,cy,4,4,4,7,"\n' $program >"$tmp/bin/$program"
    chmod +x "$tmp/bin/$program"
done
./run.sh --out "$tmp/out" --build "$tmp/bin" --budget 7 --only measure:device --only measure:pipes >"$tmp/text"
[ $? = 1 ] && grep -q '1 step(s) left for lack of time' "$tmp/text" && [ -e "$tmp/out/done/measure:device" ]
result $? "a step that does not fit into the time is left for the next run"
./run.sh --out "$tmp/out" --build "$tmp/bin" --only measure:gemm >"$tmp/text"
[ $? = 1 ] && grep -q 'left out: check:gemm has not passed' "$tmp/text" && [ ! -e "$tmp/out/measure/gemm.csv" ]
result $? "a kernel that was not found right is not measured"

# A profiler made up of shell: it writes a report, and gives it back as two pages.
cat >"$tmp/bin/ncu" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
    --import) report=$2 && shift ;;
    --page) page=$2 && shift ;;
    -o) to=$2 && shift ;;
    --metrics | --section | --kernel-name | --kernel-name-base | --clock-control | --cache-control) shift ;;
    --csv | --print-source | sass | -f) ;;
    *) break ;;
    esac
    shift
done
if [ -n "${report:-}" ]; then
    echo "\"page\",\"$page\",\"$(cat "$report")\""
else
    echo "==PROF== Connected"
    "$@" && echo "$*" | sed 's/.*bin.//' >"$to.ncu-rep"
fi
END
chmod +x "$tmp/bin/ncu"
PATH=$tmp/bin:$PATH ./run.sh --out "$tmp/out" --build "$tmp/bin" --only check:softmax --only profile:softmax --only pages >"$tmp/text"
[ "$(cat "$tmp/out/profile/softmax.once.csv")" = "softmax,a,error,,ratio,0,0,0,1,passed" ] &&
    [ "$(zcat "$tmp/out/profile/softmax.raw.csv.gz")" = '"page","raw","softmax --once"' ] &&
    [ "$(zcat "$tmp/out/profile/softmax.source.csv.gz")" = '"page","source","softmax --once"' ]
result $? "a profile becomes a raw and a source page, with the jobs in their order"
grep -q '^pages .*FAILED' "$tmp/text" && grep -q 'bfs was not profiled' "$tmp/text"
result $? "what was not profiled is told"

# --- what was measured --------------------------------------------------------------------------------

# The descriptions hold what the kept results say, to the last digit.
for card in h100 h200; do
    ./fit.sh $card >"$tmp/fit" 2>"$tmp/text" &&
        "${WARPSCOPE:-../../build/warpscope}" gpu show $card-sxm --format csv >"$tmp/gpu" &&
        awk -F , 'NR == FNR { if (FNR > 1) fit[$1] = $2; next }
            $1 in fit {
                if (fit[$1] != $2 + 0 || !/warpscope/) { print "# " $1 ": measured " fit[$1] ", described " $2; bad = 1 }
                delete fit[$1]
            }
            END { for (p in fit) { print "# " p ": not described"; bad = 1 } exit bad }' "$tmp/fit" "$tmp/gpu"
    result $? "$card-sxm is described as it was measured"
    gzip -dc $card/check.csv.gz | awk -F , '$10 == "passed" { good++ } $10 == "FAILED" { bad++ } END { exit bad > 0 || good < 300 }'
    result $? "every result measured on $card was checked and right"
    gzip -dc $card/compare.csv.gz | awk '/^# / { exit !($2 > 3900 && $4 / $2 > 0.97) }'
    result $? "two measurements of $card agree within their spread in 97 of 100 rows"
done

# --- the programs -------------------------------------------------------------------------------------

if [ -n "${NVCC:-}" ]; then
    bad=
    for program in $(awk -F '\t' '!/^#/ { print $1 }' programs.tsv); do
        "../../build/truth/$program" --list | grep -q . || bad="$bad $program"
        grep -qi 'warning' "../../build/truth/$program.ptxas" && bad="$bad $program(warning)"
        for target in sm_80 sm_90a; do
            grep -q "for '$target'" "../../build/truth/$program.ptxas" || bad="$bad $program($target)"
        done
    done
    [ -z "$bad" ] || echo "# $bad"
    [ -z "$bad" ]
    result $? "every program compiled for sm_80 and sm_90 without a warning and names its cases"
else
    number=$((number + 1))
    echo "ok $number - every program compiles for sm_80 and sm_90 # SKIP nvcc absent"
fi
[ $number -gt 0 ]
