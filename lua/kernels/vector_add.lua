-- vector_add.lua: c[i] = a[i] + b[i], one element a thread.
--
-- The least a kernel can do: two coalesced loads, one addition, one store. It moves 12 bytes for
-- one floating-point operation, so nothing but DRAM bandwidth and the latency of a load matters.
-- The listing is what nvcc makes of
--
--     __global__ void vector_add(const float *a, const float *b, float *c, int n)
--     {
--         int i = blockIdx.x * blockDim.x + threadIdx.x;
--         if (i < n)
--             c[i] = a[i] + b[i];
--     }

local n = param("n", 500000)      -- elements; no multiple of the block: the last one is cut short
local block = param("block", 256) -- threads of a CTA

local a, b, c = buffer(4 * n), buffer(4 * n), buffer(4 * n)

kernel{
    name = "vector_add",
    grid = (n + block - 1) // block,
    block = block,
    regs = 12,
    code = [[
            MOV R1, c[0x0][0x28]
            S2R R6, SR_CTAID.X
            S2R R3, SR_TID.X
            IMAD R6, R6, c[0x0][0x0], R3                   // i
            ISETP.GE.AND P0, PT, R6, c[0x0][0x178], PT     {beyond}
        @P0 EXIT
            MOV R7, 0x4
            ULDC.64 UR4, c[0x0][0x118]
            IMAD.WIDE R4, R6, R7, c[0x0][0x168]            // &b[i]
            IMAD.WIDE R2, R6, R7, c[0x0][0x160]            // &a[i]
            LDG.E R4, [R4.64]                              {b}
            LDG.E R3, [R2.64]                              {a}
            IMAD.WIDE R6, R6, R7, c[0x0][0x170]            // &c[i]
            FADD R9, R4, R3
            STG.E [R6.64], R9                              {c}
            EXIT
    ]],
    beyond = function(t) return t.gid >= n end,
    a = function(t) return a + 4 * t.gid end,
    b = function(t) return b + 4 * t.gid end,
    c = function(t) return c + 4 * t.gid end,
}
