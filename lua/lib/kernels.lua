-- kernels.lua: the kernels of the traces that a sweep was given.

local M = {}

-- All kernels of all traces in warpscope.traces, in order, for which `wanted(kernel)` holds, and
-- how many it left out.
function M.all(wanted)
    local found, n_left = {}, 0
    for _, name in ipairs(warpscope.traces) do
        for _, kernel in ipairs(warpscope.trace(name).kernels) do
            if wanted == nil or wanted(kernel) then
                found[#found + 1] = kernel
            else
                n_left = n_left + 1
            end
        end
    end
    return found, n_left
end

return M
