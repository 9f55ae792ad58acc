-- micro.lua: microbenchmark kernels, and how to read a figure off a model with them.
--
-- A microbenchmark repeats one thing in a loop and nothing else. Run with two numbers of rounds, the
-- difference of the cycles belongs to the rounds alone: launch, set-up, cold caches and the way out
-- are in both runs and cancel. So every benchmark here is a function that makes the kernel with `n`
-- rounds, and
--
--     latency = (cycles(n2) - cycles(n1)) / (rounds * steps of a round)
--     rate    = work of the rounds between / (cycles(n2) - cycles(n1))
--
--     local micro = require "micro"
--     local bench = micro.chain("FFMA", warpscope.gpu("a100-pcie-80gb"))
--     print(micro.measure(bench, "a100-pcie-80gb", "warpscope")) --> 4.1 cycles
--
-- A benchmark is a table: make(n) the kernel, n = {n1, n2}, steps or work of a round, is_rate, and
-- `less`, cycles of a step that are not those of what is measured.

local M = {}

local MIB = 1 << 20
local UNROLL = 128 -- steps of a round: the loop's own instructions cost little beside them

-- Global memory for all kernels of a script; made once, since a script has few buffers.
local memory, MEMORY_B = nil, 1 << 30
local function global_memory()
    memory = memory or buffer(MEMORY_B)
    return memory
end

-- ---- kernels -------------------------------------------------------------------------------------

-- `rounds` times the lines of `body`. `set_up` runs once before and must write every register that
-- the body reads; `last` runs once behind, to wait for what the body began. Counter and end test stand in front, so that the branch finds its predicate ready.
local function loop(o)
    local spec = {
        name = o.name,
        grid = o.grid or 1,
        block = o.block or 32,
        regs = o.regs or 64,
        shmem = o.shmem or 0,
        isa = o.isa,
        code = table.concat{
            "MOV R1, c[0x0][0x28]\nMOV R0, RZ\n", o.set_up or "", "\n",
            "loop: IADD3 R0, R0, 0x1, RZ\n",
            "ISETP.LT.AND P0, PT, R0, c[0x0][0x160], PT {more}\n",
            o.body, "\n@P0 BRA loop\n", o.last or "", "\nEXIT\n",
        },
        more = function(_, n) return n + 1 < o.rounds end,
    }
    for mark, f in pairs(o.marks or {}) do spec[mark] = f end
    return kernel(spec)
end

