-- hgemm_tensor.lua: C = A B^T on tensor cores, with asynchronous copies and two buffers.
--
-- A (m x k) and B (n x k) are FP16 with k running fastest, C is FP32. A CTA of 4 warps makes a 64 x
-- 64 tile of C, each warp a 32 x 32 quarter of it. While the warps multiply one 32-deep pair of
-- strips, LDGSTS copies the next pair from global to shared memory without passing registers:
--
--     buffer 0   [copy 0][  multiply 0  ][copy 2][  multiply 2  ]
--     buffer 1           [copy 1]        [  multiply 1  ][copy 3]
--                        ^ LDGDEPBAR closes a group of copies,
--                          DEPBAR.LE SB0, 0x1 waits until only the newest group is still open
--
-- LDSM (ldmatrix) hands out 8 x 8 blocks in the layout that HMMA wants: each lane gives the address
-- of one 16-byte row. One HMMA.16816 multiplies 16 x 16 by 16 x 8. Rows of a strip are 64 bytes, 4
-- chunks of 16; chunk c of row r lies at place c XOR (r / 2 mod 4), so that the 8 rows of a block
-- fall into different banks.

local m, n, k = param("m", 1024), param("n", 1024), param("k", 256)
assert(m % 64 == 0 and n % 64 == 0 and k % 32 == 0, "m and n: multiples of 64, k: of 32")

local A, B, C = buffer(2 * m * k), buffer(2 * n * k), buffer(4 * m * n)
local STRIP = 64 * 64     -- bytes of a strip: 64 rows of 32 halfs
local BUFFER = 2 * STRIP  -- a strip of A, then one of B
local steps = k // 32

