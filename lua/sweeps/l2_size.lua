-- l2_size.lua: how much L2 does a kernel need?
--
--     warpscope sweep l2_size [--trace PATH]... [gpu=NAME] [model=NAME]
--
-- One parameter of the GPU goes over a range, from a small part of its value to twice it; all
-- others stay. Where the hit rate stops rising, the kernel's working set fits.

local kernels = require "kernels"

local gpu = param("gpu", "a100-sxm4-40gb")
local model = param("model", warpscope.model().name)
local size = warpscope.gpu(gpu)["memory.l2"]

sweep{
    name = "L2 of " .. gpu .. " [KiB]",
    gpu = gpu,
    model = model,
    axes = {
        {"kernel", kernels.all()},
        {"memory.l2", {size // 256, size // 64, size // 16, size // 4, size, size * 2}},
    },
    columns = {"id", "time[us]", "L2 hits[%]", "DRAM[MB]", "long scoreboard[%]"},
    run = function(p)
        local r = warpscope.analyze{kernel = p.kernel, gpu = p.gpu, model = p.model}
        return {
            id = p.kernel.id,
            ["time[us]"] = r.time_us,
            ["L2 hits[%]"] = 100 * r.caches.l2.hit_rate,
            ["DRAM[MB]"] = r.caches.dram.bytes / 1e6,
            ["long scoreboard[%]"] = 100 * r.stalls.long_scoreboard / r.cycles,
        }
    end,
}
