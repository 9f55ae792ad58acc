-- micro.lua: writes the kernel of one row of set 3 as a trace, to look at it in the explorer.
--
--     warpscope trace build tests/validate/micro.lua kernel="chase 4096" gpu=h100-pcie -o chase.wst
--     warpscope chase.wst --gpu h100-pcie

local micro = require "micro"

local text = param("kernel", "chain FFMA") -- as in set3.csv
local gpu = param("gpu", "a100-pcie-80gb") -- its instruction set and number of SMs
local bench = micro.find(text, warpscope.gpu(gpu))

bench.make(param("rounds", bench.n[2]))
