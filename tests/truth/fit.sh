#!/bin/sh
# Prints what kept results say of a GPU description: parameter,value,unit,from. See parameters.tsv.
#
#     tests/truth/fit.sh DIR        such as tests/truth/h200; needs warpscope
#
# latency.l2_far is the higher of the two modes of accesses to lines that another SM loaded, 8 MiB of
# them, seen by the SM for which that took the longest. latency.tma_extra is a bulk copy of 1 KiB less
# latency.l2. Launch: cycles of empty kernels by ncu. A slope is of 8,192 to 65,536 CTAs; up to 16 warps
# it is the interval, and kernel_k the median of what a launch of any grid took beyond it; at 24 and 32
# warps two CTAs share an SM, so that the slopes times what the chip holds give the life of a CTA.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] && [ -d "$1" ] || {
    echo "usage: tests/truth/fit.sh DIR" >&2
    exit 2
}
warpscope=${WARPSCOPE:-$here/../../build/warpscope}
{
    echo '@parameters' && cat "$here/parameters.tsv"
    echo '@rows' && gzip -dc "$1/measure.csv.gz"
    echo '@launches' && "$warpscope" counters show -q --format csv --show kernels "$1/profile/launch.csv.gz"
} | awk '
    function rounded(value, digits) {
        return sprintf("%." digits "f", value)
    }
    function median(all, count,   i, j, held) {
        for (i = 2; i <= count; i++) {
            held = all[i]
            for (j = i - 1; j > 0 && all[j] > held; j--)
                all[j + 1] = all[j]
            all[j + 1] = held
        }
        return count % 2 ? all[(count + 1) / 2] : (all[count / 2] + all[count / 2 + 1]) / 2
    }
    # Least squares over the large grids of a CTA size.
    function slope(threads,   i, n, x, y, xx, xy) {
        for (i = 1; i <= launches; i++)
            if (block[i] == threads && grid[i] >= 8192) {
                n++
                x += grid[i]
                y += cycles[i]
                xx += grid[i] * grid[i]
                xy += grid[i] * cycles[i]
            }
        return (n * xy - x * y) / (n * xx - x * x)
    }
    function print_launch(   i, n, sizes, size, interval, beyond, life24, life32) {
        sizes = split("32 64 128 256 384 512", size, " ")
        for (i = 1; i <= sizes; i++)
            interval += slope(size[i]) / sizes
        for (i = 1; i <= launches; i++)
            if (block[i] <= 512)
                beyond[++n] = cycles[i] - interval * grid[i]
        life24 = slope(768) * 2 * sms
        life32 = slope(1024) * 2 * sms
        print "launch.kernel_k," rounded(median(beyond, n), 0) ",cy,launch"
        print "launch.cta_interval," rounded(interval, 3) ",cy,launch"
        print "launch.cta_turnaround," rounded(life24 - 3 * (life32 - life24), 0) ",cy,launch"
        print "launch.cta_turnaround_warp," rounded((life32 - life24) / 8, 2) ",cy/warp,launch"
    }
    /^@/ {
        part = $1
        FS = part == "@parameters" ? "\t" : ","
        next
    }
    part == "@parameters" && !/^#/ {
        wanted[++count] = $5 "," $6 "," $7 "," $8
        name[count] = $1
        unit[count] = $2
        scale[count] = $3
        digits[count] = $4
    }
    part == "@rows" {
        value[$1 "," $2 "," $3 "," $4] = $6
        if ($3 == "sm_count")
            sms = $6
        if ($2 == "partitions" && $3 == "latency_high" && $4 ~ /kib=8192 .*as=slow pass=1/)
            far = $6
    }
    part == "@launches" && $2 ~ /^[0-9]+$/ {
        split($4, dim, "x")
        grid[++launches] = dim[1]
        split($5, dim, "x")
        block[launches] = dim[1]
        cycles[launches] = $6
    }
    END {
        print "parameter,value,unit,from"
        for (i = 1; i <= count; i++) {
            if (!(wanted[i] in value)) {
                print name[i] ": no row " wanted[i] >"/dev/stderr"
                bad = 1
                continue
            }
            got = value[wanted[i]]
            got = scale[i] ~ /^\// ? substr(scale[i], 2) / got : got * scale[i]
            if (name[i] == "latency.l2")
                near = got
            split(wanted[i], from, ",")
            print name[i] "," rounded(got, digits[i]) "," unit[i] "," from[1]
        }
        print "latency.l2_far," rounded(far, 0) ",cy,caches"
        print "latency.tma_extra," rounded(value["tma,bulk_latency,latency,copy=bulk wait=try bytes=1024 source=l2"] - near, 0) ",cy,tma"
        print_launch()
        exit bad
    }'
