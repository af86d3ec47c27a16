/* SPDX-License-Identifier: MIT
 * The shapes in Taskflow (https://taskflow.github.io): a node per task, an edge per input, values in an array.
 *
 *     taskflow THREADS TASKS SHAPE */
#include <taskflow/taskflow.hpp>

#include <cinttypes>
#include <cstdio>
#include <vector>

#include "bench/shapes.h"
#include "bench/work.h"

namespace {

struct builder {
    tf::Taskflow flow;
    std::vector<tf::Task> tasks;
    std::vector<uint64_t> values;
};

void link(builder *b, tf::Task task, const uint32_t *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++) b->tasks[inputs[i]].precede(task);
    b->tasks.push_back(task);
}

void add(void *to, const uint32_t *inputs, size_t count)
{
    builder *b = static_cast<builder *>(to);
    uint64_t *values = b->values.data(), *out = values + b->tasks.size();
    if (count > 3) {
        std::vector<uint32_t> all(inputs, inputs + count);
        tf::Task sink = b->flow.emplace([values, out, all] {
            uint64_t sum = 1;
            for (uint32_t i : all) sum += values[i];
            work();
            *out = sum;
        });
        link(b, sink, inputs, count);
        return;
    }
    const uint64_t *x = count > 0 ? values + inputs[0] : nullptr;
    const uint64_t *y = count > 1 ? values + inputs[1] : nullptr;
    const uint64_t *z = count > 2 ? values + inputs[2] : nullptr;
    tf::Task task = b->flow.emplace([out, x, y, z] {
        uint64_t sum = 1;
        if (x) sum += *x;
        if (y) sum += *y;
        if (z) sum += *z;
        work();
        *out = sum;
    });
    link(b, task, inputs, count);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    uint32_t n = static_cast<uint32_t>(strtoul(argv[2], nullptr, 10));
    work_init();
    tf::Executor executor(strtoul(argv[1], nullptr, 10));
    static builder b; /* not taken down: that is no part of what is measured */
    b.values.resize(n + 16);
    double begin = work_now_ns();
    uint32_t count = shape_build(argv[3], n, add, &b);
    if (!count) return 2;
    double built = work_now_ns();
    executor.run(b.flow).wait();
    double end = work_now_ns();
    std::printf("tasks %u\nbuild_ns %.0f\nrun_ns %.0f\nresult %" PRId64 "\n", count, built - begin, end - built,
                static_cast<int64_t>(b.values[count - 1]));
    std::fflush(stdout);
    _exit(0);
}
