-- set6.lua: the interval models against `sm`, which follows one SM cycle by cycle.
--
--     make validate SET=6
--
-- Where no hardware is at hand, the detailed model is the judge of the fast ones: of their cycles
-- less launch, of the largest stall, and of the share of every stall. Kernels run on the GPU that
-- they were compiled for.

local score = require "score"

local DATA = param("data", "../shared/data")
local JUDGE = "sm"

local GPU_OF = {[70] = "v100-sxm2", [80] = "a100-pcie-80gb", [90] = "h100-pcie"}
local SHIPPED = {"vector_add", "softmax", "sgemm_tiled", "hgemm_tensor", "gather_divergent",
                 "pointer_chase"}
local RECORDED = {"a100-flashinfer-singledecode", "a100-flashinfer-prefill", "a100-vectoradd",
                  "a100-bfs-1", "h100-btree", "h100-backprop", "h100-ffma-10", "h100-ffma-4096x16",
                  "v100-wmma"}

-- The first kernel of each name.
local function add_kernels(list, trace)
    local seen = {}
    for _, kernel in ipairs(trace.kernels) do
        if not seen[kernel.label] then
            seen[kernel.label] = true
            list[#list + 1] = kernel
        end
    end
end

local function all_kernels()
    local list = {}
    for _, name in ipairs(SHIPPED) do add_kernels(list, warpscope.trace(name)) end
    if io.open(DATA) == nil then
        print("set 6: recorded kernels skipped: " .. DATA .. " absent")
        return list
    end
    for _, name in ipairs(RECORDED) do
        add_kernels(list, warpscope.trace(DATA .. "/sass/" .. name))
    end
    return list
end

local function execution(r) return r.cycles - r.stalls.launch end

-- Largest stall of the time in which warps run: neither launch nor the issue itself.
local function top_stall(r)
    local top, most = "none", 0
    for name, cycles in pairs(r.stalls) do
        if name ~= "launch" and name ~= "selected" and name ~= "not_selected" and cycles > most then
            top, most = name, cycles
        end
    end
    return top
end

local results = {} -- a list of {kernel, gpu, by = {MODEL = result}}
for _, kernel in ipairs(all_kernels()) do
    local at = {kernel = kernel, gpu = GPU_OF[kernel.isa], by = {}}
    for _, model in ipairs(score.models()) do
        local ok, r = pcall(warpscope.analyze, {kernel = kernel, gpu = at.gpu, model = model})
        if ok then at.by[model] = r else print(kernel.label .. ", " .. model .. ": " .. r) end
    end
    if at.by[JUDGE] ~= nil then results[#results + 1] = at end
end

-- ---- totals and the largest stall ----------------------------------------------------------------

local rows, tops, agreeing = {}, {}, {}
for i, at in ipairs(results) do
    local row = {kernel = at.kernel.label, gpu = at.gpu, quantity = "execution", unit = "cy",
                 reference = execution(at.by[JUDGE]), source = JUDGE, value = {}}
    tops[i] = {kernel = at.kernel.label, gpu = at.gpu}
    for model, r in pairs(at.by) do
        row.value[model], tops[i][model] = execution(r), top_stall(r)
        local same = tops[i][model] == top_stall(at.by[JUDGE])
        agreeing[model] = (agreeing[model] or 0) + (same and 1 or 0)
    end
    rows[i] = row
end
score.print("Set 6: every model against sm, cycles less launch", rows)

local columns, shares = {"kernel", "gpu"}, {kernel = "same as sm"}
for _, model in ipairs(score.models()) do
    columns[#columns + 1] = model
    shares[model] = ("%d of %d"):format(agreeing[model] or 0, #results)
end
tops[#tops + 1] = shares
warpscope.table{name = "Set 6: largest stall", columns = columns, rows = tops}

-- ---- every stall ---------------------------------------------------------------------------------

-- Shares of the execution, in percent, of the stalls that matter to the judge or to the default model.
local cells, default = {}, warpscope.model().name
for _, at in ipairs(results) do
    for name in pairs(at.by[JUDGE].stalls) do
        local cell = {kernel = at.kernel.label, gpu = at.gpu, stall = name}
        local function share(model)
            local r = at.by[model]
            return r ~= nil and 100 * r.stalls[name] / execution(r) or 0
        end
        for _, model in ipairs(score.models()) do cell[model .. "[%]"] = share(model) end
        if name ~= "launch" and math.max(share(JUDGE), share(default)) >= 2 then
            cells[#cells + 1] = cell
        end
    end
end
columns = {"kernel", "gpu", "stall"}
for _, model in ipairs(score.models()) do columns[#columns + 1] = model .. "[%]" end
warpscope.table{name = "Set 6: shares of the execution", columns = columns, rows = cells}
