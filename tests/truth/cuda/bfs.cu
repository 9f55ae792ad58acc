// One level of a breadth-first search over a graph in CSR form: by masks over all vertices (as in
// Rodinia) and by a queue of the frontier with atomics; on a uniform random graph and on one whose
// degrees follow a power law.
//
// The level that finds the most vertices is the one launched. The host prepares the state before
// it, and a launch finds that state again after another: the step by masks reads none of what it
// writes, and the one by queue is told what marks an unseen vertex, which is what the launch before
// it wrote in those it found.
#include "kernels.cuh"

static const int threads = 256;
static const int no_level = -1;
static const uint32_t mean_degree = 8;
static const uint32_t unseen_first = 1u << 30; // above each distance

// --- kernels -------------------------------------------------------------------------------------

// A thread a vertex. Two threads that find the same vertex write the same.
// sass: k_bfs_step LDG.E.U8 2
// sass: k_bfs_step LDG.E 4
// sass: k_bfs_step STG.E.U8 1
__global__ void k_bfs_step(const uint32_t *__restrict__ offsets,
                           const uint32_t *__restrict__ columns,
                           const uint8_t *__restrict__ frontier,
                           const uint8_t *__restrict__ visited, int *cost, uint8_t *next,
                           int vertices) {
    int vertex = blockIdx.x * blockDim.x + threadIdx.x;
    if (vertex >= vertices || !frontier[vertex]) return;
    int level = cost[vertex] + 1;
    uint32_t end = offsets[vertex + 1];
    for (uint32_t edge = offsets[vertex]; edge < end; edge++) {
        uint32_t to = columns[edge];
        if (visited[to]) continue;
        cost[to] = level;
        next[to] = 1;
    }
}

struct frontier_queue { // tail counts on over the launches; the queue of one begins at tail_start
    uint32_t *at, *tail;
    uint32_t tail_start, capacity;
};

// A thread a vertex of the frontier. Of the threads that find a vertex one alone queues it.
// sass: k_bfs_frontier LDG.E 4
// sass: k_bfs_frontier ATOM 2
// sass: k_bfs_frontier STG.E 1
__global__ void k_bfs_frontier(const uint32_t *__restrict__ offsets,
                               const uint32_t *__restrict__ columns,
                               const uint32_t *__restrict__ frontier, int count, uint32_t *distance,
                               uint32_t unseen, uint32_t found, struct frontier_queue queue) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    uint32_t vertex = frontier[i], end = offsets[vertex + 1];
    for (uint32_t edge = offsets[vertex]; edge < end; edge++) {
        uint32_t to = columns[edge];
        if (distance[to] != unseen) continue;
        if (atomicCAS(&distance[to], unseen, found) != unseen) continue;
        uint32_t slot = atomicAdd(queue.tail, 1u) - queue.tail_start;
        if (slot < queue.capacity) queue.at[slot] = to;
    }
}

// --- graphs --------------------------------------------------------------------------------------

struct graph {
    std::vector<uint32_t> offsets, columns; // of vertex v: columns[offsets[v]] .. [offsets[v + 1]]
    std::vector<int> levels;                // no_level where the search does not come
    std::vector<uint32_t> frontier, found;  // of the level that is launched, and of the next
    int level;
    size_t edges; // out of the frontier
    uint32_t vertices(void) const {
        return static_cast<uint32_t>(offsets.size() - 1);
    }
    uint32_t degree(uint32_t vertex) const {
        return offsets[vertex + 1] - offsets[vertex];
    }
};

// A number below 2^32 times `limit`, over 2^32.
static uint32_t below(uint32_t number, uint32_t limit) {
    return static_cast<uint32_t>((static_cast<uint64_t>(number) * limit) >> 32);
}

static uint32_t uniform_degree(uint32_t number, uint32_t) { // mean_degree on the average
    return mean_degree / 2 + below(number, mean_degree + 1);
}

// P(degree > x) = 1.3 / x up to a cap, which bounds the time of the thread that has that vertex: a
// mean of about 8 at a cap of 256.
static uint32_t power_degree(uint32_t number, uint32_t vertices) {
    uint32_t cap = std::min(256u, vertices / 64);
    double degree = 1.3 * 4294967296.0 / (number + 1.0);
    return degree < cap ? static_cast<uint32_t>(degree) : cap;
}

static uint32_t uniform_column(uint32_t number, uint32_t vertices) {
    return below(number, vertices);
}

// The density of the ends falls with the square root of their rank; ranks are strewn over the
// vertices.
static uint32_t power_column(uint32_t number, uint32_t vertices) {
    uint32_t squared = static_cast<uint32_t>((static_cast<uint64_t>(number) * number) >> 32);
    return (below(squared, vertices) * 0x9e3779b1u) & (vertices - 1); // vertices: a power of two
}

