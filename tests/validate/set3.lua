-- set3.lua: microbenchmarks whose answer is known from published measurements.
--
--     make validate SET=3
--
-- A row of set3.csv names a kernel of lua/lib/micro.lua and what somebody measured with such a
-- kernel on that GPU. Where basis is "same", the GPU description holds that very figure: the row
-- then tests that the mechanism gives back what was put in, no more. "other" is an independent
-- measurement. Rows without a reference show how the models differ where nothing is published.

local score = require "score"
local micro = require "micro"

local HERE = param("here", "tests/validate")
local ONLY = param("only", "") -- part of a kernel's name or a GPU: the rows that have it

local function is_wanted(r)
    return ONLY == "" or r.kernel:find(ONLY, 1, true) ~= nil or r.gpu == ONLY
end

-- A figure per SM and cycle, or per chip and cycle, in the unit of the reference.
local function in_unit(value, r, gpu)
    return r.unit == "GB/s" and value * gpu["chip.core_clock"] / 1000 or value
end

local references = {}
for _, r in ipairs(score.read_csv(HERE .. "/set3.csv")) do
    if is_wanted(r) then references[#references + 1] = r end
end
assert(#references > 0, "no row has '" .. ONLY .. "'")

local points = {}
for i = 1, #references do points[i] = i end
local t = sweep{
    print = false, axes = {point = points},
    run = function(p)
        local r, row = references[p.point], {}
        local gpu = warpscope.gpu(r.gpu)
        local bench = micro.find(r.kernel, gpu)
        for _, model in ipairs(score.models()) do
            local ok, value = pcall(micro.measure, bench, gpu, model)
            row[model] = ok and in_unit(value, r, gpu) or nil
            if not ok then row.why = model .. ": " .. value end
        end
        return row
    end,
}

local compared, open = {}, {}
for _, row in ipairs(score.join(references, t.rows)) do
    local list = row.reference ~= nil and compared or open
    list[#list + 1] = row
end
if #compared > 0 then score.print("Set 3: microbenchmarks", compared) end
if #open > 0 then score.print("Set 3: microbenchmarks without a published figure", open) end
score.print_sources(HERE .. "/sources.csv", compared)
