/* SPDX-License-Identifier: MIT
 * The memory of the process. Where address space is limited (`ulimit -v`), what is only reserved counts as well: the stacks
 * of threads, and malloc's arenas, 64 MB for each thread. Both are made smaller then. */
#include "cmd/memory.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/ending.h"
#include "cmd/file.h"
#include "engine/base/shortage.h"
#include "engine/command/command.h"

/* Of the address space, the part that the stack of a thread may take, and the least that evaluation is content with. */
#define STACK_PART 64
#define STACK_MIN ((size_t)1 << 20)

/* Address space that lets malloc have one arena more. */
#define ARENA_BYTES ((size_t)512 << 20)

static struct tg_commands *_Atomic commands; /* atomic: those of the run; NULL: none */

/* Lists that grow free what they outgrow: that memory is kept for the next one, since new pages cost more than all
 * the rest. Larger blocks do not come from malloc (engine/base/block.h). */
static void tune_malloc(size_t limit)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 2 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    if (limit < ARENA_BYTES * INT16_MAX) mallopt(M_ARENA_MAX, (int)(limit / ARENA_BYTES) + 1);
#else
    (void)limit;
#endif
}

/* The stack of a thread is as large as `ulimit -s` says, which may also be too little. */
static void tune_stacks(size_t limit)
{
    pthread_attr_t attributes;
    size_t bytes, most = limit / STACK_PART > STACK_MIN ? limit / STACK_PART / STACK_MIN * STACK_MIN : STACK_MIN;
    if (pthread_getattr_default_np(&attributes) != 0) return;
    bool fits = pthread_attr_getstacksize(&attributes, &bytes) != 0 || (bytes >= STACK_MIN && bytes <= most);
    if (!fits && pthread_attr_setstacksize(&attributes, bytes < STACK_MIN ? STACK_MIN : most) == 0)
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

static void put_right(void)
{
    tg_ending_decide(TG_EXIT_CANNOT); /* first: the _exit that comes last, or at another shortage, is our own */
    tg_commands_abandon(atomic_load(&commands));
    tg_file_abandon();
}

void tg_memory_init(void)
{
    size_t limit = tg_shortage_limit();
    tune_malloc(limit);
    tune_stacks(limit);
    tg_shortage_prepare(put_right);
}

void tg_memory_watch(struct tg_commands *running)
{
    atomic_store(&commands, running);
}
