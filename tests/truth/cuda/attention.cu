// Attention as an inference engine runs it, f16 with f32 sums, heads of 128, grouped queries:
//   k_attention_prefill_full, k_attention_prefill_causal
//       FlashAttention-2: 128 queries a CTA, 32 a warp, against tiles of 64 keys; cp.async with two
//       buffers, ldmatrix, mma.sync for Q K^T and for P V, softmax carried along in registers
//   k_attention_decode
//       one query a sequence; the CTA of a key-value head serves all its heads and a piece
//       ("split") of the keys, of which it writes the sums; each warp streams tiles of 16 keys
//   k_attention_combine
//       joins the splits
// Q and the result are [batch][query][head][128], K and V [batch][key][kv head][128]. Results are
// compared with a softmax in double for some of the rows.
//
// sass: k_attention_prefill_full HMMA.16816.F32 256
// sass: k_attention_prefill_full LDSM.16.M88.4 48
// sass: k_attention_prefill_full LDSM.16.MT88.4 32
// sass: k_attention_prefill_full LDGSTS.E.BYPASS 48
// sass: k_attention_prefill_full MUFU.EX2 68
// sass: k_attention_prefill_full SHFL.BFLY 16
// sass: k_attention_prefill_causal HMMA.16816.F32 256
// sass: k_attention_prefill_causal LDSM.16.MT88.4 32
// sass: k_attention_prefill_causal MUFU.EX2 68
// sass: k_attention_decode HMMA.16816.F32 32
// sass: k_attention_decode LDSM.16.M88.4 8
// sass: k_attention_decode LDSM.16.MT88.4 8
// sass: k_attention_decode LDGSTS.E.BYPASS 16
// sass: k_attention_decode MUFU.EX2 5
// sass: k_attention_combine MUFU.EX2 1
// sass: k_attention_combine FFMA 2
#include "mma.cuh"

enum {
    HEAD = 128, // numbers of a head: rows of 256 B in shared memory
    HEAD_B = HEAD * 2,
    HEAD_CHUNKS = HEAD / CHUNK_HALVES,
    HEAD_BLOCKS = HEAD / 16, // steps of an mma along a head
};

// How far into a tile of rows that lie `stride` halves apart the first chunk of a thread is.
static __device__ __forceinline__ int first_chunk(int thread, int stride) {
    return thread / HEAD_CHUNKS * stride + thread % HEAD_CHUNKS * CHUNK_HALVES;
}

// Copies a tile, of which `left` rows are there; zeros for the others. Each of `threads` threads
// calls with `from` at its first chunk.
template <int rows, int threads>
static __device__ __forceinline__ void copy_rows(uint32_t to, const half *from, int stride,
                                                 int left, int thread) {
    enum { STEP = threads / HEAD_CHUNKS };
#pragma unroll
    for (int i = 0; i < rows / STEP; i++) {
        int row = thread / HEAD_CHUNKS + i * STEP;
        copy_chunk_if(row < left, to + tile_256(row, thread % HEAD_CHUNKS),
                      from + i * STEP * stride);
    }
}

// Largest value and sum over the four lanes that hold a row of an accumulator.
static __device__ __forceinline__ float row_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffff, x, 2));
}

static __device__ __forceinline__ float row_sum(float x) {
    x += __shfl_xor_sync(0xffffffff, x, 1);
    return x + __shfl_xor_sync(0xffffffff, x, 2);
}

// --- prefill -------------------------------------------------------------------------------------

enum {
    QUERIES = 128, // of a CTA
    KEYS = 64,     // of a tile
    PREFILL_WARPS = 4,
    PREFILL_THREADS = PREFILL_WARPS * LANES,
    WARP_QUERIES = QUERIES / PREFILL_WARPS,
    WARP_BLOCKS = WARP_QUERIES / 16, // m16 blocks of a warp
    QUERIES_B = QUERIES * HEAD_B,
    KEYS_B = KEYS * HEAD_B,
    PREFILL_SHARED_B = QUERIES_B + 2 * 2 * KEYS_B, // Q; twice K and V
};

struct prefill_args {
    const half *q, *k, *v;
    half *out;
    int length, heads, kv_heads, group; // group: heads of a key-value head
    float scale; // of a score, times log2 e
};

struct prefill_state {
    float out[WARP_BLOCKS][HEAD_BLOCKS * 2][4];
    float max[WARP_BLOCKS][2], sum[WARP_BLOCKS][2]; // of rows group and group + 8; sum: this lane's
};

