-- sgemm_tiled.lua: C = A B in single precision, with tiles in shared memory.
--
-- A CTA of 256 threads makes a 64 x 64 tile of C; each thread keeps 4 x 4 sums in registers. For
-- every 8 columns of A (and rows of B) the CTA copies both strips to shared memory, waits at a
-- barrier, and each thread reads 4 + 4 values for 16 multiply-adds:
--
--             B strip 8 x 64                     of a thread, for each of the 8 steps:
--           +---------------+
--           |               |                        b0 b1 b2 b3     LDS.128
--    A      +---------------+                   a0 [ .  .  .  . ]
--  strip +-+|               |                   a1 [ .  .  .  . ]    16 FFMA
-- 64 x 8 | ||   C 64 x 64   |                   a2 [ .  .  .  . ]
--        | ||               |           LDS.128 a3 [ .  .  .  . ]
--        +-++---------------+
--
-- The A strip is stored transposed, so that its 4 values lie side by side, with rows padded from 64
-- to 68 floats: without the padding the transposing stores would meet in the same banks.

local m, n, k = param("m", 512), param("n", 512), param("k", 128)
assert(m % 64 == 0 and n % 64 == 0 and k % 8 == 0, "m and n: multiples of 64, k: of 8")

local A, B, C = buffer(4 * m * k), buffer(4 * k * n), buffer(4 * m * n)
local A_ROW = 4 * 68           -- bytes between k and k + 1 of the A strip
local B_ROW = 4 * 64           -- the same of the B strip
local B_STRIP = 8 * A_ROW      -- where it begins

