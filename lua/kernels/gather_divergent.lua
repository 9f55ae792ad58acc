-- gather_divergent.lua: y = A x for a sparse matrix in CSR form, one row a thread.
--
-- The textbook case of divergence. Rows have different lengths, so the lanes of a warp leave the
-- loop at different times and the rest goes on with part of the warp idle; and every lane reads
-- from a place of its own, so that one load of the warp becomes up to 32 sectors.
--
--     for (int j = begin[row]; j < begin[row + 1]; j++)
--         sum += value[j] * x[column[j]];

local rows = param("rows", 2048)
local longest = param("longest", 24) -- elements of the longest row
local block = param("block", 128)

-- Row lengths: many short ones and a few long ones (the square of a uniform number); columns are
-- anywhere in x.
local begin, column = {[0] = 0}, {}
for row = 0, rows - 1 do
    local length = math.floor(longest * math.random() ^ 2)
    begin[row + 1] = begin[row] + length
    for j = begin[row], begin[row + 1] - 1 do column[j] = math.random(0, rows - 1) end
end
local elements = begin[rows]

local begins = buffer(4 * (rows + 1))
local columns, values = buffer(4 * elements), buffer(4 * elements)
local x, y = buffer(4 * rows), buffer(4 * rows)

kernel{
    name = "gather_divergent",
    grid = (rows + block - 1) // block,
    block = block,
    regs = 20,
    code = [[
            MOV R1, c[0x0][0x28]
            S2R R0, SR_CTAID.X
            S2R R3, SR_TID.X
            IMAD R0, R0, c[0x0][0x0], R3                   // row
            ISETP.GE.AND P0, PT, R0, c[0x0][0x188], PT     {beyond}
        @P0 EXIT
            MOV R4, 0x4
            ULDC.64 UR4, c[0x0][0x118]
            IMAD.WIDE R2, R0, R4, c[0x0][0x160]
            LDG.E R5, [R2.64]                              {begin}
            LDG.E R6, [R2.64+0x4]                          {end_}
            MOV R7, RZ                                     // sum
            BSSY B0, join
            ISETP.GE.AND P0, PT, R5, R6, PT                {empty}
        @P0 BRA join
            IMAD.WIDE R8, R5, R4, c[0x0][0x168]            // &column[j]
            IMAD.WIDE R10, R5, R4, c[0x0][0x170]           // &value[j]
    loop:   LDG.E R12, [R8.64]                             {column}
            LDG.E R13, [R10.64]                            {value}
            IADD3 R5, R5, 0x1, RZ                          // j
            ISETP.LT.AND P0, PT, R5, R6, PT                {more}
            IADD3 R8, P1, R8, 0x4, RZ
            IADD3.X R9, RZ, R9, RZ, P1, !PT
            IADD3 R10, P1, R10, 0x4, RZ
            IADD3.X R11, RZ, R11, RZ, P1, !PT
            IMAD.WIDE R14, R12, R4, c[0x0][0x178]          // where x has it
            LDG.E R14, [R14.64]                            {x}
            FFMA R7, R13, R14, R7
        @P0 BRA loop
    join:   BSYNC B0
            IMAD.WIDE R2, R0, R4, c[0x0][0x180]
            STG.E [R2.64], R7                              {y}
            EXIT
    ]],
    beyond = function(t) return t.gid >= rows end,
    begin = function(t) return begins + 4 * t.gid end,
    end_ = function(t) return begins + 4 * t.gid + 4 end,
    empty = function(t) return begin[t.gid] == begin[t.gid + 1] end,
    column = function(t, n) return columns + 4 * (begin[t.gid] + n) end,
    value = function(t, n) return values + 4 * (begin[t.gid] + n) end,
    x = function(t, n) return x + 4 * column[begin[t.gid] + n] end,
    more = function(t, n) return begin[t.gid] + n + 1 < begin[t.gid + 1] end,
    y = function(t) return y + 4 * t.gid end,
}