typedef float prefill_scores[WARP_BLOCKS][KEYS / 8][4];

// scores = Q K^T
static __device__ __forceinline__ void prefill_multiply_k(prefill_scores &scores, uint32_t q,
                                                          uint32_t k) {
    uint32_t lane = threadIdx.x % LANES, warp = threadIdx.x / LANES;
    q += tile_256(warp * WARP_QUERIES + down_row(lane), down_chunk(lane));
    k += tile_256(right_row(lane), right_chunk(lane));
#pragma unroll
    for (int y = 0; y < WARP_BLOCKS; y++)
#pragma unroll
        for (int x = 0; x < KEYS / 8; x++)
            for (int i = 0; i < 4; i++) scores[y][x][i] = 0;
#pragma unroll
    for (int step = 0; step < HEAD_BLOCKS; step++) {
        uint32_t left[WARP_BLOCKS][4];
#pragma unroll
        for (int y = 0; y < WARP_BLOCKS; y++)
            ldmatrix(left[y], along_256(q, step * 2) + y * 16 * HEAD_B);
#pragma unroll
        for (int x = 0; x < KEYS / 16; x++) {
            uint32_t right[4];
            ldmatrix(right, along_256(k, step * 2) + x * 16 * HEAD_B);
#pragma unroll
            for (int y = 0; y < WARP_BLOCKS; y++) {
                mma_16816(scores[y][x * 2], left[y], right[0], right[1]);
                mma_16816(scores[y][x * 2 + 1], left[y], right[2], right[3]);
            }
        }
    }
}

// Takes away the keys that a query must not see: with `causal` those after it, else those from
// `length` on. (Where both would count, the query itself is beyond the length, and is not written.)
template <bool causal>
static __device__ __forceinline__ void prefill_mask(prefill_scores &scores, int query, int key,
                                                    int length) {
    int lane = threadIdx.x % LANES, row = query + lane / 4, column = key + lane % 4 * 2;
#pragma unroll
    for (int y = 0; y < WARP_BLOCKS; y++)
#pragma unroll
        for (int half_y = 0; half_y < 2; half_y++) {
            int last = (causal ? row + y * 16 + half_y * 8 : length - 1) - column;
#pragma unroll
            for (int x = 0; x < KEYS / 8; x++)
#pragma unroll
                for (int i = 0; i < 2; i++)
                    if (x * 8 + i > last) scores[y][x][half_y * 2 + i] = -INFINITY;
        }
}

// Turns scores into weights and brings the sums so far to the new largest score. Every row has seen
// a key by the end of the first tile, so that its largest score is finite.
static __device__ __forceinline__ void prefill_softmax(struct prefill_state &state,
                                                       prefill_scores &scores, float scale) {
#pragma unroll
    for (int y = 0; y < WARP_BLOCKS; y++)
#pragma unroll
        for (int half_y = 0; half_y < 2; half_y++) {
            float before = state.max[y][half_y], now = before;
#pragma unroll
            for (int x = 0; x < KEYS / 8; x++)
                now = fmaxf(now, fmaxf(scores[y][x][half_y * 2], scores[y][x][half_y * 2 + 1]));
            now = row_max(now);
            float fade = exp2_fast((before - now) * scale), offset = now * scale;
            state.max[y][half_y] = now;
            float sum = state.sum[y][half_y] * fade;
#pragma unroll
            for (int x = 0; x < KEYS / 8; x++)
#pragma unroll
                for (int i = half_y * 2; i < half_y * 2 + 2; i++) {
                    scores[y][x][i] = exp2_fast(scores[y][x][i] * scale - offset);
                    sum += scores[y][x][i];
                }
            state.sum[y][half_y] = sum;
#pragma unroll
            for (int x = 0; x < HEAD_BLOCKS * 2; x++) {
                state.out[y][x][half_y * 2] *= fade;
                state.out[y][x][half_y * 2 + 1] *= fade;
            }
        }
}

// The accumulator of two n8 blocks of scores is, rounded to halves, the A operand of 16 keys.
static __device__ __forceinline__ void weights_of(uint32_t (&to)[4], const float (&left)[4],
                                                  const float (&right)[4]) {
    to[0] = pack_halves(left[0], left[1]);
    to[1] = pack_halves(left[2], left[3]);
    to[2] = pack_halves(right[0], right[1]);
    to[3] = pack_halves(right[2], right[3]);
}

