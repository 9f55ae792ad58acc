-- breakdown.lua: a result's cycles by group of stalls, as columns of a sweep.

local M = {}

-- Names of the columns, in the order of the groups. Groups that no model fills are left in: a
-- column of zeros says so.
M.columns = {}

-- Adds the share of each group, in percent of the cycles, to `row`; returns it.
function M.add(row, result)
    for group, cycles in pairs(result.groups) do
        row[group .. "[%]"] = 100 * cycles / result.cycles
    end
    return row
end

for _, group in ipairs(warpscope.stall_groups()) do
    M.columns[#M.columns + 1] = group .. "[%]"
end

return M
