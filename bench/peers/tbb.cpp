/* SPDX-License-Identifier: MIT
 * The shapes in oneTBB's flow graph: a continue_node per task, an edge per input, values in an array.
 *
 *     tbb THREADS TASKS SHAPE */
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>

#include <cinttypes>
#include <cstdio>
#include <deque>
#include <unistd.h>
#include <vector>

#include "bench/shapes.h"
#include "bench/work.h"

namespace {

using node = tbb::flow::continue_node<tbb::flow::continue_msg>;

struct builder {
    tbb::flow::graph graph;
    std::deque<node> nodes;
    std::vector<uint32_t> roots;
    std::vector<uint64_t> values;
};

template <typename body> void place(builder *b, const uint32_t *inputs, size_t count, body run)
{
    if (count == 0) b->roots.push_back(static_cast<uint32_t>(b->nodes.size()));
    b->nodes.emplace_back(b->graph, run);
    for (size_t i = 0; i < count; i++) tbb::flow::make_edge(b->nodes[inputs[i]], b->nodes.back());
}

void add(void *to, const uint32_t *inputs, size_t count)
{
    builder *b = static_cast<builder *>(to);
    uint64_t *values = b->values.data(), *out = values + b->nodes.size();
    if (count > 3) {
        std::vector<uint32_t> all(inputs, inputs + count);
        place(b, inputs, count, [values, out, all](const tbb::flow::continue_msg &) {
            uint64_t sum = 1;
            for (uint32_t i : all) sum += values[i];
            work();
            *out = sum;
        });
        return;
    }
    const uint64_t *x = count > 0 ? values + inputs[0] : nullptr;
    const uint64_t *y = count > 1 ? values + inputs[1] : nullptr;
    const uint64_t *z = count > 2 ? values + inputs[2] : nullptr;
    place(b, inputs, count, [out, x, y, z](const tbb::flow::continue_msg &) {
        uint64_t sum = 1;
        if (x) sum += *x;
        if (y) sum += *y;
        if (z) sum += *z;
        work();
        *out = sum;
    });
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    uint32_t n = static_cast<uint32_t>(strtoul(argv[2], nullptr, 10));
    work_init();
    tbb::global_control threads(tbb::global_control::max_allowed_parallelism, strtoul(argv[1], nullptr, 10));
    static builder b; /* not taken down: that is no part of what is measured */
    b.values.resize(n + 16);
    double begin = work_now_ns();
    uint32_t count = shape_build(argv[3], n, add, &b);
    if (!count) return 2;
    double built = work_now_ns();
    for (uint32_t root : b.roots) b.nodes[root].try_put(tbb::flow::continue_msg());
    b.graph.wait_for_all();
    double end = work_now_ns();
    std::printf("tasks %u\nbuild_ns %.0f\nrun_ns %.0f\nresult %" PRId64 "\n", count, built - begin, end - built,
                static_cast<int64_t>(b.values[count - 1]));
    std::fflush(stdout);
    _exit(0);
}