// out += weights V
static __device__ __forceinline__ void prefill_multiply_v(struct prefill_state &state,
                                                          const prefill_scores &weights,
                                                          uint32_t v) {
    uint32_t lane = threadIdx.x % LANES;
    v += tile_256(down_row(lane), down_chunk(lane));
#pragma unroll
    for (int step = 0; step < KEYS / 16; step++) {
        uint32_t left[WARP_BLOCKS][4];
#pragma unroll
        for (int y = 0; y < WARP_BLOCKS; y++)
            weights_of(left[y], weights[y][step * 2], weights[y][step * 2 + 1]);
#pragma unroll
        for (int x = 0; x < HEAD_BLOCKS; x++) {
            uint32_t right[4];
            ldmatrix_trans(right, along_256(v, x * 2) + step * 16 * HEAD_B);
#pragma unroll
            for (int y = 0; y < WARP_BLOCKS; y++) {
                mma_16816(state.out[y][x * 2], left[y], right[0], right[1]);
                mma_16816(state.out[y][x * 2 + 1], left[y], right[2], right[3]);
            }
        }
    }
}

// Divides by the sums and writes out, through the rows of Q: a warp's own, which nobody else reads.
static __device__ __forceinline__ void prefill_write(const struct prefill_args &args, half *out,
                                                     struct prefill_state &state, int query,
                                                     unsigned char *q) {
    int lane = threadIdx.x % LANES, warp = threadIdx.x / LANES;
    unsigned char *rows = q + warp * WARP_QUERIES * HEAD_B;
    __syncwarp();
#pragma unroll
    for (int y = 0; y < WARP_BLOCKS; y++)
#pragma unroll
        for (int half_y = 0; half_y < 2; half_y++) {
            float factor = __fdividef(1, row_sum(state.sum[y][half_y]));
            int row = y * 16 + half_y * 8 + lane / 4;
#pragma unroll
            for (int x = 0; x < HEAD_CHUNKS; x++) {
                const float *from = &state.out[y][x][half_y * 2];
                unsigned char *to = rows + tile_256(row, x) + lane % 4 * 4;
                *reinterpret_cast<half2 *>(to) =
                    __floats2half2_rn(from[0] * factor, from[1] * factor);
            }
        }
    __syncwarp();
    int chunk = lane % HEAD_CHUNKS;
#pragma unroll
    for (int row = lane / HEAD_CHUNKS; row < WARP_QUERIES; row += LANES / HEAD_CHUNKS) {
        if (query + row >= args.length) continue;
        half *to = out + (query + row) * args.heads * HEAD + chunk * CHUNK_HALVES;
        *reinterpret_cast<uint4 *>(to) =
            *reinterpret_cast<const uint4 *>(rows + tile_256(row, chunk));
    }
}

template <bool causal>
static __device__ __forceinline__ void prefill(const struct prefill_args &args) {
    extern __shared__ __align__(256) unsigned char shared[];
    uint32_t q = shared_address(shared), k = q + QUERIES_B, v = k + 2 * KEYS_B;
    int head = blockIdx.y, kv_head = head / args.group;
    // With a causal mask the last tiles take longest: they go first.
    int tile = causal ? gridDim.x - 1 - blockIdx.x : blockIdx.x, query = tile * QUERIES;
    int q_stride = args.heads * HEAD, kv_stride = args.kv_heads * HEAD;
    size_t q_at = size_t(blockIdx.z) * args.length * q_stride + head * HEAD;
    size_t kv_at = size_t(blockIdx.z) * args.length * kv_stride + kv_head * HEAD;
    int limit = causal ? min(query + int(QUERIES), args.length) : args.length;

    struct prefill_state state;
#pragma unroll
    for (int y = 0; y < WARP_BLOCKS; y++) {
#pragma unroll
        for (int x = 0; x < HEAD_BLOCKS * 2; x++)
            for (int i = 0; i < 4; i++) state.out[y][x][i] = 0;
        for (int i = 0; i < 2; i++) state.max[y][i] = -INFINITY, state.sum[y][i] = 0;
    }

    int thread = threadIdx.x, warp_query = query + thread / LANES * WARP_QUERIES;
    const half *q_from = args.q + q_at + size_t(query) * q_stride + first_chunk(thread, q_stride);
    const half *k_from = args.k + kv_at + first_chunk(thread, kv_stride);
    const half *v_from = args.v + kv_at + first_chunk(thread, kv_stride);
    int key = 0;
    copy_rows<QUERIES, PREFILL_THREADS>(q, q_from, q_stride, args.length - query, thread);
    copy_rows<KEYS, PREFILL_THREADS>(k, k_from, kv_stride, args.length, thread);
    copy_rows<KEYS, PREFILL_THREADS>(v, v_from, kv_stride, args.length, thread);
    copy_commit();
    do {
        // All of this tile is there, and nobody reads the tile before it any more.
        copy_wait<0>();
        __syncthreads();
        int next = key + KEYS, left = args.length - next;
        uint32_t now = key / KEYS % 2 * KEYS_B, other = KEYS_B - now;
        if (next < limit) {
            k_from += KEYS * kv_stride;
            v_from += KEYS * kv_stride;
            copy_rows<KEYS, PREFILL_THREADS>(k + other, k_from, kv_stride, left, thread);
            copy_rows<KEYS, PREFILL_THREADS>(v + other, v_from, kv_stride, left, thread);
        }
        copy_commit();
        prefill_scores scores;
        prefill_multiply_k(scores, q, k + now);
        if (next > (causal ? query + 1 : args.length))
            prefill_mask<causal>(scores, warp_query, key, args.length);
        prefill_softmax(state, scores, args.scale);
        prefill_multiply_v(state, scores, v + now);
        key = next;
    } while (key < limit);
    prefill_write(args, args.out + q_at, state, warp_query, shared);
}

