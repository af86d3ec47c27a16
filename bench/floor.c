/* SPDX-License-Identifier: MIT
 * What a task graph costs at least, in two ways to do it by hand, on one thread:
 *
 *     malloc  nodes and edges from malloc, a list of successors per node, counters, a queue of what is ready: what one
 *             would write first
 *     huge    columns on huge pages, tasks run in the order in which they were made: the least that is known
 *
 *     floor [-n TASKS] malloc|huge SHAPE   prints tasks, nanoseconds to build and to run, bytes, and the result
 *     floor -c                             prints how many loops of work.h make a microsecond
 *
 * Values have 16 bytes and bodies are called by pointer, as in tgrun. Nothing is checked and nothing can fail. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/shapes.h"
#include "bench/work.h"

struct value {
    uint64_t tag;
    uint64_t bits;
};

typedef void (*task_fn)(const struct value *args, size_t count, struct value *out);

static __attribute__((noinline)) void sum_few(const struct value *args, size_t count, struct value *out)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < count; i++) sum += args[i].bits;
    work();
    out->tag = 1;
    out->bits = sum;
}

/* ---- nodes from malloc --------------------------------------------------------------------------- */

/* An input of a node, which is an entry in the list of the successors of where it comes from. */
struct edge {
    struct node *from, *to;
    struct edge *next;
};

struct node {
    task_fn fn;
    struct edge *successors;
    struct node *next_ready;
    uint32_t pending, count;
    struct value value;
    struct edge inputs[];
};

struct nodes {
    struct node **items;
    uint32_t count, room;
    size_t bytes;
};

static void nodes_add(void *to, const uint32_t *inputs, size_t count)
{
    struct nodes *nodes = to;
    if (nodes->count == nodes->room) {
        nodes->room = nodes->room ? nodes->room * 2 : 64;
        nodes->items = realloc(nodes->items, nodes->room * sizeof *nodes->items);
    }
    size_t bytes = sizeof(struct node) + count * sizeof(struct edge);
    struct node *node = malloc(bytes);
    if (!node || !nodes->items) abort();
    *node = (struct node){.fn = sum_few, .pending = (uint32_t)count, .count = (uint32_t)count};
    for (size_t i = 0; i < count; i++) {
        struct node *from = nodes->items[inputs[i]];
        node->inputs[i] = (struct edge){from, node, from->successors};
        from->successors = &node->inputs[i];
    }
    nodes->items[nodes->count++] = node;
    nodes->bytes += bytes + 8 + sizeof *nodes->items; /* malloc keeps 8 a block */
}

static void node_run(struct node *node)
{
    struct value few[4], *args = node->count <= 4 ? few : malloc(node->count * sizeof *args);
    if (!args) abort();
    for (uint32_t i = 0; i < node->count; i++) args[i] = node->inputs[i].from->value;
    node->fn(args, node->count, &node->value);
    if (args != few) free(args);
}

static uint64_t nodes_run(struct nodes *nodes)
{
    struct node *first = NULL, **last = &first;
    for (uint32_t i = 0; i < nodes->count; i++) {
        if (nodes->items[i]->pending) continue;
        *last = nodes->items[i];
        last = &nodes->items[i]->next_ready;
    }
    for (; first; first = first->next_ready) {
        node_run(first);
        for (struct edge *e = first->successors; e; e = e->next) {
            if (--e->to->pending) continue;
            *last = e->to;
            last = &e->to->next_ready;
        }
    }
    return nodes->items[nodes->count - 1]->value.bits;
}

/* ---- columns on huge pages ----------------------------------------------------------------------- */

#define HUGE_BYTES (2u << 20)

struct columns {
    uint8_t *fns;
    uint32_t *ends, *args;
    struct value *values;
    uint32_t count, arg_count;
};

static const task_fn functions[] = {sum_few, sum_few, sum_few, sum_few};

