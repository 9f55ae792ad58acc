-- set5.lua: what changes when the machine changes: directions and sizes.
--
--     make validate SET=5
--
-- The traces behind the published figures are not public: a Qwen2.5-0.5B layer of 24 kernels in
-- Accel-Sim with an H100, and GEMMs in AMALI with an A100. So no row can be compared with its
-- reference. What can be is the direction, and that a change which means little there does not mean
-- much here. Every change is tried on each kernel; a negative number is faster.

local score = require "score"

local DATA = param("data", "../shared/data")
local HERE = param("here", "tests/validate")

-- ---- changes -------------------------------------------------------------------------------------

-- All levels from `first` on take `more` cycles longer. In the simulator a level's latency is its own
-- part of the way, so that what lies behind gets slower with it.
local function later(gpu, first, more)
    local levels, changes, on = {"latency.l2", "latency.l2_far", "latency.dram"}, {}, false
    for _, level in ipairs(levels) do
        on = on or level == first
        if on and gpu[level] ~= nil then changes[level] = gpu[level] + more end
    end
    return gpu:with(changes)
end

local function times(gpu, name, factor)
    if gpu[name] == nil then return gpu end
    return gpu:with{[name] = gpu[name] * factor}
end

-- DRAM's own part of the way: what is left behind an L2 whose partitions answer alike.
local function behind_l2(gpu)
    local near = gpu["latency.l2"]
    return gpu["latency.dram"] - (near + (gpu["latency.l2_far"] or near)) / 2
end

-- A description may not have DRAM nearer than the far partition.
local function nearer_dram(gpu)
    local nearest = gpu["latency.l2_far"] or gpu["latency.l2"]
    return later(gpu, "latency.dram",
                 math.max(-behind_l2(gpu) / 2, nearest - gpu["latency.dram"]))
end

local function memory_of(gpu, other)
    local changes = {}
    for _, name in ipairs{"memory.l2", "memory.dram_bandwidth", "memory.dram_bandwidth_achieved"} do
        changes[name] = other[name]
    end
    return gpu:with(changes)
end

local function tensor(gpu, factor)
    for _, name in ipairs{"f16_acc_f16", "f16_acc_f32", "tf32_acc_f32", "int8_acc_int32"} do
        gpu = times(gpu, "tensor." .. name, factor)
    end
    return gpu
end

local function bandwidth(gpu, factor)
    local achieved = "memory.dram_bandwidth_achieved"
    gpu = factor > 1 and times(gpu, "memory.dram_bandwidth", factor) or gpu
    return times(gpu, gpu[achieved] ~= nil and achieved or "memory.dram_bandwidth", factor)
end

local changes = {
    ["L2 latency x2"] = function(g) return later(g, "latency.l2", g["latency.l2"]) end,
    ["DRAM latency x2"] = function(g) return later(g, "latency.dram", behind_l2(g)) end,
    ["DRAM latency /2"] = nearer_dram,
    ["L1 latency x2"] = function(g) return times(g, "latency.l1", 2) end,
    ["shared latency x2"] = function(g) return times(g, "latency.shared_load", 2) end,
    ["DRAM bandwidth x2"] = function(g) return bandwidth(g, 2) end,
    ["DRAM bandwidth /2"] = function(g) return bandwidth(g, 0.5) end,
    ["tensor rate x2"] = function(g) return tensor(g, 2) end,
    ["tensor rate /2"] = function(g) return tensor(g, 0.5) end,
    ["memory of H200"] = function(g) return memory_of(g, warpscope.gpu("h200-sxm")) end,
    ["no launch"] = function(g)
        g = g:with{["launch.kernel_k"] = 0, ["launch.kernel_alpha"] = 0,
                   ["launch.kernel_beta"] = 0, ["launch.kernel_gamma"] = 0}
        return g["launch.cta_interval"] and g:with{["launch.cta_interval"] = 0} or g
    end,
    ["v100-sxm2 to h100-sxm"] = function() return warpscope.gpu("h100-sxm") end,
    ["a100-pcie-80gb to h100-sxm"] = function() return warpscope.gpu("h100-sxm") end,
}

-- ---- kernels -------------------------------------------------------------------------------------

-- Tensor rates are a matter of GEMMs; everything else is tried on all.
local SHIPPED = {"hgemm_tensor", "sgemm_tiled", "softmax", "gather_divergent", "vector_add"}
local RECORDED = {"a100-flashinfer-singledecode", "a100-flashinfer-prefill"}

local function kernels()
    local list = {}
    for _, name in ipairs(SHIPPED) do list[#list + 1] = warpscope.trace(name).kernels[1] end
    if io.open(DATA) == nil then
        print("set 5: " .. #RECORDED .. " of the kernels skipped: " .. DATA .. " absent")
        return list
    end
    for _, name in ipairs(RECORDED) do
        list[#list + 1] = warpscope.trace(DATA .. "/sass/" .. name).kernels[1]
    end
    return list
end

-- Cycles, or those less launch.
local function cycles(kernel, gpu, model, quantity)
    local r = warpscope.analyze{kernel = kernel, gpu = gpu, model = model}
    return quantity == "total" and r.cycles or r.cycles - r.stalls.launch
end

local function change_percent(kernel, reference, model)
    local gpu = warpscope.gpu(reference.gpu)
    local before = cycles(kernel, gpu, model, reference.quantity)
    local after = cycles(kernel, changes[reference.kernel](gpu), model, reference.quantity)
    return 100 * (after / before - 1)
end

-- ---- tables --------------------------------------------------------------------------------------

local references = score.read_csv(HERE .. "/set5.csv")
local all = kernels()
local columns = {"change", "gpu", "of", "published[%]", "kernel"}
for _, model in ipairs(score.models()) do columns[#columns + 1] = model .. "[%]" end

local rows = {}
for _, r in ipairs(references) do
    for _, kernel in ipairs(all) do
        if r.kernel:find("tensor", 1, true) == nil or kernel.label == "hgemm_tensor" then
            local row = {change = r.kernel, gpu = r.gpu, of = r.quantity, kernel = kernel.label,
                         ["published[%]"] = tonumber(r.value)}
            for _, model in ipairs(score.models()) do
                local ok, value = pcall(change_percent, kernel, r, model)
                row[model .. "[%]"] = ok and value or nil
                if not ok then print(model .. ": " .. value) end
            end
            rows[#rows + 1] = row
        end
    end
end
warpscope.table{name = "Set 5: changed machines, cycles after against before", columns = columns,
                rows = rows}

local notes = {}
for i, r in ipairs(references) do notes[i] = {change = r.kernel, source = r.source, published = r.note} end
warpscope.table{name = "What was published", columns = {"change", "source", "published"},
                rows = notes}
score.print_sources(HERE .. "/sources.csv", references)
