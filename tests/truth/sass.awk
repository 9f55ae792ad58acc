# Makes the output of `cuobjdump -sass` compact and shows the control field of every instruction.
#
# In: two lines an instruction (its text with the low 64 bits of the encoding, then the high 64 bits).
# Out: ".target sm_90a", ".kernel NAME", then "0010 B--2---:R-:W0:-:S02 IADD3 R1, R2, R3, RZ".
#
# The control field is bits 105 to 125 of an instruction: stall cycles (4 bits), not-yield (1), write
# scoreboard (3, 7 = none), read scoreboard (3, 7 = none), scoreboards waited for (6), reuse (4); the
# operands whose reuse bit is set are given behind the stall as U and their numbers.
function hex(text,   i, value) {
    value = 0
    for (i = 1; i <= length(text); i++)
        value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}
function field(value, from, count) {
    return int(value / 2 ^ from) % 2 ^ count
}
function set_bits(mask, count, empty,   i, text) {
    text = ""
    for (i = 0; i < count; i++)
        text = text (field(mask, i, 1) ? i : empty)
    return text
}
function control(high,   c, reuse) {
    c = int(hex(substr(high, 1, 6)) / 2)
    reuse = set_bits(field(c, 17, 4), 4, "")
    return sprintf("B%s:R%s:W%s:%s:S%02d%s", set_bits(field(c, 11, 6), 6, "-"),
        field(c, 8, 3) == 7 ? "-" : field(c, 8, 3), field(c, 5, 3) == 7 ? "-" : field(c, 5, 3),
        field(c, 4, 1) ? "-" : "Y", field(c, 0, 4), reuse == "" ? "" : ":U" reuse)
}
# The bits of an encoding stand in a comment at the end of a line.
function encoding(line) {
    return match(line, /\/\* 0x[0-9a-f]+ \*\/[ \t]*$/) ? substr(line, RSTART + 5, 16) : ""
}
/^arch = / {
    target = $3
}
/^[ \t]*Function : / {
    if (target != "")
        print ".target " target
    target = ""
    print ".kernel " $3
    next
}
/^[ \t]*\/\*[0-9a-f][0-9a-f][0-9a-f][0-9a-f]+\*\// {
    match($0, /\/\*[0-9a-f]+\*\//)
    address = substr($0, RSTART + 2, RLENGTH - 4)
    text = substr($0, RSTART + RLENGTH)
    sub(/[ \t]*\/\* 0x[0-9a-f]+ \*\/[ \t]*$/, "", text)
    sub(/[ \t]*;[ \t]*$/, "", text)
    sub(/^[ \t]+/, "", text)
    next
}
text != "" && encoding($0) != "" {
    print address, control(encoding($0)), text
    text = ""
}