__global__ void __launch_bounds__(PREFILL_THREADS)
    k_attention_prefill_full(const struct prefill_args args) {
    prefill<false>(args);
}

__global__ void __launch_bounds__(PREFILL_THREADS)
    k_attention_prefill_causal(const struct prefill_args args) {
    prefill<true>(args);
}

// --- decode --------------------------------------------------------------------------------------

enum {
    GROUP_MOST = 8, // heads of a key-value head: rows 0 to 7 of an m16 block; 8 to 15 are 0
    DECODE_WARPS = 4,
    DECODE_THREADS = DECODE_WARPS * LANES,
    WARP_KEYS = 16,                        // of a warp's tile
    ROUND_KEYS = WARP_KEYS * DECODE_WARPS, // a tile of each warp; a split is a multiple of it
    DECODE_STAGES = 3,
    WARP_TILE_B = WARP_KEYS * HEAD_B,
    DECODE_STAGE_B = 2 * WARP_TILE_B, // K, then V
    DECODE_WARP_B = DECODE_STAGES * DECODE_STAGE_B,
    DECODE_SHARED_B = DECODE_WARPS * DECODE_WARP_B,
    SUM_STRIDE = HEAD + 8, // floats of a row of a warp's sums: no bank conflicts
    SPLITS_MOST = 128,
};
static_assert(GROUP_MOST * SUM_STRIDE * 4 <= DECODE_WARP_B, "sums are staged where K and V were");
static_assert(DECODE_THREADS == int(HEAD), "a thread joins one number of the heads");
static_assert(SPLITS_MOST <= int(HEAD), "a thread of the combining CTA reads one total");

struct decode_args {
    const half *q, *k, *v;
    float *sums;    // [batch][head][split][128], not yet divided
    float2 *totals; // [batch][head][split]: the largest score, times log2 e; the sum of the weights
    int length, split_length, heads, kv_heads, group; // group: heads of a key-value head
    float scale; // of a score, times log2 e
};

struct decode_state {
    float out[HEAD_BLOCKS * 2][4]; // of which elements 0 and 1 count: row group
    float max, sum;                // of row group; sum: this lane's
};

// The A operands of Q, zeros in rows without a head: lane by lane from global memory, as it is read
// once.
static __device__ __forceinline__ void decode_fetch_q(uint32_t (&to)[HEAD_BLOCKS][4],
                                                      const half *q, int group) {
    int lane = threadIdx.x % LANES;
#pragma unroll
    for (int half_y = 0; half_y < 2; half_y++) {
        int row = lane / 4 + half_y * 8;
        const half *from = q + min(row, group - 1) * HEAD + lane % 4 * 2;
#pragma unroll
        for (int step = 0; step < HEAD_BLOCKS; step++) {
            uint32_t low = *reinterpret_cast<const uint32_t *>(from + step * 16);
            uint32_t high = *reinterpret_cast<const uint32_t *>(from + step * 16 + 8);
            to[step][half_y] = row < group ? low : 0;
            to[step][half_y + 2] = row < group ? high : 0;
        }
    }
}