struct graph_kind {
    const char *name;
    uint32_t (*degree)(uint32_t number, uint32_t vertices);
    uint32_t (*column)(uint32_t number, uint32_t vertices);
};

static const struct graph_kind kinds[] = {
    {"uniform", uniform_degree, uniform_column},
    {"power_law", power_degree, power_column},
};
static const size_t kind_count = sizeof kinds / sizeof *kinds;

static void generate(struct graph *graph, const struct graph_kind &kind, uint32_t vertices) {
    graph->offsets.resize(vertices + size_t{1});
    for (uint32_t i = 0; i < vertices; i++)
        graph->offsets[i + 1] = graph->offsets[i] + kind.degree(kernel_bits(1, i), vertices);
    graph->columns.resize(graph->offsets[vertices]);
    for (size_t i = 0; i < graph->columns.size(); i++)
        graph->columns[i] = kind.column(kernel_bits(2, i), vertices);
}

// The vertices of the level after that of `frontier`, in the order in which they are found.
static std::vector<uint32_t> expand(struct graph *graph, const std::vector<uint32_t> &frontier,
                                    int level) {
    std::vector<uint32_t> found;
    for (uint32_t vertex : frontier)
        for (uint32_t edge = graph->offsets[vertex]; edge < graph->offsets[vertex + 1]; edge++) {
            uint32_t to = graph->columns[edge];
            if (graph->levels[to] != no_level) continue;
            graph->levels[to] = level + 1;
            found.push_back(to);
        }
    return found;
}

// Searches from vertex 0 and keeps the level that finds the most vertices.
static void search(struct graph *graph) {
    graph->levels.assign(graph->vertices(), no_level);
    graph->levels[0] = 0;
    std::vector<uint32_t> frontier = {0};
    for (int level = 0; !frontier.empty(); level++) {
        std::vector<uint32_t> found = expand(graph, frontier, level);
        if (found.size() > graph->found.size()) {
            graph->level = level;
            graph->frontier = frontier;
            graph->found = found;
        }
        frontier.swap(found);
    }
    graph->edges = 0;
    for (uint32_t vertex : graph->frontier) graph->edges += graph->degree(vertex);
}

static const struct {
    const char *size;
    uint32_t vertices;
} sizes[] = {{"small", 1u << 12}, {"medium", 1u << 17}, {"large", 1u << 22}};
static const size_t size_count = sizeof sizes / sizeof *sizes;

// Made once for both cases, since the large ones take a while.
static const struct graph &graph_of(size_t kind, size_t size) {
    static struct graph graphs[kind_count][size_count];
    struct graph *graph = &graphs[kind][size];
    if (graph->offsets.empty()) {
        generate(graph, kinds[kind], sizes[size].vertices);
        search(graph);
    }
    return *graph;
}

static std::string describe(const struct graph &graph, size_t kind, size_t size) {
    return truth_format("graph=%s size=%s vertices=%u edges=%zu level=%d frontier=%zu "
                        "frontier_edges=%zu found=%zu",
                        kinds[kind].name, sizes[size].size, graph.vertices(), graph.columns.size(),
                        graph.level, graph.frontier.size(), graph.edges, graph.found.size());
}

static bool reached(const struct graph &graph, uint32_t vertex) { // before the level is launched
    return graph.levels[vertex] != no_level && graph.levels[vertex] <= graph.level;
}

struct graph_buffers {
    truth_buffer<uint32_t> offsets, columns;
    explicit graph_buffers(const struct graph &graph)
        : offsets(graph.offsets.size()), columns(graph.columns.size()) {
        offsets.set(graph.offsets);
        columns.set(graph.columns);
    }
};

// --- the step by masks ---------------------------------------------------------------------------

static double step_error(const struct graph &graph, const truth_buffer<int> &cost,
                         const truth_buffer<uint8_t> &next) {
    std::vector<int> costs = cost.get();
    std::vector<uint8_t> mask = next.get();
    size_t wrong = 0;
    for (uint32_t v = 0; v < graph.vertices(); v++) {
        bool found = graph.levels[v] == graph.level + 1;
        int want = reached(graph, v) || found ? graph.levels[v] : no_level;
        wrong += costs[v] != want || mask[v] != found;
    }
    return static_cast<double>(wrong);
}

