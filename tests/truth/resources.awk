# The report of `ptxas -v` as CSV: target,kernel,registers,stack_b,spill_store_b,spill_load_b,shared_b,barriers
BEGIN {
    print "target,kernel,registers,stack_b,spill_store_b,spill_load_b,shared_b,barriers"
}
/Compiling entry function/ {
    split($0, quoted, "'")
    kernel = quoted[2]
    target = quoted[4]
    stack = stores = loads = 0
}
/bytes stack frame/ {
    split($0, part, ",")
    split(part[1], a, " ")
    stack = a[1] + 0
    split(part[2], a, " ")
    stores = a[1] + 0
    split(part[3], a, " ")
    loads = a[1] + 0
}
/Used [0-9]+ registers/ && kernel != "" {
    match($0, /Used [0-9]+/)
    registers = substr($0, RSTART + 5, RLENGTH - 5)
    shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH) + 0 : 0
    barriers = match($0, /used [0-9]+ barriers/) ? substr($0, RSTART + 5, RLENGTH - 5) + 0 : 0
    printf "%s,%s,%d,%d,%d,%d,%d,%d\n", target, kernel, registers, stack, stores, loads, shared, barriers
    kernel = ""
}