// One tile of 16 keys from `key` on, of which those before `end` count: the first one does.
static __device__ __forceinline__ void decode_tile(struct decode_state &state,
                                                   const uint32_t (&q)[HEAD_BLOCKS][4],
                                                   uint32_t tile, int key, int end, float scale) {
    uint32_t lane = threadIdx.x % LANES;
    uint32_t k = tile + tile_256(right_row(lane), right_chunk(lane));
    uint32_t v = tile + WARP_TILE_B + tile_256(down_row(lane), down_chunk(lane));
    float scores[2][4] = {};
#pragma unroll
    for (int step = 0; step < HEAD_BLOCKS; step++) {
        uint32_t right[4];
        ldmatrix(right, along_256(k, step * 2));
        mma_16816(scores[0], q[step], right[0], right[1]);
        mma_16816(scores[1], q[step], right[2], right[3]);
    }

    float before = state.max, now = before;
#pragma unroll
    for (int x = 0; x < 2; x++)
#pragma unroll
        for (int i = 0; i < 2; i++) {
            bool inside = key + x * 8 + int(lane % 4) * 2 + i < end;
            scores[x][i] = inside ? scores[x][i] * scale : -INFINITY;
            now = fmaxf(now, scores[x][i]);
        }
    now = row_max(now);
    float fade = exp2_fast(before - now);
    state.max = now;
    state.sum *= fade;
#pragma unroll
    for (int x = 0; x < 2; x++)
#pragma unroll
        for (int i = 0; i < 2; i++) {
            scores[x][i] = exp2_fast(scores[x][i] - now);
            state.sum += scores[x][i];
        }
#pragma unroll
    for (int x = 0; x < HEAD_BLOCKS * 2; x++) {
        state.out[x][0] *= fade;
        state.out[x][1] *= fade;
    }

    uint32_t left[4] = {pack_halves(scores[0][0], scores[0][1]), 0,
                        pack_halves(scores[1][0], scores[1][1]), 0};
#pragma unroll
    for (int x = 0; x < HEAD_BLOCKS; x++) {
        uint32_t right[4];
        ldmatrix_trans(right, along_256(v, x * 2));
        mma_16816(state.out[x * 2], left, right[0], right[1]);
        mma_16816(state.out[x * 2 + 1], left, right[2], right[3]);
    }
}

// Joins the warps' sums of each head and writes those of the split.
static __device__ __forceinline__ void decode_write(const struct decode_args &args,
                                                    struct decode_state &state, int head,
                                                    unsigned char *shared) {
    __shared__ float2 totals[DECODE_WARPS][GROUP_MOST];
    int lane = threadIdx.x % LANES, warp = threadIdx.x / LANES, row = lane / 4;
    float sum = row_sum(state.sum);
    __syncwarp(); // the tiles of this warp make room
    float *to = reinterpret_cast<float *>(shared + warp * DECODE_WARP_B) + row * SUM_STRIDE +
                lane % 4 * 2;
#pragma unroll
    for (int x = 0; x < HEAD_BLOCKS * 2; x++)
        *reinterpret_cast<float2 *>(to + x * 8) = make_float2(state.out[x][0], state.out[x][1]);
    if (lane % 4 == 0) totals[warp][row] = make_float2(state.max, sum);
    __syncthreads();

    for (int i = 0; i < args.group; i++) {
        // Warp 0 has keys in every split; one without any has minus infinity, and weighs nothing.
        float largest = totals[0][i].x, all = 0, value = 0;
#pragma unroll
        for (int w = 1; w < DECODE_WARPS; w++) largest = fmaxf(largest, totals[w][i].x);
#pragma unroll
        for (int w = 0; w < DECODE_WARPS; w++) {
            const float *from = reinterpret_cast<const float *>(shared + w * DECODE_WARP_B);
            float weight = exp2_fast(totals[w][i].x - largest);
            all += weight * totals[w][i].y;
            value += weight * from[i * SUM_STRIDE + threadIdx.x];
        }
        size_t at = (size_t(blockIdx.z) * args.heads + head + i) * gridDim.x + blockIdx.x;
        args.sums[at * HEAD + threadIdx.x] = value;
        if (threadIdx.x == 0) args.totals[at] = make_float2(largest, all);
    }
}

