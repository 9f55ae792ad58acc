# Writes a profile of a made-up transformer on a made-up host and GPU, in the format of the PyTorch
# profiler:
#
#     awk -v batch=8 -f sample_profile.awk </dev/null >transformer-b8.json
#
# The host runs operator after operator and launches each kernel when its operator gets there; the
# stream runs kernels in order. Kernels grow with the batch, the host's work does not: small batches
# are CPU-bound, large ones GPU-bound. Nothing here was measured.

# A number from 0 to 1 that is the same for every batch: the same run, only longer kernels.
function noise() {
    seed = (seed * 16807) % 2147483647
    return seed / 2147483647
}

function host(us) { now += us * (0.9 + 0.2 * noise()) }

function quote(s) { return "\"" s "\"" }

function put(text) { printf "%s\n  %s", n_events++ ? "," : "", text }

function span(cat, name, from, to, args) {
    put(sprintf("{\"ph\": \"X\", \"cat\": %s, \"name\": %s, \"pid\": 4711, \"tid\": 4711, \"ts\": %.3f, \"dur\": %.3f, \"args\": {%s}}",
        quote(cat), quote(name), from, to - from, args))
}

# What is open around the next launch: modules and operators.
function enter(cat, name) {
    depth++
    kind[depth] = cat
    called[depth] = name
    begun[depth] = now
    id[depth] = cat == "cpu_op" ? ++n_ops : 0
    host(cat == "cpu_op" ? 2.5 : 4)
}

function leave() {
    host(1)
    span(kind[depth], called[depth], begun[depth], now, id[depth] ? "\"External id\": " id[depth] : "\"Python id\": " n_events)
    depth--
}

function launch(kernel, us, blocks,    from, start) {
    from = now
    host(5)
    correlation++
    span("cuda_runtime", "cudaLaunchKernel", from, now, sprintf("\"External id\": %d, \"cbid\": 211, \"correlation\": %d", id[depth], correlation))
    start = from + 6.2 + 0.8 * noise()
    if (start < free + 1.1)
        start = free + 1.1
    us *= 0.97 + 0.06 * noise()
    free = start + us
    put(sprintf("{\"ph\": \"X\", \"cat\": \"kernel\", \"name\": %s, \"pid\": 0, \"tid\": 7, \"ts\": %.3f, \"dur\": %.3f, \"args\": {\"External id\": %d, \"device\": 0, \"stream\": 7, \"correlation\": %d, \"grid\": [%d, 1, 1], \"block\": [256, 1, 1], \"registers per thread\": 64, \"shared memory\": 0}}",
        quote(kernel), start, us, id[depth], correlation, blocks))
}

function op(name, kernel, us, blocks) {
    enter("cpu_op", name)
    launch(kernel, us, blocks)
    leave()
}

function module(class) { enter("python_function", "nn.Module: " class "_" n_modules[class]++) }

function linear(us) {
    module("Linear")
    enter("cpu_op", "aten::linear")
    op("aten::mm", "sample_gemm_bf16_128x128", 2 + us * batch, 8 * batch)
    leave()
    leave()
}

function norm() {
    module("RMSNorm")
    op("aten::pow", "sample_elementwise_pow", 1.5 + 0.3 * batch, 4 * batch)
    op("aten::mean", "sample_reduce_mean", 2 + 0.3 * batch, batch)
    op("aten::rsqrt", "sample_elementwise_rsqrt", 1.4 + 0.01 * batch, 1)
    op("aten::mul", "sample_elementwise_mul", 1.5 + 0.4 * batch, 4 * batch)
    leave()
}

function attention() {
    module("Attention")
    linear(1.1); linear(0.6); linear(0.6)
    op("aten::scaled_dot_product_attention", "sample_flash_fwd", 4 + 2.4 * batch, 16 * batch)
    linear(1.1)
    leave()
}

function mlp() {
    module("MLP")
    linear(2.2)
    op("aten::silu", "sample_elementwise_silu", 1.5 + 0.5 * batch, 4 * batch)
    linear(2.2)
    op("aten::mul", "sample_elementwise_mul", 1.5 + 0.6 * batch, 4 * batch)
    linear(2.3)
    leave()
}

function layer() {
    module("DecoderLayer")
    norm()
    attention()
    op("aten::add", "sample_elementwise_add", 1.5 + 0.4 * batch, 4 * batch)
    norm()
    mlp()
    op("aten::add", "sample_elementwise_add", 1.5 + 0.4 * batch, 4 * batch)
    leave()
}

BEGIN {
    seed = 20250511
    correlation = 1000
    now = start = 50000
    printf "{\"schemaVersion\": 1, \"traceName\": \"synthetic, batch %d\",\n", batch
    printf "\"deviceProperties\": [{\"id\": 0, \"name\": \"synthetic GPU\", \"numSms\": 108, \"computeMajor\": 8, \"computeMinor\": 0}],\n"
    printf "\"traceEvents\": ["
    module("Transformer")
    module("Embedding")
    op("aten::embedding", "sample_gather", 2 + 0.4 * batch, batch)
    leave()
    for (l = 0; l < 8; l++)
        layer()
    norm()
    linear(4)
    leave()
    sync = now
    now = (free > now ? free : now) + 4
    span("cuda_runtime", "cudaDeviceSynchronize", sync, now, "\"cbid\": 165, \"correlation\": " ++correlation)
    span("user_annotation", "ProfilerStep#0", start - 5, now + 5, "")
    printf "\n]}\n"
}
