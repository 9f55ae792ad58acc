-- launch_hosts.lua: on which host and GPU would a run stop waiting for launches?
--
--     warpscope sweep launch_hosts [--trace PROFILE] [profile=NAME] [step=N]
--
-- One profile is replayed over factors: of the time of its kernels and of that of the host, 1 being
-- what was recorded and 0.5 twice as fast. The first table has a row for each pair; the second says
-- for each GPU at which times of the host the verdict changes.

assert(#warpscope.profiles > 0, "none of the files is a profile")
local name = param("profile", warpscope.profiles[1])
local step = param("step", "")

local profile = warpscope.profile{name, step = step ~= "" and step or nil}

local t = sweep{
    name = tostring(profile) .. ", " .. profile.window,
    axes = {
        {"kernels x", {0.25, 0.5, 1, 2, 4, 8}},
        {"host x", {0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4}},
    },
    columns = {"verdict", "CPU-bound[%]", "GPU busy[%]", "wait[us]", "latency[ms]"},
    run = function(p)
        local r = profile:replay{cpu = p["host x"], gpu = p["kernels x"]}
        local function scaled(v, by) return v and v * by end
        return {
            verdict = r.verdict,
            ["CPU-bound[%]"] = scaled(r.cpu_bound_fraction, 100),
            ["GPU busy[%]"] = scaled(r.gpu_busy_fraction, 100),
            ["wait[us]"] = scaled(r.tklqt_per_launch_ns, 1e-3),
            ["latency[ms]"] = scaled(r.il_joined_ns, 1e-6),
        }
    end,
}

-- Rows of one GPU follow one another, with ever slower hosts.
local limits, of_gpu = {}, {}
for _, row in ipairs(t.rows) do
    local gpu, host = row["kernels x"], row["host x"]
    local limit = of_gpu[gpu]
    if limit == nil then
        limit = {["kernels x"] = gpu}
        of_gpu[gpu] = limit
        limits[#limits + 1] = limit
    end
    if row.verdict == "gpu-bound" then limit["GPU-bound up to"] = host end
    if row.verdict == "cpu-bound" and limit["CPU-bound from"] == nil then
        limit["CPU-bound from"] = host
    end
end
warpscope.table{
    name = "host x at which the verdict changes",
    columns = {"kernels x", "GPU-bound up to", "CPU-bound from"},
    rows = limits,
}
