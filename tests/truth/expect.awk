# Holds the SASS of a program to what its source says of it.
#
#     awk -f expect.awk PROGRAM.cu PROGRAM.sass        (the latter as sass.awk writes it)
#
# A line "// sass: KERNEL MNEMONIC MINIMUM" of the source wants so many instructions that begin with
# MNEMONIC in every kernel whose name holds KERNEL; "// sass80:" and "// sass90:" hold for one target.
# Prints target,kernel,mnemonic,wanted,found,verdict a line and fails when one is not met.
FNR == 1 {
    file++
}
file == 1 && /^[ \t]*\/\/ sass(80|90)?:/ {
    rule[++rules] = $0
    only = $2
    sub(/^sass/, "", only)
    sub(/:$/, "", only)
    rule_target[rules] = only
    rule_kernel[rules] = $3
    rule_mnemonic[rules] = $4
    rule_least[rules] = $5
    next
}
file == 2 && $1 == ".target" {
    target = $2
    gsub(/[^0-9]/, "", target)
}
file == 2 && $1 == ".kernel" {
    kernel = $2
    seen[target, kernel] = 1
    targets[target] = 1
}
file == 2 && /^[0-9a-f]+ B/ {
    opcode = $3 ~ /^@/ ? $4 : $3
    for (r = 1; r <= rules; r++)
        if (index(kernel, rule_kernel[r]) && index(opcode, rule_mnemonic[r]) == 1)
            count[r, target, kernel]++
}
END {
    bad = 0
    for (r = 1; r <= rules; r++)
        for (t in targets) {
            if (rule_target[r] != "" && rule_target[r] != t)
                continue
            matched = 0
            for (key in seen) {
                split(key, part, SUBSEP)
                if (part[1] != t || !index(part[2], rule_kernel[r]))
                    continue
                matched = 1
                found = count[r, t, part[2]] + 0
                verdict = found >= rule_least[r] ? "met" : "NOT MET"
                bad += verdict != "met"
                printf "sm_%s,%s,%s,%d,%d,%s\n", t, part[2], rule_mnemonic[r], rule_least[r], found, verdict
            }
            if (!matched) {
                printf "sm_%s,%s,%s,%d,0,NO SUCH KERNEL\n", t, rule_kernel[r], rule_mnemonic[r], rule_least[r]
                bad++
            }
        }
    exit bad > 0
}