static void *reserve(size_t bytes)
{
    bytes = (bytes / HUGE_BYTES + 2) * HUGE_BYTES;
    char *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) abort();
    char *aligned = base + (HUGE_BYTES - (uintptr_t)base % HUGE_BYTES) % HUGE_BYTES;
    madvise(aligned, bytes - HUGE_BYTES, MADV_HUGEPAGE);
    return aligned;
}

static void columns_init(struct columns *c, size_t n)
{
    n += 16;
    c->fns = reserve(n * sizeof *c->fns);
    c->ends = reserve(n * sizeof *c->ends);
    c->args = reserve(4 * n * sizeof *c->args);
    c->values = reserve(n * sizeof *c->values);
}

static void columns_add(void *to, const uint32_t *inputs, size_t count)
{
    struct columns *c = to;
    for (size_t i = 0; i < count; i++) c->args[c->arg_count + i] = inputs[i];
    c->arg_count += (uint32_t)count;
    c->fns[c->count] = count > 3 ? 3 : (uint8_t)count;
    c->ends[c->count++] = c->arg_count;
}

static uint64_t columns_run(struct columns *c)
{
    struct value few[4], *many = NULL;
    uint32_t begin = 0;
    for (uint32_t id = 0; id < c->count; id++) {
        uint32_t count = c->ends[id] - begin;
        if (count > 4) many = reserve(count * sizeof *many); /* a sink; there is one at most */
        struct value *args = count > 4 ? many : few;
        for (uint32_t i = 0; i < count; i++) {
            args[i].tag = c->values[c->args[begin + i]].tag;
            args[i].bits = c->values[c->args[begin + i]].bits;
        }
        functions[c->fns[id]](args, count, &c->values[id]);
        begin = c->ends[id];
    }
    return c->values[c->count - 1].bits;
}

/* ---- measuring ----------------------------------------------------------------------------------- */

static void print(uint32_t tasks, double build_ns, double run_ns, size_t bytes, uint64_t result)
{
    printf("tasks %u\nbuild_ns %.0f\nrun_ns %.0f\nbytes %zu\nresult %" PRId64 "\n", tasks, build_ns, run_ns, bytes,
           (int64_t)result);
}

static bool measure_nodes(const char *shape, uint32_t n)
{
    struct nodes nodes = {0};
    double begin = work_now_ns();
    if (!shape_build(shape, n, nodes_add, &nodes)) return false;
    double built = work_now_ns();
    uint64_t result = nodes_run(&nodes);
    print(nodes.count, built - begin, work_now_ns() - built, nodes.bytes, result);
    return true;
}

static bool measure_columns(const char *shape, uint32_t n)
{
    struct columns c = {0};
    double begin = work_now_ns();
    columns_init(&c, n);
    if (!shape_build(shape, n, columns_add, &c)) return false;
    double built = work_now_ns();
    uint64_t result = columns_run(&c);
    size_t bytes = c.count * (sizeof *c.fns + sizeof *c.ends + sizeof *c.values) + c.arg_count * sizeof *c.args;
    print(c.count, built - begin, work_now_ns() - built, bytes, result);
    return true;
}

/* Loops in a microsecond: the most of many short tries, since whatever disturbs makes them fewer. */
static void calibrate(void)
{
    double best = 0;
    for (int i = 0; i < 200; i++) {
        double begin = work_now_ns();
        work_spin(100000);
        double loops = 100000 / (work_now_ns() - begin) * 1000;
        if (loops > best) best = loops;
    }
    printf("%.0f\n", best);
}

int main(int argc, char **argv)
{
    uint32_t n = 1u << 20;
    int option;
    while ((option = getopt(argc, argv, "n:c")) != -1) {
        if (option == 'n') n = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'c') return calibrate(), 0;
        else return 2;
    }
    work_init();
    bool good = false;
    if (argc - optind == 2) {
        bool huge = strcmp(argv[optind], "huge") == 0;
        good = huge ? measure_columns(argv[optind + 1], n) : measure_nodes(argv[optind + 1], n);
    }
    if (!good) fprintf(stderr, "usage: floor [-n TASKS] malloc|huge SHAPE, or floor -c\n");
    return good ? 0 : 2;
}
