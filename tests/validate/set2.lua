-- set2.lua: against cycle simulators on the same traces. A cross-check, not the truth.
--
--     make validate SET=2
--
-- References are the simulators' cycles less their launch latency, which is a constant setting; ours
-- are the cycles less `launch`. Where hardware was measured (set 1), Accel-Sim needs 8.7 cycles and
-- the MICRO'25 model 9.7 for a dependent FFMA that takes the H100 4.0: a model that is right must
-- differ there.

local score = require "score"

local DATA = param("data", "../shared/data")
local HERE = param("here", "tests/validate")

-- The GPU with instructions and constants always at hand, as Accel-Sim's configurations have it.
local function with_perfect_fetch(gpu)
    return gpu:with{["fetch.l0_instruction_miss"] = 1, ["fetch.l1_instruction_miss"] = 1,
                    ["fetch.constant_operand_miss"] = 1}
end

-- Besides, every result comes 4.73 cycles later: what Accel-Sim's operand collector, write-back and
-- scoreboard add to the 4 of its dependent FFMA.
local LATER, LATER_MICRO25 = 8.73 - 4, 9.73 - 4
local RESULTS = {"alu", "fma", "half", "fp64", "xu", "convert", "shuffle", "special", "uniform",
                 "hmma_884_step", "hmma_k8", "hmma_k16", "shared_load", "dram", "l2_far", "l2", "l1"}
local function with_results_later(gpu, later)
    for _, result in ipairs(RESULTS) do
        local name = "latency." .. result
        if gpu[name] ~= nil then gpu = gpu:with{[name] = gpu[name] + later} end
    end
    return gpu
end

local function with_late_results(gpu)
    return with_results_later(with_perfect_fetch(gpu), LATER)
end

-- The MICRO'25 configurations empty L2 before each kernel (gpgpu_flush_l2_cache), so that code comes
-- from DRAM; its scoreboard mode takes 9.73 cycles for a dependent FFMA.
local function as_in_micro25(gpu)
    gpu = with_results_later(gpu, LATER_MICRO25)
    return gpu:with{["fetch.l1_instruction_miss"] = gpu["latency.dram"]}
end

-- And L1 gives a sector a cycle: v100-wmma has 6,144 accesses of 32 bytes there and takes 6,143
-- cycles, where 13.9 TB/s were measured on the 80 SMs of a V100, 126 bytes a cycle each.
local function with_narrow_l1(gpu)
    return with_late_results(gpu):with{["memory.l1_bandwidth"] = 32}
end

-- Execution of all kernels of a trace: cycles less launch.
local function execution(trace, gpu, model)
    local sum = 0
    for _, kernel in ipairs(trace.kernels) do
        local r = warpscope.analyze{kernel = kernel, gpu = gpu, model = model}
        sum = sum + r.cycles - r.stalls.launch
    end
    return sum
end

local references = score.read_csv(HERE .. "/set2.csv")

-- Every reference beside the models on what `machine` makes of the GPU.
local function rows(machine)
    local points = {}
    for i = 1, #references do points[i] = i end
    local t = sweep{
        print = false, axes = {point = points},
        run = function(p)
            local r, row = references[p.point], {}
            local trace = warpscope.trace(DATA .. "/sass/" .. r.kernel)
            local gpu = machine(warpscope.gpu(r.gpu))
            for _, model in ipairs(score.models()) do
                local ok, value = pcall(execution, trace, gpu, model)
                row[model] = ok and value or nil
                if not ok then row.why = model .. ": " .. value end
            end
            return row
        end,
    }
    return score.join(references, t.rows)
end

local function of_simulator(all, name)
    local found = {}
    for _, row in ipairs(all) do
        if row.source:sub(1, #name) == name then found[#found + 1] = row end
    end
    return found
end

-- Each trace once, on the GPU whose code it holds. The configurations of two kernels with nearly the
-- same cycles would otherwise fill most of the ranks.
local OWN = {a100 = "accel-sim A100", h100 = "accel-sim H100", v100 = "accel-sim QV100"}
local function of_own_gpu(all)
    local found = {}
    for _, row in ipairs(all) do
        if row.source == OWN[row.kernel:match("^%w+")] then found[#found + 1] = row end
    end
    return found
end

if io.open(DATA) == nil then
    print("set 2: skipped: " .. DATA .. " absent")
else
    local all = rows(function(gpu) return gpu end)
    score.print("Set 2: cycle simulators, cycles less launch", all)
    for _, simulator in ipairs{"accel-sim", "micro25"} do
        score.print_summary("Set 2, " .. simulator .. " alone", of_simulator(all, simulator))
    end
    score.print_summary("Set 2, accel-sim, each trace once", of_own_gpu(all))
    score.print("Set 2, accel-sim, with its perfect instruction and constant caches",
                of_simulator(rows(with_perfect_fetch), "accel-sim"))
    score.print("Set 2, accel-sim, with perfect caches and its late results as well",
                of_simulator(rows(with_late_results), "accel-sim"))
    score.print("Set 2, accel-sim, with an L1 of one sector a cycle on top",
                of_simulator(rows(with_narrow_l1), "accel-sim"))
    score.print("Set 2, micro25, with code from DRAM and its late results",
                of_simulator(rows(as_in_micro25), "micro25"))
    score.print_sources(HERE .. "/sources.csv", all)
end
