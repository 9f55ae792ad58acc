-- a100_to_h100.lua: what do kernels recorded on an A100 cost on an H100?
--
--     warpscope sweep a100_to_h100 [--trace PATH]... [from=GPU] [to=GPU] [model=NAME]
--
-- Every sm_80 kernel of the traces is modelled with both descriptions. The first table has one row
-- for each kernel and GPU with its time and where the cycles go; the second sets them side by side.
-- An H100 runs sm_80 code as it is: the instructions are the same, tensor cores are used through
-- HMMA, and neither TMA nor thread-block clusters are.

local breakdown = require "breakdown"
local kernels = require "kernels"

local from = param("from", "a100-sxm4-40gb")
local to = param("to", "h100-sxm")
local model = param("model", warpscope.model().name)

local recorded, n_left = kernels.all(function(kernel) return kernel.isa == 80 end)
if n_left > 0 then print(n_left .. " kernels are not for sm_80: left out") end
assert(#recorded > 0, "no trace has a kernel for sm_80")

local function columns(first, rest)
    return table.move(rest, 1, #rest, #first + 1, first)
end

local t = sweep{
    name = from .. " and " .. to,
    model = model,
    axes = {{"kernel", recorded}, {"gpu", {from, to}}},
    columns = columns({"id", "time[us]", "cycles", "IPC/SM", "top stall"}, breakdown.columns),
    run = function(p)
        local r = warpscope.analyze{kernel = p.kernel, gpu = p.gpu, model = p.model}
        return breakdown.add({
            id = p.kernel.id,
            ["time[us]"] = r.time_us,
            cycles = r.cycles,
            ["IPC/SM"] = r.ipc_per_sm,
            ["top stall"] = r.top_stall,
        }, r)
    end,
}

-- Rows come in pairs: `gpu` is the axis that runs fastest.
local pairs_of_rows = {}
for i = 1, #t.rows, 2 do
    local a, b = t.rows[i], t.rows[i + 1]
    local time_a, time_b = a["time[us]"], b["time[us]"]
    pairs_of_rows[#pairs_of_rows + 1] = {
        a.kernel, a.id, time_a, time_b,
        time_a and time_b and time_a / time_b,
        a["top stall"], b["top stall"],
    }
end
warpscope.table{
    name = "from " .. from .. " to " .. to,
    columns = {"kernel", "id", "before[us]", "after[us]", "speedup", "top stall before",
               "top stall after"},
    rows = pairs_of_rows,
}
