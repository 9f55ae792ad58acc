-- pointer_chase.lua: one thread follows a chain of pointers through memory.
--
-- Every load needs the result of the one before, so the time of a hop is the latency of the level
-- that answers, and no amount of bandwidth helps. The chain visits `nodes` records in the order of
-- a random cycle. The footprint nodes * stride decides which cache holds it after the first round.

local hops = param("hops", 8192)    -- loads; a multiple of 4, the loop is unrolled
local nodes = param("nodes", 4096)  -- records in the cycle
local stride = param("stride", 128) -- bytes of a record

assert(hops % 4 == 0, "hops must be a multiple of 4")
local memory = buffer(nodes * stride)

-- A random cycle through all records: a shuffled list of them, each pointing to the next.
local at = {}
for i = 1, nodes do at[i] = i - 1 end
for i = nodes, 2, -1 do
    local j = math.random(i)
    at[i], at[j] = at[j], at[i]
end
local function hop(i) return memory + stride * at[i % nodes + 1] end

kernel{
    name = "pointer_chase",
    grid = 1,
    block = 1,
    regs = 10,
    code = [[
            MOV R1, c[0x0][0x28]
            MOV R2, c[0x0][0x160]                        // p, low half
            MOV R3, c[0x0][0x164]                        // p, high half
            ULDC.64 UR4, c[0x0][0x118]
            MOV R0, RZ
    loop:   LDG.E.64 R2, [R2.64]                         {hop0}
            IADD3 R0, R0, 0x4, RZ
            ISETP.GE.AND P0, PT, R0, c[0x0][0x170], PT   {done}
            LDG.E.64 R2, [R2.64]                         {hop1}
            LDG.E.64 R2, [R2.64]                         {hop2}
            LDG.E.64 R2, [R2.64]                         {hop3}
       @!P0 BRA loop
            MOV R4, c[0x0][0x168]
            MOV R5, c[0x0][0x16c]
            STG.E.64 [R4.64], R2                         {result}
            EXIT
    ]],
    hop0 = function(t, n) return hop(4 * n) end,
    hop1 = function(t, n) return hop(4 * n + 1) end,
    hop2 = function(t, n) return hop(4 * n + 2) end,
    hop3 = function(t, n) return hop(4 * n + 3) end,
    done = function(t, n) return 4 * (n + 1) >= hops end,
    result = (function()
        local out = buffer(8)
        return function() return out end
    end)(),
}
