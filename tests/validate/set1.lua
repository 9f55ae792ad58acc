-- set1.lua: against hardware: dependent FFMA and empty kernels on an H100 PCIe.
--
--     make validate SET=1
--
-- The only public pairs of a SASS trace and measured cycles: one warp of dependent FFMA with 10, 20
-- and 30 rounds of a loop. The slope per round is what a model of the SM must get right; what does
-- not depend on the rounds is launch, and stands apart. The second part is an empty kernel with many
-- CTAs: cycles = k + slope * CTAs, fitted per block size to the measurements and, in the same way,
-- to what each model says of the same grids.
--
-- Both were measured by Nsight Compute (sarchlab/mgpusim, history of nvidia/eval and nvidia/data).

local score = require "score"

local DATA = param("data", "../shared/data")
local GPU = "h100-pcie"
local SOURCE = "mgpusim, ncu"

local function analyze(kernel, model)
    return warpscope.analyze{kernel = kernel, gpu = GPU, model = model}.cycles
end

-- ---- dependent FFMA ------------------------------------------------------------------------------

local MEASURED = {{10, 9576}, {20, 14781}, {30, 20028}} -- rounds, cycles

local function trace_of(rounds)
    return warpscope.trace(("%s/sass/h100-ffma-%d"):format(DATA, rounds)).kernels[1]
end

local function ffma()
    local rounds, measured, value = {}, {}, {}
    for i, pair in ipairs(MEASURED) do rounds[i], measured[i] = pair[1], pair[2] end
    local slope, fixed = score.line(rounds, measured)
    local rows = {
        {kernel = "ffma", gpu = GPU, quantity = "slope", unit = "cy/round", reference = slope,
         basis = "other", source = SOURCE, value = {}},
        {kernel = "ffma", gpu = GPU, quantity = "fixed", unit = "cy", reference = fixed,
         basis = "other", source = SOURCE, value = {},
         note = "launch of one warp, and what cold caches cost it"},
    }
    for _, model in ipairs(score.models()) do
        local cycles = {}
        for i, n in ipairs(rounds) do cycles[i] = analyze(trace_of(n), model) end
        rows[1].value[model], rows[2].value[model] = score.line(rounds, cycles)
    end
    score.print("Set 1: dependent FFMA, 132 instructions a round, measured cycles", rows)
end

-- ---- empty kernels -------------------------------------------------------------------------------

-- {threads = {ctas = {...}, cycles = {...}}} of the rows that Nsight Compute measured.
local function measured_launches(records)
    local launches = {}
    for _, r in ipairs(records) do
        if r.benchmark == "emptykernel" and r.profile_type == "ncu" then
            local ctas, threads = r.params:match("^block=(%d+) thread=(%d+)$")
            threads = math.tointeger(threads)
            launches[threads] = launches[threads] or {ctas = {}, cycles = {}}
            local l = launches[threads]
            l.ctas[#l.ctas + 1] = math.tointeger(ctas)
            l.cycles[#l.cycles + 1] = tonumber(r.cycles_field)
        end
    end
    return launches
end

local function empty_kernel(ctas, threads)
    return kernel{
        name = "empty", grid = ctas, block = threads, regs = 8, isa = 90,
        code = "MOV R1, c[0x0][0x28]\nEXIT",
    }
end

local function launch()
    local records = score.read_csv(DATA .. "/counters/h100pcie_ground_truth.csv")
    local slopes, fixed = {}, {}
    for threads, l in pairs(measured_launches(records)) do
        local slope, k = score.line(l.ctas, l.cycles)
        local name = "empty, " .. threads .. " threads"
        slopes[#slopes + 1] = {
            kernel = name, gpu = GPU, quantity = "slope", unit = "cy/CTA", reference = slope,
            basis = "same", source = SOURCE, value = {},
        }
        fixed[#fixed + 1] = {
            kernel = name, gpu = GPU, quantity = "k", unit = "cy", reference = k,
            basis = "same", source = SOURCE, value = {},
        }
        local kernels = {}
        for i, ctas in ipairs(l.ctas) do kernels[i] = empty_kernel(ctas, threads) end
        for _, model in ipairs(score.models()) do
            local cycles = {}
            for i, k in ipairs(kernels) do cycles[i] = analyze(k, model) end
            slopes[#slopes].value[model], fixed[#fixed].value[model] = score.line(l.ctas, cycles)
        end
    end
    score.print("Set 1: launch of an empty kernel, cycles = k + slope * CTAs",
                table.move(fixed, 1, #fixed, #slopes + 1, slopes))
end

if io.open(DATA) == nil then
    print("set 1: skipped: " .. DATA .. " absent")
else
    ffma()
    launch()
end