// The keys and values of a warp that are still to be copied.
struct decode_source {
    const half *k, *v; // the lane's first chunks of the warp's next tile
    int stride, left;  // keys from there to the end of the split
};

static __device__ __forceinline__ void decode_copy(uint32_t to, struct decode_source &from) {
    int lane = threadIdx.x % LANES;
    copy_rows<WARP_KEYS, LANES>(to, from.k, from.stride, from.left, lane);
    copy_rows<WARP_KEYS, LANES>(to + WARP_TILE_B, from.v, from.stride, from.left, lane);
    from.k += ROUND_KEYS * from.stride;
    from.v += ROUND_KEYS * from.stride;
    from.left -= ROUND_KEYS;
}

// Grid: splits, key-value heads, batch. No split is without keys.
__global__ void __launch_bounds__(DECODE_THREADS, 2)
    k_attention_decode(const struct decode_args args) {
    extern __shared__ __align__(256) unsigned char shared[];
    int warp = threadIdx.x / LANES, stride = args.kv_heads * HEAD;
    int head = blockIdx.y * args.group;
    uint32_t base = shared_address(shared) + warp * DECODE_WARP_B;
    int begin = blockIdx.x * args.split_length + warp * WARP_KEYS;
    int end = min(int(blockIdx.x + 1) * args.split_length, args.length);
    int tiles = max(end - begin + ROUND_KEYS - 1, 0) / ROUND_KEYS;
    size_t kv_at = (size_t(blockIdx.z) * args.length + begin) * stride + blockIdx.y * HEAD +
                   first_chunk(threadIdx.x % LANES, stride);
    struct decode_source from = {args.k + kv_at, args.v + kv_at, stride, end - begin};

    // Group i of the copies is tile i, also where no such tile is left: an empty group keeps count.
#pragma unroll
    for (int i = 0; i < DECODE_STAGES - 1; i++) {
        if (i < tiles) decode_copy(base + i * DECODE_STAGE_B, from);
        copy_commit();
    }
    uint32_t q[HEAD_BLOCKS][4];
    decode_fetch_q(q, args.q + (size_t(blockIdx.z) * args.heads + head) * HEAD,
                   args.group);
    struct decode_state state;
#pragma unroll
    for (int x = 0; x < HEAD_BLOCKS * 2; x++)
        for (int i = 0; i < 4; i++) state.out[x][i] = 0;
    state.max = -INFINITY;
    state.sum = 0;

    uint32_t stage = 0;
    for (int i = 0; i < tiles; i++) {
        copy_wait<DECODE_STAGES - 2>();
        __syncwarp(); // the other lanes' copies, and their reading of the tile before this one
        uint32_t unread = stage == 0 ? DECODE_STAGES - 1 : stage - 1;
        if (i + DECODE_STAGES - 1 < tiles) decode_copy(base + unread * DECODE_STAGE_B, from);
        copy_commit();
        decode_tile(state, q, base + stage * DECODE_STAGE_B, begin + i * ROUND_KEYS, end,
                    args.scale);
        stage = stage == DECODE_STAGES - 1 ? 0 : stage + 1;
    }
    copy_wait<0>();
    decode_write(args, state, head, shared);
}

// A CTA joins the splits of a head of a sequence.
__global__ void __launch_bounds__(HEAD)
    k_attention_combine(half *out, const float *sums, const float2 *totals, int splits) {
    __shared__ float2 all[SPLITS_MOST];
    size_t first = size_t{blockIdx.x} * splits;
    if (int(threadIdx.x) < splits) all[threadIdx.x] = totals[first + threadIdx.x];
    __syncthreads();
    float largest = all[0].x;
    for (int i = 1; i < splits; i++) largest = fmaxf(largest, all[i].x);
    float total = 0, value = 0;
#pragma unroll 4
    for (int i = 0; i < splits; i++) {
        float weight = exp2_fast(all[i].x - largest);
        total += weight * all[i].y;
        value += weight * sums[(first + i) * HEAD + threadIdx.x];
    }
    out[size_t{blockIdx.x} * HEAD + threadIdx.x] = __float2half_rn(__fdividef(value, total));
}

// --- reference -----------------------------------------------------------------------------------

enum { SAMPLES_MOST = 2048 };