local code = {}
local function emit(...) code[#code + 1] = string.format(...) end
local spec = {}

-- Which part of the strips a thread copies: 2 floats of each.
local function a_row(t) return t.tid // 4 end
local function a_col(t) return 2 * (t.tid % 4) end
local function b_row(t) return t.tid // 32 end
local function b_col(t) return 2 * (t.tid % 32) end

emit [[
        MOV R1, c[0x0][0x28]
        S2R R0, SR_TID.X
        S2R R7, SR_CTAID.Y
        S2R R6, SR_CTAID.X
        ULDC.64 UR4, c[0x0][0x118]
        SHF.R.U32.HI R48, RZ, 0x2, R0               // row in the A strip
        LOP3.LUT R49, R0, 0x3, RZ, 0xc0, !PT
        SHF.L.U32 R49, R49, 0x1, RZ                 // column in the A strip
        IMAD R50, R7, 0x40, R48
        IMAD R50, R50, c[0x0][0x180], R49
        MOV R51, 0x4
        IMAD.WIDE R2, R50, R51, c[0x0][0x160]       // &A[row][column]
        SHF.R.U32.HI R52, RZ, 0x5, R0               // row in the B strip
        LOP3.LUT R53, R0, 0x1f, RZ, 0xc0, !PT
        SHF.L.U32 R53, R53, 0x1, RZ                 // column in the B strip
        IMAD R54, R6, 0x40, R53
        IMAD R54, R52, c[0x0][0x17c], R54
        IMAD.WIDE R4, R54, R51, c[0x0][0x168]       // &B[row][column]
        MOV R55, c[0x0][0x17c]
        SHF.L.U32 R55, R55, 0x3, RZ                 // 8 rows of B
        IMAD R28, R49, 0x110, RZ
        IMAD R28, R48, 0x4, R28                     // place in the A strip, transposed
        SHF.L.U32 R29, R52, 0x8, RZ
        LEA R29, R53, R29, 0x2                      // place in the B strip
        SHF.R.U32.HI R30, RZ, 0x4, R0
        SHF.L.U32 R30, R30, 0x4, RZ                 // 4 rows of the thread's sums
        LOP3.LUT R31, R0, 0xf, RZ, 0xc0, !PT
        SHF.L.U32 R31, R31, 0x4, RZ                 // 4 columns of them
        MOV R56, RZ                                 // columns of A done]]
for sum = 0, 14, 2 do emit("CS2R R%d, SRZ", 32 + sum) end

emit [[
  loop: LDG.E.64 R24, [R2.64]                       {a}
        LDG.E.64 R26, [R4.64]                       {b}
        IADD3 R56, R56, 0x8, RZ
        ISETP.GE.AND P0, PT, R56, c[0x0][0x180], PT {last}
        IADD3 R2, P1, R2, 0x20, RZ
        IADD3.X R3, RZ, R3, RZ, P1, !PT
        IMAD.WIDE R4, R55, R51, R4
        BAR.SYNC.DEFER_BLOCKING 0x0                 // everybody is done with the strips
        STS [R28], R24                              {to_a0}
        STS [R28+0x110], R25                        {to_a1}
        STS.64 [R29+0x880], R26                     {to_b}
        BAR.SYNC.DEFER_BLOCKING 0x0                 // the strips are whole]]
spec.a = function(t, i) return A + 4 * ((64 * t.cy + a_row(t)) * k + 8 * i + a_col(t)) end
spec.b = function(t, i) return B + 4 * ((8 * i + b_row(t)) * n + 64 * t.cx + b_col(t)) end
spec.last = function(t, i) return 8 * (i + 1) >= k end
spec.to_a0 = function(t) return A_ROW * a_col(t) + 4 * a_row(t) end
spec.to_a1 = function(t) return A_ROW * (a_col(t) + 1) + 4 * a_row(t) end
spec.to_b = function(t) return B_STRIP + B_ROW * b_row(t) + 4 * b_col(t) end

-- The eight steps, with the values of the next one on their way: R8..R15 and R16..R23 by turns.
local function load_step(step)
    local to = 8 + 8 * (step % 2)
    emit("LDS.128 R%d, [R30+0x%x] {from_a%d}", to, A_ROW * step, step)
    emit("LDS.128 R%d, [R31+0x%x] {from_b%d}", to + 4, B_STRIP + B_ROW * step, step)
    spec["from_a" .. step] = function(t) return A_ROW * step + 16 * (t.tid // 16) end
    spec["from_b" .. step] = function(t) return B_STRIP + B_ROW * step + 16 * (t.tid % 16) end
end
load_step(0)
for step = 0, 7 do
    if step < 7 then load_step(step + 1) end
    local from = 8 + 8 * (step % 2)
    for row = 0, 3 do
        for column = 0, 3 do
            local sum = 32 + 4 * row + column
            emit("FFMA R%d, R%d, R%d, R%d", sum, from + row, from + 4 + column, sum)
        end
    end
end
emit "@!P0 BRA loop"

-- Store 4 rows of 4 floats.
emit [[
        S2R R7, SR_CTAID.Y
        S2R R6, SR_CTAID.X
        SHF.R.U32.HI R8, RZ, 0x2, R30               // row in the tile
        SHF.R.U32.HI R9, RZ, 0x2, R31               // column in the tile
        IMAD R8, R7, 0x40, R8
        IMAD R9, R6, 0x40, R9
        IMAD R8, R8, c[0x0][0x17c], R9
        IMAD.WIDE R10, R8, R51, c[0x0][0x170]       // &C[row][column]
        MOV R12, c[0x0][0x17c]
]]
for row = 0, 3 do
    emit("STG.E.128 [R10.64], R%d {c%d}", 32 + 4 * row, row)
    if row < 3 then emit "IMAD.WIDE R10, R12, R51, R10" end
    spec["c" .. row] = function(t)
        local y, x = 64 * t.cy + 4 * (t.tid // 16) + row, 64 * t.cx + 4 * (t.tid % 16)
        return C + 4 * (y * n + x)
    end
end
emit "EXIT"

spec.name = "sgemm_tiled"
spec.grid = {n // 64, m // 64}
spec.block = 256
spec.regs = 57
spec.shmem = B_STRIP + 8 * B_ROW
spec.code = table.concat(code, "\n")
kernel(spec)