static void step(const struct graph &graph, const std::string &params) {
    uint32_t vertices = graph.vertices();
    struct graph_buffers on_gpu(graph);
    truth_buffer<uint8_t> frontier(vertices), visited(vertices), next(vertices);
    truth_buffer<int> cost(vertices);
    std::vector<uint8_t> in_frontier(vertices), is_visited(vertices);
    std::vector<int> costs(vertices, no_level);
    for (uint32_t v = 0; v < vertices; v++) {
        if (!reached(graph, v)) continue;
        costs[v] = graph.levels[v];
        is_visited[v] = 1;
        in_frontier[v] = graph.levels[v] == graph.level;
    }
    frontier.set(in_frontier);
    visited.set(is_visited);
    struct truth_job job;
    job.params = params;
    job.flop = 0;
    job.bytes = 2.0 * vertices + 4.0 * static_cast<double>(graph.edges) + // masks, columns
                12.0 * static_cast<double>(graph.frontier.size()) +       // offsets, cost
                5.0 * static_cast<double>(graph.found.size());            // cost, mask
    job.kernels = 1;
    job.tolerance = 0;
    job.launch = [&] {
        k_bfs_step<<<kernel_ctas(vertices, threads), threads>>>(
            on_gpu.offsets.at, on_gpu.columns.at, frontier.at, visited.at, cost.at, next.at,
            static_cast<int>(vertices));
        TRUTH_LAUNCHED();
    };
    job.poison = [&] {
        cost.set(costs);
        next.fill_bytes(0);
    };
    job.error = [&] { return step_error(graph, cost, next); };
    truth_run(job);
}

// --- the step by queue ---------------------------------------------------------------------------

static double frontier_error(const struct graph &graph, const truth_buffer<uint32_t> &distance,
                             const truth_buffer<uint32_t> &queue,
                             const truth_buffer<uint32_t> &tail) {
    std::vector<uint32_t> got = queue.get(), want = graph.found, distances = distance.get();
    size_t wrong = tail.get()[0] != want.size();
    std::sort(got.begin(), got.end());
    std::sort(want.begin(), want.end());
    for (size_t i = 0; i < want.size(); i++) wrong += got[i] != want[i];
    for (uint32_t v = 0; v < graph.vertices(); v++) {
        bool found = graph.levels[v] == graph.level + 1;
        uint32_t expected = reached(graph, v) ? static_cast<uint32_t>(graph.levels[v])
                                              : unseen_first + found;
        wrong += distances[v] != expected;
    }
    return static_cast<double>(wrong);
}

static void frontier(const struct graph &graph, const std::string &params) {
    uint32_t vertices = graph.vertices(), found = static_cast<uint32_t>(graph.found.size());
    int count = static_cast<int>(graph.frontier.size());
    struct graph_buffers on_gpu(graph);
    truth_buffer<uint32_t> from(count), distance(vertices), queue(found), tail(1);
    from.set(graph.frontier);
    std::vector<uint32_t> distances(vertices, unseen_first);
    for (uint32_t v = 0; v < vertices; v++)
        if (reached(graph, v)) distances[v] = static_cast<uint32_t>(graph.levels[v]);
    uint32_t launches = 0; // since the poison
    struct truth_job job;
    job.params = params;
    job.flop = 0;
    job.bytes = 12.0 * count + 4.0 * static_cast<double>(graph.edges) + // queue, offsets; columns
                4.0 * std::min<double>(vertices, static_cast<double>(graph.edges)) + // distances
                8.0 * found;                                            // distance, queue
    job.kernels = 1;
    job.tolerance = 0;
    job.anew = true;
    job.launch = [&] {
        uint32_t unseen = unseen_first + launches;
        struct frontier_queue out = {queue.at, tail.at, launches * found, found};
        k_bfs_frontier<<<kernel_ctas(count, threads), threads>>>(
            on_gpu.offsets.at, on_gpu.columns.at, from.at, count, distance.at, unseen, unseen + 1,
            out);
        TRUTH_LAUNCHED();
        launches++;
    };
    job.poison = [&] {
        distance.set(distances);
        queue.fill_bytes(kernel_poison);
        tail.fill_bytes(0);
        launches = 0;
    };
    job.error = [&] { return frontier_error(graph, distance, queue, tail); };
    truth_run(job);
}

// --- cases ---------------------------------------------------------------------------------------

static void each_graph(void (*run)(const struct graph &, const std::string &)) {
    // A large graph takes a second to make.
    size_t sizes_now = truth.quick ? size_count - 1 : size_count;
    for (size_t kind = 0; kind < kind_count; kind++)
        for (size_t size = 0; size < sizes_now; size++) {
            const struct graph &graph = graph_of(kind, size);
            if (graph.found.empty()) {
                truth_expect(false, "the search ends too early");
                continue;
            }
            run(graph, describe(graph, kind, size));
        }
}

static void run_step(void) {
    each_graph(step);
}

static void run_frontier(void) {
    each_graph(frontier);
}

static const struct truth_case cases[] = {
    {"bfs_step", run_step, 80},
    {"bfs_frontier", run_frontier, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "bfs", TRUTH_CASES(cases));
}