// A CTA a row (of batch, query and head), a thread a key and then a number of the head. No largest
// score is taken away: the inputs keep the exponentials well inside of a double.
__global__ void ref_attention(double *out, size_t stride, const half *q, const half *k,
                              const half *v, int queries, int keys, int heads, int kv_heads,
                              bool causal) {
    __shared__ double weights[HEAD];
    int row = int(sampled(blockIdx.x, stride)), me = threadIdx.x;
    int head = row % heads, query = row / heads % queries, batch = row / heads / queries;
    int limit = causal ? query + 1 : keys;
    size_t kv_at = (size_t(batch) * keys * kv_heads + head / (heads / kv_heads)) * HEAD;
    double total = 0, value = 0;
    for (int first = 0; first < limit; first += HEAD) {
        double score = 0;
        if (first + me < limit)
            for (int i = 0; i < HEAD; i++)
                score += double(__half2float(q[size_t(row) * HEAD + i])) *
                         double(__half2float(k[kv_at + size_t(first + me) * kv_heads * HEAD + i]));
        weights[me] = first + me < limit ? exp(score / sqrt(double(HEAD))) : 0;
        __syncthreads();
        for (int i = 0; i < HEAD && first + i < limit; i++) {
            total += weights[i];
            value += weights[i] *
                     double(__half2float(v[kv_at + size_t(first + i) * kv_heads * HEAD + me]));
        }
        __syncthreads();
    }
    out[size_t{blockIdx.x} * HEAD + me] = value / total;
}

// --- cases ---------------------------------------------------------------------------------------

struct attention_size {
    int batch, heads, kv_heads, length; // length: of the keys
    enum job_use use;
};

// Inputs and result of a size. Queries reach to 4, so that scores spread by 4/3 around 0: some keys
// weigh a hundred times what others do, and none all.
struct attention_data {
    struct attention_size size;
    int queries;
    truth_buffer<half> q, k, v, out;
    attention_data(const struct attention_size &of, int query_count)
        : size(of), queries(query_count),
          q(size_t(of.batch) * query_count * of.heads * HEAD),
          k(size_t(of.batch) * of.length * of.kv_heads * HEAD), v(k.count), out(q.count) {
        fill_random(q, 0, 4);
        fill_random(k, RANDOM_POOL / 3, 1);
        fill_random(v, RANDOM_POOL / 3 * 2, 1);
    }
};

static double attention_error(const struct attention_data &data, bool causal) {
    size_t rows = data.out.count / HEAD, stride = sample_stride(rows, SAMPLES_MOST);
    size_t count = rows / stride;
    truth_buffer<double> ref(count * HEAD);
    ref_attention<<<unsigned(count), HEAD>>>(ref.at, stride, data.q.at, data.k.at, data.v.at,
                                             data.queries, data.size.length, data.size.heads,
                                             data.size.kv_heads, causal);
    TRUTH_LAUNCHED();
    std::vector<half> all = data.out.get(), some(count * HEAD);
    for (size_t i = 0; i < count * HEAD; i++)
        some[i] = all[sampled(i / HEAD, stride) * HEAD + i % HEAD];
    return truth_error(some, ref.get());
}

// What prefill and decode have in common; `pairs` of a query and a key for each head.
static struct truth_job attention_job(struct attention_data &data, bool causal, double pairs) {
    const struct attention_size &size = data.size;
    struct truth_job job;
    job.params = truth_format("batch=%d heads=%d kv_heads=%d length=%d", size.batch, size.heads,
                              size.kv_heads, size.length);
    job.flop = 4.0 * HEAD * pairs * size.heads * size.batch;
    job.bytes = double(sizeof(half)) *
                double(data.q.count + data.k.count + data.v.count + data.out.count);
    job.kernels = 1;
    job.tolerance = 2e-3;
    job.poison = [&data]() { data.out.fill_bytes(0xff); };
    job.error = [&data, causal]() { return attention_error(data, causal); };
    return job;
}

static const float score_scale = 0.08838834764831845f * 1.4426950408889634f; // log2 e / sqrt(HEAD)