-- "MOV R4, RZ" for registers first..last.
local function clear(first, last)
    local lines = {}
    for r = first, last do lines[#lines + 1] = "MOV R" .. r .. ", RZ" end
    return table.concat(lines, "\n")
end

-- Lines i = 0..n-1 of `template`, in which $d and $a, $b stand for registers: every line has its own
-- destination, `width` registers apart, of `ways` in turn.
local function unroll(template, n, ways, width)
    local lines = {}
    for i = 0, n - 1 do
        lines[#lines + 1] = (template:gsub("$d", "R" .. 32 + (i % ways) * width))
    end
    return table.concat(lines, "\n")
end

-- ---- arithmetic ------------------------------------------------------------------------------------

-- Opcodes by name: the line, with $d as destination and accumulator; R8.. and R16.. are the other
-- operands, which nobody writes. `width` is the registers of $d, `work` what a thread (of tensor
-- operations: a warp) does, in the unit of published rates: operations, of which an FMA counts two,
-- and multiply-adds of tensor cores.
local ops = {
    FADD = {line = "FADD $d, $d, R8", width = 1, work = 1},
    FFMA = {line = "FFMA $d, $d, R8, R16", width = 1, work = 2},
    IADD3 = {line = "IADD3 $d, $d, R8, RZ", width = 1, work = 1},
    IMAD = {line = "IMAD $d, $d, R8, R16", width = 1, work = 2},
    LOP3 = {line = "LOP3.LUT $d, $d, R8, RZ, 0xc0, !PT", width = 1, work = 1},
    HFMA2 = {line = "HFMA2 $d, $d, R8, R16", width = 1, work = 4},
    DFMA = {line = "DFMA $d, $d, R8, R16", width = 2, work = 2},
    MUFU = {line = "MUFU.RSQ $d, $d", width = 1, work = 1},
    POPC = {line = "POPC $d, $d", width = 1, work = 1},
    SHFL = {line = "SHFL.BFLY PT, $d, $d, 0x1, 0x1f", width = 1, work = 1},
    VIADDMNMX = {line = "VIADDMNMX $d, $d, R8, R16, PT", width = 1, work = 1},
    ["HMMA.16816.F32"] = {line = "HMMA.16816.F32 $d, R8, R16, $d", width = 4, work = 2048},
    ["HMMA.16816.F16"] = {line = "HMMA.16816.F16 $d, R8, R16, $d", width = 2, work = 2048},
    ["HMMA.1688.F32"] = {line = "HMMA.1688.F32 $d, R8, R16, $d", width = 4, work = 1024},
    ["HMMA.1688.F32.TF32"] = {line = "HMMA.1688.F32.TF32 $d, R8, R16, $d", width = 4, work = 1024},
    ["HMMA.884.F32.F32.STEP0"] = {line = "HMMA.884.F32.F32.STEP0 $d, R8, R16, $d", width = 2, work = 256},
    ["IMMA.16832.S8.S8"] = {line = "IMMA.16832.S8.S8 $d, R8.ROW, R16.COL, $d", width = 4, work = 4096},
    ["DMMA.884"] = {line = "DMMA.884 $d, R8, R16, $d", width = 4, work = 256},
}

local function find_op(name)
    return assert(ops[name], "no microbenchmark for " .. tostring(name))
end

local function is_tensor(name) return name:find("MMA.", 1, true) ~= nil end

-- One warp in which every instruction needs the result of the one before.
function M.chain(name, gpu)
    local op = find_op(name)
    return {
        n = {4, 8}, steps = UNROLL,
        make = function(rounds)
            return loop{
                name = "chain_" .. name, isa = gpu.isa, rounds = rounds,
                set_up = clear(8, 23) .. "\n" .. clear(32, 39),
                body = unroll(op.line, UNROLL, 1, op.width),
            }
        end,
    }
end

-- One warp that repeats the products of a 16x16x16 wmma: two HMMA of 16x8x16 side by side, each of
-- which adds to its own result of the time before. A step is the whole wmma.
function M.wmma(name, gpu)
    local op = find_op(name)
    return {
        n = {4, 8}, steps = UNROLL // 2,
        make = function(rounds)
            return loop{
                name = "wmma_" .. name, isa = gpu.isa, rounds = rounds,
                set_up = clear(8, 23) .. "\n" .. clear(32, 39),
                body = unroll(op.line, UNROLL, 2, op.width),
            }
        end,
    }
end

-- A full SM of warps with `ways` independent chains each; work per SM and cycle.
local WARPS, WAYS = 32, 4
function M.rate(name, gpu)
    local op = find_op(name)
    local lanes = is_tensor(name) and 1 or 32
    return {
        n = {4, 8}, is_rate = true, work = UNROLL * WARPS * lanes * op.work,
        make = function(rounds)
            return loop{
                name = "rate_" .. name, isa = gpu.isa, rounds = rounds,
                grid = gpu["chip.sm_count"], block = 32 * WARPS,
                set_up = clear(8, 23) .. "\n" .. clear(32, 47),
                body = unroll(op.line, UNROLL, WAYS, op.width),
            }
        end,
    }
end

-- Two warpgroups that multiply matrices in shared memory (wgmma), each into two accumulators in turn,
-- and wait for their group at the end of a round; multiply-adds per SM and cycle.
local GROUP_WARPS, GROUP_INSTS = 8, 16
local wgmma_fma = {HGMMA = 64 * 128 * 16, IGMMA = 64 * 128 * 32, QGMMA = 64 * 128 * 32}
function M.wgmma(name, gpu)
    local fma = wgmma_fma[name:match("^%u+")]
    if name:find("TF32", 1, true) then fma = fma / 2 end
    return {
        n = {4, 8}, is_rate = true,
        work = GROUP_INSTS * GROUP_WARPS / 4 * fma, -- four warps share an instruction
        make = function(rounds)
            return loop{
                name = "wgmma_" .. name, isa = gpu.isa, rounds = rounds, regs = 168,
                block = 32 * GROUP_WARPS, set_up = clear(32, 159),
                body = "WARPGROUP.ARRIVE\n" ..
                    unroll(name .. " $d, gdesc[UR8], $d, gsb0", GROUP_INSTS, 2, 64) ..
                    "\nWARPGROUP.DEPBAR.LE gsb0, 0x0",
            }
        end,
    }
end

-- ---- memory: latency -------------------------------------------------------------------------------

-- One thread follows pointers through `kib` KiB, one record a line of 128 B. A round is once through
-- all records, so the second finds them where the first left them. With `has_index` the records hold
-- indices, and a multiply-add makes each an address first.
local RECORD_B, HOPS = 128, 16 -- hops of a pass through the loop
local USE = "MOV R9, R2" -- the last hop counts as well
local function chase(space, kib, has_index, gpu)
    local base = space == "S" and 0 or global_memory()
    local nodes = kib * 1024 // RECORD_B
    assert(nodes % HOPS == 0, "a chase has a multiple of 16 records")
    local load = space == "S" and "LDS R2, [R2]" or "LDG.E.64 R2, [R2.64]"
    local address = ""
    if has_index then
        address = space == "S" and "\nIMAD R2, R2, R8, R4" or "\nIMAD.WIDE R2, R2, R8, R4"
    end
    local body, marks = {}, {}
    for i = 0, HOPS - 1 do
        body[#body + 1] = load .. " {hop" .. i .. "}" .. address
        marks["hop" .. i] = function(_, n) return base + RECORD_B * ((HOPS * n + i) % nodes) end
    end
    return {
        n = {1, 2}, steps = nodes,
        make = function(rounds)
            return loop{
                name = "chase_" .. kib .. "_kib", isa = gpu.isa, block = 1,
                rounds = rounds * nodes // HOPS, shmem = space == "S" and kib * 1024 or 0,
                set_up = clear(2, 8), body = table.concat(body, "\n"), last = USE, marks = marks,
            }
        end,
    }
end

function M.chase(kib, gpu) return chase("G", math.tointeger(kib), false, gpu) end
function M.chase_index(kib, gpu) return chase("G", math.tointeger(kib), true, gpu) end
function M.shared_chase(_, gpu) return chase("S", 4, false, gpu) end
function M.shared_chase_index(_, gpu) return chase("S", 4, true, gpu) end

-- The same with records that no cache has: caches are empty when a kernel begins, so each is fetched
-- from DRAM. A round is 1024 of them.
function M.chase_dram(_, gpu)
    local base = global_memory()
    return {
        n = {1, 2}, steps = 1024,
        make = function(rounds)
            return loop{
                name = "chase_dram", isa = gpu.isa, block = 1, rounds = rounds * 1024,
                set_up = clear(2, 3), body = "LDG.E.64 R2, [R2.64] {hop}", last = USE,
                marks = {hop = function(_, n) return base + RECORD_B * n end},
            }
        end,
    }
end

-- One lane adds to one word and needs the old value for the next addition.
function M.atomic(_, gpu)
    local base = global_memory()
    return {
        n = {64, 128}, steps = 1,
        make = function(rounds)
            return loop{
                name = "atomic", isa = gpu.isa, block = 1, rounds = rounds,
                set_up = clear(2, 4),
                body = "ATOMG.E.ADD.STRONG.GPU PT, R4, [R2.64], R4 {at}", last = "MOV R9, R4",
                marks = {at = function() return base end},
            }
        end,
    }
end

-- ---- constants -------------------------------------------------------------------------------------

local CONST_LINE_B = 64

-- A line of `template` for each line of a cache in `kib` KiB of constant bank 3, from $c.
local function through_constants(template, kib)
    local lines, n = {}, math.tointeger(kib) * 1024 // CONST_LINE_B
    for i = 0, n - 1 do
        lines[#lines + 1] = (template:gsub("$c", ("c[0x3][0x%x]"):format(CONST_LINE_B * i)))
    end
    return table.concat(lines, "\n"), n
end

-- Independent additions of constants: cycles of an addition beyond its turn to issue. `kib` KiB of
-- constants are more than the cache of a sub-core holds, or not.
function M.constant_operand(kib, gpu)
    local body, n = through_constants("FADD R9, R8, $c", kib)
    return {
        n = {2, 3}, steps = n,
        make = function(rounds)
            return loop{name = "constant_operand", isa = gpu.isa, rounds = rounds,
                        set_up = clear(8, 8), body = body}
        end,
    }
end

-- Loads from constant memory, each of which an addition waits for: latency of the load, less the
-- turn of the addition.
function M.constant_load(kib, gpu)
    local body, n = through_constants("LDC R4, $c\nIADD3 R5, R4, R5, RZ", kib)
    return {
        n = {2, 3}, steps = n, less = 1,
        make = function(rounds)
            return loop{name = "constant_load", isa = gpu.isa, rounds = rounds,
                        set_up = clear(5, 5), body = body}
        end,
    }
end

-- ---- memory: rate ----------------------------------------------------------------------------------

local LOADS = 8 -- of a round and warp, into registers of their own

-- LOADS lines of a load of `bits` a lane; function `at(t, load)` gives the offset of a lane.
local function loads(opcode, bits, operand)
    local lines, registers = {}, bits // 32
    local suffix = bits > 32 and "." .. bits or ""
    for i = 0, LOADS - 1 do
        lines[#lines + 1] = opcode .. suffix .. " R" .. 16 + i * registers .. ", " .. operand ..
            " {load" .. i .. "}"
    end
    return table.concat(lines, "\n")
end

local function stream(o, gpu)
    local bytes, marks = o.bits // 8, {}
    for i = 0, LOADS - 1 do
        marks["load" .. i] = function(t, n) return o.at(t, n * LOADS + i, bytes) end
    end
    local operand = o.opcode:sub(1, 3) == "LDS" and "[R2]" or "[R2.64]"
    return {
        n = o.n or {4, 8}, is_rate = true,
        work = LOADS * 32 * bytes * o.warps * (o.per_chip and o.ctas or 1),
        make = function(rounds)
            return loop{
                name = o.name .. "_" .. o.bits, isa = gpu.isa, rounds = rounds,
                grid = o.ctas, block = 32 * o.warps, shmem = o.shmem, regs = 64,
                set_up = clear(2, 3), body = loads(o.opcode, o.bits, operand), marks = marks,
            }
        end,
    }
end

-- An SM reads the same 4 to 16 KiB again and again; bytes per SM and cycle.
function M.stream_l1(bits, gpu)
    local base = global_memory()
    return stream({
        name = "stream_l1", opcode = "LDG.E", bits = math.tointeger(bits), warps = 32, ctas = 1,
        at = function(t, _, bytes) return base + bytes * t.tid end,
    }, gpu)
end

function M.stream_shared(bits, gpu)
    return stream({
        name = "stream_shared", opcode = "LDS", bits = math.tointeger(bits), warps = 32, ctas = 1,
        shmem = 16384,
        at = function(t, _, bytes) return bytes * t.tid end,
    }, gpu)
end

-- Loads that go past L1 (ld.global.cg) from 1 MiB that all SMs share, each beginning elsewhere;
-- bytes per cycle of the chip. Two rounds fill the cache.
function M.stream_l2(bits, gpu)
    local base, span = global_memory(), MIB
    return stream({
        name = "stream_l2", opcode = "LDG.E.STRONG.GPU", bits = math.tointeger(bits), warps = 16,
        ctas = gpu["chip.sm_count"], n = {4, 8}, per_chip = true,
        at = function(t, load, bytes)
            return base + (t.gid + load * 512) * bytes % span
        end,
    }, gpu)
end

-- Every thread of the chip reads its own bytes once; bytes per cycle of the chip.
function M.stream_dram(bits, gpu)
    local base, sms = global_memory(), gpu["chip.sm_count"]
    local threads = sms * 512
    return stream({
        name = "stream_dram", opcode = "LDG.E", bits = math.tointeger(bits), warps = 16,
        ctas = sms, n = {2, 4}, per_chip = true,
        at = function(t, load, bytes) return base + bytes * (load * threads + t.gid) end,
    }, gpu)
end

-- Loads of a word each whose lanes are `ways` words apart: `ways` of them want the same bank. Cycles
-- of the SM for a warp's load.
function M.conflict(ways, gpu)
    ways = math.tointeger(ways)
    local b = stream({
        name = "conflict_" .. ways, opcode = "LDS", bits = 32, warps = 32, ctas = 1, shmem = 4096,
        at = function(t) return 4 * (ways * t.lane % 1024) end,
    }, gpu)
    b.is_rate, b.steps = false, LOADS * 32
    return b
end

-- `warps` warps, each on a sub-core of its own up to four, with loads from shared memory that do not
-- wait for one another: cycles between two of a sub-core.
function M.memory_issue(warps, gpu)
    warps = math.tointeger(warps)
    local b = stream({
        name = "memory_issue_" .. warps, opcode = "LDS", bits = 32, warps = warps, ctas = 1,
        shmem = 4096, n = {8, 16},
        at = function(t) return 4 * t.lane end,
    }, gpu)
    b.is_rate, b.steps = false, LOADS * math.max(1, warps // 4)
    return b
end

-- One warp whose loads each wait for the last one: latency by width. The address is made of the
-- loaded value by no instruction: the pairs (R2, R3) take it as it comes.
function M.load_latency(args, gpu)
    local opcode, bits = args:match("^(%S+) (%d+)$")
    local registers, base = math.tointeger(bits) // 32, opcode == "LDS" and 0 or global_memory()
    local operand = opcode == "LDS" and "[R4]" or "[R4.64]"
    local line = opcode .. (registers > 1 and "." .. bits or "") .. " R4, " .. operand .. " {at}"
    if registers == 1 and opcode ~= "LDS" then line = line:gsub("R4, ", "R5, ", 1) end
    return {
        n = {4, 8}, steps = UNROLL,
        make = function(rounds)
            return loop{
                name = "load_latency", isa = gpu.isa, rounds = rounds, shmem = 1024,
                set_up = clear(4, 7), body = unroll(line, UNROLL, 1, 1),
                marks = {at = function(t) return base + registers * 4 * t.lane end},
            }
        end,
    }
end

-- One warp that copies from L1 to shared memory and waits for each copy: a step is a copy of 4 bytes
-- a lane, its commit and its wait.
function M.copy(_, gpu)
    local base = global_memory()
    return {
        n = {4, 8}, steps = UNROLL,
        make = function(rounds)
            return loop{
                name = "copy", isa = gpu.isa, rounds = rounds, shmem = 1024, set_up = clear(2, 5),
                body = unroll("LDGSTS.E [R2], [R4.64] {at}\nLDGDEPBAR\nDEPBAR.LE SB0, 0x0",
                              UNROLL, 1, 1),
                marks = {at = function(t) return base + 4 * t.lane end},
            }
        end,
    }
end

-- ---- synchronisation, fetch, launch ----------------------------------------------------------------

-- `warps` warps that do nothing but meet at a barrier: cycles from one to the next.
function M.barrier(warps, gpu)
    warps = math.tointeger(warps)
    return {
        n = {2, 4}, steps = 32,
        make = function(rounds)
            return loop{
                name = "barrier_" .. warps, isa = gpu.isa, rounds = rounds, block = 32 * warps,
                body = unroll("BAR.SYNC.DEFER_BLOCKING 0x0", 32, 1, 1),
            }
        end,
    }
end

-- One warp in a loop whose body is `kib` KiB of independent additions: cycles per instruction. What
-- exceeds the instruction caches is fetched anew in every round.
function M.fetch(kib, gpu)
    local insts = math.tointeger(kib) * 1024 // 16
    return {
        n = {2, 3}, steps = insts,
        make = function(rounds)
            return loop{
                name = "fetch_" .. kib .. "_kib", isa = gpu.isa, rounds = rounds,
                set_up = clear(8, 8) .. "\n" .. clear(32, 39),
                body = unroll("FADD $d, $d, R8", insts, 8, 1),
            }
        end,
    }
end

-- CTAs of `warps` warps that only end. A round is a CTA more, so the figure is the cycles that
-- launching one costs.
local function empty(warps, ctas, isa)
    return kernel{
        name = "empty", grid = ctas, block = 32 * warps, regs = 8, isa = isa,
        code = "MOV R1, c[0x0][0x28]\nEXIT",
    }
end

function M.launch(warps, gpu)
    return {
        n = {1024, 8192}, steps = 1,
        make = function(ctas) return empty(math.tointeger(warps), ctas, gpu.isa) end,
    }
end

-- ---- measuring -------------------------------------------------------------------------------------

-- Cycles of both runs for one model.
local function cycles(bench, gpu, model)
    bench.kernels = bench.kernels or {bench.make(bench.n[1]), bench.make(bench.n[2])}
    local function run(k) return warpscope.analyze{kernel = k, gpu = gpu, model = model}.cycles end
    return run(bench.kernels[1]), run(bench.kernels[2])
end

-- The figure: cycles a step, or work a cycle. The kernels are kept for the next model.
function M.measure(bench, gpu, model)
    local first, second = cycles(bench, gpu, model)
    local rounds = bench.n[2] - bench.n[1]
    if bench.is_rate then return rounds * bench.work / (second - first) end
    return (second - first) / (rounds * bench.steps) - (bench.less or 0)
end

-- What is left when the rounds are taken away: launch, set-up and the way out, in cycles.
function M.fixed(bench, gpu, model)
    local first, second = cycles(bench, gpu, model)
    return first - (second - first) * bench.n[1] / (bench.n[2] - bench.n[1])
end

-- "chain FFMA" -> the benchmark.
function M.find(text, gpu)
    local name, args = text:match("^(%S+)%s*(.*)$")
    local make = M[name]
    assert(make ~= nil, "there is no microbenchmark '" .. tostring(name) .. "'")
    return make(args, gpu)
end

return M
