# Holds two measurements of one machine side by side: the rows of measure/ and of again/.
#
#     awk -f compare.awk measure/*.csv again/*.csv
#
# A row agrees when the ranges of its samples (low to high) overlap, or when the two medians lie within
# 1 % of each other. The last lines count the rows that do, and how far medians lie apart.
BEGIN {
    FS = OFS = ","
    print "program", "case", "quantity", "params", "unit", "first", "second", "difference_percent", "agrees"
}
FNR == 1 {
    again = FILENAME ~ /(^|\/)again\//
}
$3 == "skipped" || NF < 9 {
    next
}
{
    key = $1 FS $2 FS $3 FS $4 FS $5
}
!again {
    if (!(key in first))
        order[++n] = key
    first[key] = $6
    low[key] = $7
    high[key] = $8
    next
}
key in first {
    second[key] = $6
    overlap[key] = $7 <= high[key] && $8 >= low[key]
}
END {
    for (i = 1; i <= n; i++) {
        key = order[i]
        if (!(key in second))
            continue
        difference = first[key] != 0 ? 100 * (second[key] / first[key] - 1) : 0
        size = difference < 0 ? -difference : difference
        within = overlap[key] || size <= 1
        rows++
        agree += within
        near += size <= 2
        if (size > worst) {
            worst = size
            where = key
        }
        printf "%s,%.6g,%.6g,%.2f,%s\n", key, first[key], second[key], difference, within ? "yes" : "NO"
    }
    gsub(FS, " ", where)
    printf "# %d rows: %d agree within their spread and %d do not; medians within 2 %%: %d; furthest apart %.1f %%: %s\n",
        rows, agree, rows - agree, near, worst, where
}