static void run_prefill_size(const struct attention_size &size, bool causal) {
    attention_data data(size, size.length);
    int group = size.heads / size.kv_heads;
    struct prefill_args args = {data.q.at,   data.k.at,  data.v.at,     data.out.at,
                                size.length, size.heads, size.kv_heads, group,
                                score_scale};
    double pairs = causal ? 0.5 * size.length * (size.length + 1.0)
                          : double(size.length) * size.length;
    void (*kernel)(const struct prefill_args) =
        causal ? k_attention_prefill_causal : k_attention_prefill_full;
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            PREFILL_SHARED_B));
    dim3 grid((size.length + QUERIES - 1) / QUERIES, size.heads, size.batch);
    struct truth_job job = attention_job(data, causal, pairs);
    job.launch = [&]() {
        kernel<<<grid, PREFILL_THREADS, PREFILL_SHARED_B>>>(args);
        TRUTH_LAUNCHED();
    };
    truth_run(job);
}

static void run_prefills(bool causal) {
    static const struct attention_size sizes[] = {
        {1, 4, 4, 256, JOB_ALWAYS},   {1, 32, 8, 256, JOB_FULL},   {1, 4, 4, 1024, JOB_FULL},
        {1, 32, 8, 1024, JOB_ALWAYS}, {1, 4, 1, 4096, JOB_FULL},   {1, 32, 32, 4096, JOB_FULL},
        {1, 32, 8, 4096, JOB_FULL},   {2, 4, 2, 200, JOB_CHECK}, // tiles that are not full
        {3, 2, 1, 1, JOB_CHECK},
    };
    for (const struct attention_size &size : sizes)
        if (job_wanted(size.use)) run_prefill_size(size, causal);
}

static void run_prefill(void) {
    run_prefills(false);
}

static void run_prefill_causal(void) {
    run_prefills(true);
}

// Keys of a split, so that about two CTAs an SM are there; a multiple of what warps take at once.
static int split_length_of(const struct attention_size &size) {
    int wanted = 2 * truth.device.multiProcessorCount / (size.batch * size.kv_heads);
    wanted = std::max(1, std::min(wanted, int(SPLITS_MOST)));
    int length = (size.length + wanted - 1) / wanted;
    return (length + ROUND_KEYS - 1) / ROUND_KEYS * ROUND_KEYS;
}

static void run_decode_size(const struct attention_size &size) {
    attention_data data(size, 1);
    int split_length = split_length_of(size);
    int splits = (size.length + split_length - 1) / split_length;
    int rows = size.batch * size.heads;
    truth_buffer<float> sums(size_t(rows) * splits * HEAD);
    truth_buffer<float2> totals(size_t(rows) * splits);
    int group = size.heads / size.kv_heads;
    struct decode_args args = {data.q.at,   data.k.at,    data.v.at,  sums.at,
                               totals.at,   size.length,  split_length, size.heads,
                               size.kv_heads, group,      score_scale};
    CU(cudaFuncSetAttribute(k_attention_decode, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            DECODE_SHARED_B));
    dim3 grid(splits, size.kv_heads, size.batch);
    struct truth_job job = attention_job(data, false, size.length);
    job.params += truth_format(" splits=%d", splits);
    job.kernels = 2;
    job.launch = [&]() {
        k_attention_decode<<<grid, DECODE_THREADS, DECODE_SHARED_B>>>(args);
        TRUTH_LAUNCHED();
        k_attention_combine<<<rows, HEAD>>>(data.out.at, sums.at, totals.at, splits);
        TRUTH_LAUNCHED();
    };
    job.poison = [&]() {
        data.out.fill_bytes(0xff);
        sums.fill_bytes(0xff);
        totals.fill_bytes(0xff);
    };
    truth_run(job);
}

static void run_decode(void) {
    static const struct attention_size sizes[] = {
        {1, 32, 8, 256, JOB_ALWAYS},  {1, 32, 8, 4096, JOB_ALWAYS}, {1, 32, 8, 16384, JOB_FULL},
        {1, 64, 8, 16384, JOB_FULL},  {16, 32, 8, 256, JOB_FULL},   {16, 32, 8, 4096, JOB_FULL},
        {16, 64, 8, 4096, JOB_FULL},  {4, 64, 8, 16384, JOB_FULL},
        {3, 14, 2, 1003, JOB_CHECK}, // 7 heads a group; the last tile is not full
        {2, 4, 4, 5, JOB_CHECK},     // three warps have nothing to do
        {1, 8, 1, 20000, JOB_CHECK},
    };
    for (const struct attention_size &size : sizes)
        if (job_wanted(size.use)) run_decode_size(size);
}

static const struct truth_case cases[] = {
    {"prefill", run_prefill, 80},
    {"prefill_causal", run_prefill_causal, 80},
    {"decode", run_decode, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "attention", TRUTH_CASES(cases));
}
