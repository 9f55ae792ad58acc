-- softmax.lua: softmax of the rows of a matrix, one warp a row, all in registers.
--
-- A row of `columns` floats is read once with 16-byte loads and written once. In between come two
-- reductions over the warp, each five butterfly shuffles (SHFL.BFLY): lanes 16, 8, 4, 2, 1 apart
-- exchange their partial maximum, then their partial sum. Shuffles wait on the scoreboard, so with
-- few warps an SM shows short_scoreboard stalls, while the traffic is that of a copy.

local rows = param("rows", 2048)
local columns = param("columns", 1024) -- a multiple of 128: 32 lanes of 4 floats
local warps = param("warps", 4)        -- rows of a CTA

assert(columns % 128 == 0 and columns <= 2048, "columns must be a multiple of 128, at most 2048")
assert(rows % warps == 0, "rows must be a multiple of warps")
local loads = columns // 128
local values = 4 * loads -- floats of a lane

local input, output = buffer(4 * rows * columns), buffer(4 * rows * columns)

-- Registers: R0..R9 addresses and temporaries, R12 on the values.
local first = 12
local value = function(i) return "R" .. first + i end

local code = {}
local function emit(...) code[#code + 1] = string.format(...) end
local marks = {} -- functions of the loads and stores, by mark

emit [[
        MOV R1, c[0x0][0x28]
        S2R R0, SR_TID.X
        S2R R3, SR_CTAID.X
        SHF.R.U32.HI R2, RZ, 0x5, R0            // warp
        LOP3.LUT R0, R0, 0x1f, RZ, 0xc0, !PT    // lane
        IMAD R2, R3, c[0x0][0x174], R2          // row
        SHF.L.U32 R0, R0, 0x2, RZ
        IMAD R0, R2, c[0x0][0x170], R0          // first element
        MOV R5, 0x4
        ULDC.64 UR4, c[0x0][0x118]
        IMAD.WIDE R2, R0, R5, c[0x0][0x160]
]]

-- Load: lane l has the elements 4 l .. 4 l + 3 of every 128.
for i = 0, loads - 1 do
    emit("LDG.E.128 %s, [R2.64+0x%x] {in%d}", value(4 * i), 512 * i, i)
    local function at(base)
        return function(t)
            return base + 4 * ((t.cta * warps + t.warp) * columns + 128 * i + 4 * t.lane)
        end
    end
    marks["in" .. i], marks["out" .. i] = at(input), at(output)
end

-- The warp's result of a reduction in R6, with R7 to receive.
local function butterfly(operation)
    for _, distance in ipairs{16, 8, 4, 2, 1} do
        emit("SHFL.BFLY PT, R7, R6, 0x%x, 0x1f", distance)
        emit(operation)
    end
end

-- Maximum, so that no exponential overflows.
emit("FMNMX R6, %s, %s, !PT", value(0), value(1))
for i = 2, values - 1 do emit("FMNMX R6, R6, %s, !PT", value(i)) end
butterfly "FMNMX R6, R6, R7, !PT"

-- exp(v - max) = 2 ^ (v * log2(e) - max * log2(e)), and the sum.
emit "FMUL R8, R6, 1.4426950216293334961"
for i = 0, values - 1 do
    emit("FFMA %s, %s, 1.4426950216293334961, -R8", value(i), value(i))
    emit("MUFU.EX2 %s, %s", value(i), value(i))
end
emit("FADD R6, %s, %s", value(0), value(1))
for i = 2, values - 1 do emit("FADD R6, R6, %s", value(i)) end
butterfly "FADD R6, R6, R7"

-- Scale and store.
emit "MUFU.RCP R9, R6"
emit "IMAD.WIDE R4, R0, R5, c[0x0][0x168]"
for i = 0, values - 1 do emit("FMUL %s, %s, R9", value(i), value(i)) end
for i = 0, loads - 1 do emit("STG.E.128 [R4.64+0x%x], %s {out%d}", 512 * i, value(4 * i), i) end
emit "EXIT"

marks.name = "softmax"
marks.grid = rows // warps
marks.block = 32 * warps
marks.regs = first + values
marks.code = table.concat(code, "\n")
kernel(marks)