local code, spec = {}, {}
local function emit(...) code[#code + 1] = string.format(...) end

-- Place of a 16-byte chunk in a strip.
local function place(row, chunk) return 64 * row + 16 * (chunk ~ (row // 2 % 4)) end

emit [[
        MOV R1, c[0x0][0x28]
        S2R R0, SR_TID.X
        S2R R3, SR_CTAID.Y
        S2R R2, SR_CTAID.X
        ULDC.64 UR4, c[0x0][0x118]
        // Copies: thread t moves chunk t mod 4 of rows t / 4 and t / 4 + 32.
        SHF.R.U32.HI R4, RZ, 0x2, R0                // row
        LOP3.LUT R5, R0, 0x3, RZ, 0xc0, !PT         // chunk
        IMAD R6, R3, 0x40, R4
        IMAD R6, R6, c[0x0][0x180], RZ
        LEA R6, R5, R6, 0x3
        MOV R7, 0x2
        IMAD.WIDE R12, R6, R7, c[0x0][0x160]        // A
        IMAD R8, R2, 0x40, R4
        IMAD R8, R8, c[0x0][0x180], RZ
        LEA R8, R5, R8, 0x3
        IMAD.WIDE R16, R8, R7, c[0x0][0x168]        // B
        MOV R9, c[0x0][0x180]
        SHF.L.U32 R9, R9, 0x5, RZ
        IMAD.WIDE R14, R9, R7, R12                  // A, 32 rows further
        IMAD.WIDE R18, R9, R7, R16                  // B, 32 rows further
        SHF.R.U32.HI R10, RZ, 0x1, R4
        LOP3.LUT R10, R10, 0x3, R5, 0x48, !PT       // chunk XOR (row / 2 mod 4)
        SHF.L.U32 R10, R10, 0x4, RZ
        LEA R20, R4, R10, 0x6                       // place in shared memory
        // Reads: LDSM rows of A by lane mod 16, of B by lane mod 8 and lane / 16.
        LOP3.LUT R11, R0, 0x1f, RZ, 0xc0, !PT       // lane
        SHF.R.U32.HI R21, RZ, 0x5, R0               // warp
        LOP3.LUT R22, R21, 0x1, RZ, 0xc0, !PT
        SHF.R.U32.HI R23, RZ, 0x1, R21
        LOP3.LUT R24, R11, 0xf, RZ, 0xc0, !PT
        LEA R24, R23, R24, 0x5                      // row of A
        SHF.R.U32.HI R25, RZ, 0x4, R11              // chunk of A
        SHF.R.U32.HI R26, RZ, 0x1, R24
        LOP3.LUT R25, R26, 0x3, R25, 0x48, !PT
        SHF.L.U32 R25, R25, 0x4, RZ
        LEA R24, R24, R25, 0x6
        LOP3.LUT R27, R11, 0x7, RZ, 0xc0, !PT
        SHF.R.U32.HI R28, RZ, 0x4, R11
        LEA R27, R28, R27, 0x3
        LEA R27, R22, R27, 0x5                      // row of B
        SHF.R.U32.HI R29, RZ, 0x3, R11
        SHF.R.U32.HI R30, RZ, 0x1, R27
        LOP3.LUT R29, R29, 0x1, RZ, 0xc0, !PT       // chunk of B
        LOP3.LUT R29, R30, 0x3, R29, 0x48, !PT
        SHF.L.U32 R29, R29, 0x4, RZ
        LEA R27, R27, R29, 0x6
        LOP3.LUT R25, R24, 0x20, RZ, 0x3c, !PT      // the second 16 of the 32 columns
        LOP3.LUT R28, R27, 0x20, RZ, 0x3c, !PT
        MOV R31, RZ                                 // columns done]]
for sum = 64, 94, 2 do emit("CS2R R%d, SRZ", sum) end

-- The address of a copy: strip `number` of matrix `base`, rows from `top`.
local function from(base, top, number)
    return function(t, i)
        local row = top(t) + t.tid // 4
        return base + 2 * row * k + 64 * number(i) + 16 * (t.tid % 4)
    end
end
local function a_top(extra) return function(t) return 64 * t.cy + extra end end
local function b_top(extra) return function(t) return 64 * t.cx + extra end end
local copies = { -- global address register, shared offset, matrix, top row
    {12, 0, A, a_top(0)}, {14, 32 * 64, A, a_top(32)},
    {16, STRIP, B, b_top(0)}, {18, STRIP + 32 * 64, B, b_top(32)},
}

-- Fill buffer 0.
for i, copy in ipairs(copies) do
    emit("LDGSTS.E.BYPASS.LTC128B.128 [R20+0x%x], [R%d.64] {first%d}", copy[2], copy[1], i)
    spec["first" .. i] = from(copy[3], copy[4], function() return 0 end)
end
emit [[
        LDGDEPBAR
        LOP3.LUT R20, R20, 0x2000, RZ, 0x3c, !PT    // the other buffer
  loop: IADD3 R31, R31, 0x20, RZ
        ISETP.LT.AND P0, PT, R31, c[0x0][0x180], PT {more}
        IADD3 R12, P1, R12, 0x40, RZ
        IADD3.X R13, RZ, R13, RZ, P1, !PT
        IADD3 R14, P2, R14, 0x40, RZ
        IADD3.X R15, RZ, R15, RZ, P2, !PT
        IADD3 R16, P3, R16, 0x40, RZ
        IADD3.X R17, RZ, R17, RZ, P3, !PT
        IADD3 R18, P4, R18, 0x40, RZ
        IADD3.X R19, RZ, R19, RZ, P4, !PT]]
spec.more = function(t, i) return i + 1 < steps end
for i, copy in ipairs(copies) do
    emit("@P0 LDGSTS.E.BYPASS.LTC128B.128 [R20+0x%x], [R%d.64] {next%d}", copy[2], copy[1], i)
    spec["next" .. i] = from(copy[3], copy[4], function(turn) return turn + 1 end)
end
emit [[
        LDGDEPBAR                                   // closes an empty group in the last turn
        DEPBAR.LE SB0, 0x1
        BAR.SYNC.DEFER_BLOCKING 0x0                 // the copies of all warps are there]]

-- Two steps of 16: 2 blocks of 16 rows of A, 2 blocks of 16 rows of B, 8 HMMA.
local function half_rows(t) return t.lane % 16 + 32 * (t.warp // 2) end
local function quarter_rows(t) return t.lane % 8 + 8 * (t.lane // 16) + 32 * (t.warp % 2) end
for step = 0, 1 do
    for block = 0, 1 do
        local a, b = 32 + 8 * step + 4 * block, 48 + 8 * step + 4 * block
        local offset = 16 * 64 * block
        emit("LDSM.16.M88.4 R%d, [R%d+0x%x] {a%d%d}", a, 24 + step, offset, step, block)
        emit("LDSM.16.M88.4 R%d, [R%d+0x%x] {b%d%d}", b, 27 + step, STRIP + offset, step, block)
        spec["a" .. step .. block] = function(t, i)
            return BUFFER * (i % 2) + place(half_rows(t) + 16 * block, 2 * step + t.lane // 16)
        end
        spec["b" .. step .. block] = function(t, i)
            return BUFFER * (i % 2) + STRIP +
                place(quarter_rows(t) + 16 * block, 2 * step + t.lane // 8 % 2)
        end
    end
end
for step = 0, 1 do
    for row = 0, 1 do
        for column = 0, 3 do
            local sum = 64 + 16 * row + 4 * column
            emit("HMMA.16816.F32 R%d, R%d, R%d, R%d", sum, 32 + 8 * step + 4 * row,
                 48 + 8 * step + 2 * column, sum)
        end
    end
end
emit [[
        LOP3.LUT R20, R20, 0x2000, RZ, 0x3c, !PT    // all four addresses to the other buffer
        LOP3.LUT R24, R24, 0x2000, RZ, 0x3c, !PT
        LOP3.LUT R25, R25, 0x2000, RZ, 0x3c, !PT
        LOP3.LUT R27, R27, 0x2000, RZ, 0x3c, !PT
        LOP3.LUT R28, R28, 0x2000, RZ, 0x3c, !PT
        BAR.SYNC.DEFER_BLOCKING 0x0                 // this buffer may be written again
    @P0 BRA loop
        // Store: lane l has columns 2 (l mod 4) and the next, rows l / 4 and 8 further.
        SHF.R.U32.HI R4, RZ, 0x2, R11
        LOP3.LUT R5, R11, 0x3, RZ, 0xc0, !PT
        LEA R4, R23, R4, 0x5
        IMAD R4, R3, 0x40, R4                       // row
        SHF.L.U32 R5, R5, 0x1, RZ
        LEA R5, R22, R5, 0x5
        IMAD R5, R2, 0x40, R5                       // column
        IMAD R6, R4, c[0x0][0x17c], R5
        MOV R7, 0x4
        IMAD.WIDE R12, R6, R7, c[0x0][0x170]
        MOV R8, c[0x0][0x17c]
        SHF.L.U32 R8, R8, 0x3, RZ                   // 8 rows]]
for row = 0, 3 do -- 8 rows each
    for column = 0, 3 do
        emit("STG.E.64 [R12.64+0x%x], R%d {c%d%d}", 32 * column,
             64 + 16 * (row // 2) + 4 * column + 2 * (row % 2), row, column)
        spec["c" .. row .. column] = function(t)
            local y = 64 * t.cy + 32 * (t.warp // 2) + 8 * row + t.lane // 4
            local x = 64 * t.cx + 32 * (t.warp % 2) + 8 * column + 2 * (t.lane % 4)
            return C + 4 * (y * n + x)
        end
    end
    if row < 3 then emit "IMAD.WIDE R12, R8, R7, R12" end
end
emit "EXIT"

spec.name = "hgemm_tensor"
spec.grid = {n // 64, m // 64}
spec.block = 128
spec.regs = 96
spec.shmem = 2 * BUFFER
spec.code = table.concat(code, "\n")
kernel(spec)
