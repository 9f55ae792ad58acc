-- launch_batch.lua: from which batch size on is the GPU the limit, not the launches?
--
--     warpscope sweep launch_batch [--trace PROFILE]... [cpu=FACTOR] [gpu=FACTOR]
--
-- The profiles are one workload at several batch sizes, which their names tell, such as
-- run_bs8.json. The first table has a row for each: the mean wait of a launch with its two parts,
-- and what a model of host and device time says of it. The second says where the queue fills: by the
-- rule (twice the least wait), by the model, and, with factors, by the model of another machine
-- whose host takes `cpu` and whose kernels take `gpu` times as long.

local cpu = param("cpu", 1.0)
local gpu = param("gpu", 1.0)

local profiles = {}
for i, name in ipairs(warpscope.profiles) do profiles[i] = warpscope.profile(name) end
assert(#profiles > 0, "none of the files is a profile")

local batches = warpscope.batch(profiles)

local function us(ns) return ns and ns / 1000 end

local rows = {}
for i, point in ipairs(batches.points) do
    rows[i] = {
        batch = point.batch,
        launches = point.launches,
        ["wait[us]"] = us(point.tklqt_per_launch_ns),
        ["launch[us]"] = us(point.launch_per_launch_ns),
        ["queue[us]"] = us(point.queue_per_launch_ns),
        ["model[us]"] = us(batches:predict(point.batch)),
        ["host[us]"] = us(point.host_per_launch_ns),
        ["GPU[us]"] = us(point.device_per_launch_ns),
        verdict = point.verdict,
    }
end
warpscope.table{
    name = "wait of a launch",
    columns = {"batch", "launches", "wait[us]", "launch[us]", "queue[us]", "model[us]", "host[us]",
               "GPU[us]", "verdict"},
    rows = rows,
}

local limits = {
    {"rule", batches.transition_batch},
    {"model", batches.model.transition},
}
if cpu ~= 1 or gpu ~= 1 then
    local what = ("model, host x %g, kernels x %g"):format(cpu, gpu)
    limits[3] = {what, batches:moved{cpu = cpu, gpu = gpu}.transition}
end
warpscope.table{name = "the GPU is the limit", columns = {"by", "from batch"}, rows = limits}
