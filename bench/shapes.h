/* SPDX-License-Identifier: MIT
 * The dependence patterns that everything here is measured with, for C and C++: those of the Task Bench paper
 * (Slaughter et al. 2020) and the tree of the tutorials. bench/shapes/NAME.tg makes the same graphs in the language.
 *
 * A builder calls add() once per task, in an order in which inputs come first, with the numbers of its inputs; tasks
 * are numbered from 0. `n` is about how many; the number made is returned, and the last one is the result. The value of a
 * task is 1 plus the values of its inputs, modulo 2 ** 64, so that all programs can be held to the same result.
 *
 * All is inlined, so that add() costs no indirect call. */
#ifndef TG_BENCH_SHAPES_H
#define TG_BENCH_SHAPES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef void (*shape_add)(void *to, const uint32_t *inputs, size_t count);
#define SHAPE static inline __attribute__((always_inline)) uint32_t

/* The last task: takes `count` tasks from `first` on. The list of them is on huge pages, so as not to be measured. */
SHAPE shape_sink(shape_add add, void *to, uint32_t first, uint32_t count)
{
    void *block = NULL;
    size_t bytes = count * sizeof(uint32_t), huge = 2u << 20;
    if (posix_memalign(&block, bytes < huge ? 64 : huge, bytes) != 0) abort();
    if (bytes >= huge) madvise(block, bytes, MADV_HUGEPAGE);
    uint32_t *inputs = (uint32_t *)block;
    for (uint32_t i = 0; i < count; i++) inputs[i] = first + i;
    add(to, inputs, count);
    free(inputs);
    return first + count + 1;
}

SHAPE shape_chain(uint32_t n, shape_add add, void *to)
{
    add(to, NULL, 0);
    for (uint32_t id = 1; id < n; id++) {
        uint32_t before = id - 1;
        add(to, &before, 1);
    }
    return n;
}

SHAPE shape_wide(uint32_t n, shape_add add, void *to)
{
    for (uint32_t id = 0; id < n; id++) add(to, NULL, 0);
    return shape_sink(add, to, 0, n);
}

/* Each leaf is three tasks, the last of which takes the other two; then neighbours are joined. */
SHAPE shape_tree(uint32_t n, shape_add add, void *to)
{
    uint32_t width = 1, count = 0;
    while (width * 8 <= n + 1) width *= 2;
    for (uint32_t i = 0; i < width; i++, count += 3) {
        uint32_t inputs[2] = {count, count + 1};
        add(to, NULL, 0);
        add(to, inputs, 1);
        add(to, inputs, 2);
    }
    for (uint32_t i = 0; i < width / 2; i++, count++) {
        uint32_t inputs[2] = {6 * i + 2, 6 * i + 5};
        add(to, inputs, 2);
    }
    for (uint32_t first = count - width / 2; count - first > 1;) {
        uint32_t end = count;
        for (; first + 1 < end; first += 2, count++) {
            uint32_t inputs[2] = {first, first + 1};
            add(to, inputs, 2);
        }
        first = end;
    }
    return count;
}

/* A square; each task takes its neighbours to the left and above. */
SHAPE shape_wavefront(uint32_t n, shape_add add, void *to)
{
    uint32_t side = 1, id = 0;
    while ((uint64_t)(side + 1) * (side + 1) <= n) side++;
    for (uint32_t y = 0; y < side; y++) {
        for (uint32_t x = 0; x < side; x++, id++) {
            uint32_t inputs[2] = {id - 1, id - side};
            if (x && y) add(to, inputs, 2);
            else if (x) add(to, inputs, 1);
            else if (y) add(to, inputs + 1, 1);
            else add(to, NULL, 0);
        }
    }
    return id;
}

/* Rows; each task takes three neighbours of the row above, at the borders one of them twice. */
SHAPE shape_stencil_1d(uint32_t n, shape_add add, void *to)
{
    uint32_t width = 1;
    while (width < 1000 && (uint64_t)(width + 1) * (width + 1) <= n) width++;
    uint32_t rows = n / width, id = 0;
    for (; id < width; id++) add(to, NULL, 0);
    for (uint32_t row = 1; row < rows; row++) {
        for (uint32_t i = 0; i < width; i++, id++) {
            uint32_t above = id - width;
            uint32_t inputs[3] = {i ? above - 1 : above, above, i + 1 < width ? above + 1 : above};
            add(to, inputs, 3);
        }
    }
    return shape_sink(add, to, id - width, width);
}

/* Butterflies: the partner's distance doubles from row to row. */
SHAPE shape_fft(uint32_t n, shape_add add, void *to)
{
    uint32_t bits = 1, id = 0;
    while (((uint64_t)1 << (bits + 1)) * (bits + 2) <= n) bits++;
    uint32_t width = (uint32_t)1 << bits;
    for (; id < width; id++) add(to, NULL, 0);
    for (uint32_t bit = 1; bit < width; bit *= 2) {
        for (uint32_t i = 0; i < width; i++, id++) {
            uint32_t inputs[2] = {id - width, id - i - width + (i ^ bit)};
            add(to, inputs, 2);
        }
    }
    return shape_sink(add, to, id - width, width);
}

/* Each task takes three of all before it, by a small congruential generator that the language can compute, too. */
SHAPE shape_random(uint32_t n, shape_add add, void *to)
{
    uint64_t seed = 1;
    add(to, NULL, 0);
    for (uint32_t id = 1; id < n; id++) {
        uint32_t inputs[3];
        for (int i = 0; i < 3; i++) {
            seed = (seed * 1103515245 + 12345) & 0x7fffffff;
            inputs[i] = (uint32_t)(seed * id >> 31);
        }
        add(to, inputs, 3);
    }
    return shape_sink(add, to, 0, n);
}

/* Makes a shape by name; 0 if there is none of that name. */
SHAPE shape_build(const char *name, uint32_t n, shape_add add, void *to)
{
    if (strcmp(name, "chain") == 0) return shape_chain(n, add, to);
    if (strcmp(name, "wide") == 0) return shape_wide(n, add, to);
    if (strcmp(name, "tree") == 0) return shape_tree(n, add, to);
    if (strcmp(name, "wavefront") == 0) return shape_wavefront(n, add, to);
    if (strcmp(name, "stencil_1d") == 0) return shape_stencil_1d(n, add, to);
    if (strcmp(name, "fft") == 0) return shape_fft(n, add, to);
    if (strcmp(name, "random") == 0) return shape_random(n, add, to);
    return 0;
}

#define SHAPE_NAMES "chain", "wide", "tree", "wavefront", "stencil_1d", "fft", "random"

#endif
