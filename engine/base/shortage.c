/* SPDX-License-Identifier: MIT
 * Running out of memory. The end formats its line on the stack and gives back what was set aside, so that whoever ends
 * regularly while commands are killed still can. The state is the process's own: so is its memory. */
#include "engine/base/shortage.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/err.h"

/* What is set aside: malloc asks for at least 1 MB at a time where its heap cannot grow. */
#define ASIDE_BYTES ((size_t)4 << 20)

static struct {
    void *aside; /* immutable, as what follows, once there are threads */
    void (*put_right)(void);
    void (*end)(size_t bytes);
    atomic_flag ending; /* atomic */
} state = {.ending = ATOMIC_FLAG_INIT};

static _Thread_local bool ends; /* this thread is the one */

static size_t limit_of(int what)
{
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > SIZE_MAX) return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

size_t tg_shortage_limit(void)
{
    return limit_of(RLIMIT_AS);
}

/* The limit that is likely to be in the way: the letter that `ulimit` has for it, or 0. */
static char tightest(size_t *limit)
{
    size_t space = limit_of(RLIMIT_AS), data = limit_of(RLIMIT_DATA);
    *limit = space < data ? space : data;
    return *limit == SIZE_MAX ? 0 : space < data ? 'v' : 'd';
}

void tg_shortage_prepare(void (*put_right)(void))
{
    void *p = mmap(NULL, ASIDE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    state.aside = p == MAP_FAILED ? NULL : p;
    state.put_right = put_right;
}

void tg_shortage_end_by(void (*end)(size_t bytes))
{
    state.end = end;
}

static void say_why(size_t bytes)
{
    char line[160];
    size_t limit;
    char letter = tightest(&limit);
    int length = snprintf(line, sizeof line, "tgrun: error: out of memory");
    if (bytes) length += snprintf(line + length, sizeof line - (size_t)length, ": cannot get %zu bytes more", bytes);
    if (letter)
        length += snprintf(line + length, sizeof line - (size_t)length, "; `ulimit -%c` allows %zu kB in all", letter,
                           limit / 1024);
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)length) < 0) {} /* nothing can be done about it */
}

_Noreturn void tg_shortage_end(size_t bytes)
{
    if (ends) _exit(TG_EXIT_CANNOT); /* not even that was possible */
    while (atomic_flag_test_and_set(&state.ending)) pause();
    ends = true;
    if (state.end) state.end(bytes);
    say_why(bytes);
    if (state.aside) munmap(state.aside, ASIDE_BYTES);
    if (state.put_right) state.put_right();
    _exit(TG_EXIT_CANNOT);
}

void tg_shortage_check(int error)
{
    if (error == ENOMEM) tg_shortage_end(0);
}
