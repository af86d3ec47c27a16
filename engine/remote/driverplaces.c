/* SPDX-License-Identifier: MIT
 * The text of a cluster, and commands that start agents there. */
#include "engine/remote/driverplaces.h"

#include <ctype.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/limits.h"

/* A host that does not answer is given up. Not that of a name: it may ask for as long as it likes. */
#define SSH_WAITS "-oConnectTimeout=20"
/* One that no more answers for a minute is lost. */
#define SSH_ASKS "-oServerAliveInterval=15"
#define SSH_ASKS_MOST "-oServerAliveCountMax=4"

/* The cluster itself is named by who reads it. */
static bool fail_text(struct tg_err *err, const char *what)
{
    tg_err_set(err, TG_EXIT_USAGE, "%s", what);
    tg_err_hint(
        err,
        "It is pool:N or ssh:HOST/SLOTS,HOST/SLOTS, with 1 to %u for N and SLOTS; ;program=PATH behind it says where tgrun is there.",
        TG_MAX_WORKERS);
    return false;
}

/* A number of slots that ends where `end` says. */
static bool read_slots(const char *text, const char *end, unsigned *out)
{
    char *stop;
    unsigned long n = isdigit((unsigned char)*text) ? strtoul(text, &stop, 10) : 0;
    if (n == 0 || n > TG_MAX_WORKERS || stop != end) return false;
    *out = (unsigned)n;
    return true;
}

static unsigned count_cpus(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* Here the very program that runs, though another may lie at its path meanwhile; on the nodes of a Slurm cluster that of its path. */
static char *default_program(enum tg_driverplaces_kind kind)
{
    char path[PATH_MAX];
    if (kind == TG_DRIVERPLACES_POOL) return tg_alloc_text("/proc/self/exe");
    if (kind == TG_DRIVERPLACES_SSH) return tg_alloc_text("tgrun");
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return tg_alloc_text("tgrun");
    path[length] = 0;
    return tg_alloc_text(path);
}

/* ---- ssh ----------------------------------------------------------------------------------------- */

/* Nothing that ssh takes for an option, or that ends in a message as something else. */
static bool is_host(const char *host, size_t length)
{
    if (length == 0 || *host == '-') return false;
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)host[i]) || host[i] == '\'' || host[i] == '"') return false;
    return true;
}

static bool add_host(struct tg_driverplaces *p, const char *at, size_t length)
{
    const char *slash = memchr(at, '/', length);
    unsigned slots = 1;
    if (slash && !read_slots(slash + 1, at + length, &slots)) return false;
    size_t host = slash ? (size_t)(slash - at) : length;
    if (!is_host(at, host) || p->count + slots > TG_MAX_WORKERS) return false;
    for (unsigned i = 0; i < slots; i++) tg_vec_push(&p->hosts, tg_alloc_copy(at, host));
    p->count += slots;
    return true;
}

static bool read_hosts(struct tg_driverplaces *p, const char *at, const char *end)
{
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        if (!add_host(p, at, (size_t)((comma ? comma : end) - at))) return false;
        if (!comma) return true;
        at = comma + 1;
    }
}

/* ---- Slurm --------------------------------------------------------------------------------------- */

/* "4(x2),3": of each node how many tasks it has room for. What is not understood is one node. */
static void read_allocation(struct tg_driverplaces *p)
{
    const char *at = getenv("SLURM_JOB_ID") ? getenv("SLURM_TASKS_PER_NODE") : NULL;
    if (!at) at = getenv("SLURM_JOB_ID") ? getenv("SLURM_JOB_CPUS_PER_NODE") : NULL;
    while (at && isdigit((unsigned char)*at) && p->tasks.count < TG_MAX_WORKERS) {
        char *stop;
        unsigned long tasks = strtoul(at, &stop, 10), nodes = 1;
        if (strncmp(stop, "(x", 2) == 0) nodes = strtoul(stop + 2, &stop, 10), stop += *stop == ')';
        if (tasks == 0 || tasks > TG_MAX_WORKERS) break;
        for (unsigned long i = 0; i < nodes && p->tasks.count < TG_MAX_WORKERS; i++) tg_vec_push(&p->tasks, (unsigned)tasks);
        at = *stop == ',' ? stop + 1 : NULL;
    }
    if (p->tasks.count == 0 && getenv("SLURM_JOB_ID")) tg_vec_push(&p->tasks, 1u);
}

/* The node of a slot: one after the other is filled, and then all over again. */
static unsigned node_of_slot(const struct tg_driverplaces *p, unsigned slot)
{
    unsigned all = 0, node = 0;
    for (size_t i = 0; i < p->tasks.count; i++) all += p->tasks.items[i];
    for (slot %= all; slot >= p->tasks.items[node]; node++) slot -= p->tasks.items[node];
    return node;
}

/* ---- the text ------------------------------------------------------------------------------------ */

static bool begins(const char *text, const char *end, const char *word, const char **rest)
{
    size_t length = strlen(word);
    if ((size_t)(end - text) < length || strncmp(text, word, length) != 0) return false;
    if (text + length < end && text[length] != ':') return false;
    *rest = text + length + (text + length < end);
    return true;
}

static bool read_places(const char *text, const char *end, struct tg_driverplaces *out)
{
    const char *rest;
    if (begins(text, end, "ssh", &rest)) {
        out->kind = TG_DRIVERPLACES_SSH;
        return read_hosts(out, rest, end);
    }
    if (begins(text, end, "slurm", &rest)) {
        out->kind = TG_DRIVERPLACES_SLURM;
        read_allocation(out);
        return read_slots(rest, end, &out->count);
    }
    if (!begins(text, end, "pool", &rest)) return false;
    out->kind = TG_DRIVERPLACES_POOL;
    out->count = count_cpus();
    return rest == end || read_slots(rest, end, &out->count);
}

bool tg_driverplaces_parse(const char *text, struct tg_driverplaces *out, struct tg_err *err)
{
    static const char option[] = ";program=";
    const char *end = strchrnul(text, ';');
    *out = (struct tg_driverplaces){0};
    bool good = read_places(text, end, out);
    if (!good) fail_text(err, "that is no number of slots, or no host");
    if (good && *end) {
        good = strncmp(end, option, strlen(option)) == 0 && end[strlen(option)] && !strchr(end, '\n');
        if (!good) fail_text(err, "there is no such option");
        else out->program = tg_alloc_text(end + strlen(option));
    }
    if (good && !out->program) out->program = default_program(out->kind);
    if (!good) tg_driverplaces_done(out);
    return good;
}

void tg_driverplaces_done(struct tg_driverplaces *p)
{
    for (size_t i = 0; i < p->hosts.count; i++) free(p->hosts.items[i]);
    tg_vec_done(&p->hosts);
    tg_vec_done(&p->tasks);
    free(p->program);
    *p = (struct tg_driverplaces){0};
}

unsigned tg_driverplaces_most(const struct tg_driverplaces *p)
{
    return p->kind == TG_DRIVERPLACES_SSH ? p->count : TG_MAX_WORKERS;
}

const char *tg_driverplaces_name(const struct tg_driverplaces *p, unsigned slot)
{
    if (p->kind == TG_DRIVERPLACES_SSH) return p->hosts.items[slot % p->hosts.count];
    return p->kind == TG_DRIVERPLACES_SLURM ? "a Slurm task" : "this machine";
}

/* ---- commands ------------------------------------------------------------------------------------ */

/* As a word of any POSIX shell. */
static void quote_word(struct tg_buf *b, const char *word)
{
    tg_buf_char(b, '\'');
    for (; *word; word++)
        if (*word == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *word);
    tg_buf_char(b, '\'');
}

/* In one block: the pointers, then the texts. */
static char **pack_words(const char *const *words)
{
    size_t count = 0, bytes = 0;
    for (; words[count]; count++) bytes += strlen(words[count]) + 1;
    char **packed = tg_alloc((count + 1) * sizeof *packed + bytes), *at = (char *)(packed + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]) + 1;
        packed[i] = memcpy(at, words[i], length);
        at += length;
    }
    packed[count] = NULL;
    return packed;
}

static char **ssh_command(const struct tg_driverplaces *p, unsigned slot)
{
    struct tg_buf line = {0};
    quote_word(&line, p->program);
    tg_buf_text(&line, " agent");
    const char *words[] = {"ssh",
                           "-T",
                           "-oBatchMode=yes",
                           SSH_WAITS,
                           SSH_ASKS,
                           SSH_ASKS_MOST,
                           "--",
                           tg_driverplaces_name(p, slot),
                           tg_buf_str(&line),
                           NULL};
    char **packed = pack_words(words);
    tg_buf_done(&line);
    return packed;
}

/* In an allocation steps share what it has, and are told their node; else each waits in the queue as a job. */
static char **slurm_command(const struct tg_driverplaces *p, unsigned slot)
{
    char relative[40] = "";
    if (p->tasks.count == 0) {
        const char *words[] = {"srun", "--quiet", "--job-name=tgrun", "--nodes=1", "--ntasks=1", p->program, "agent", NULL};
        return pack_words(words);
    }
    snprintf(relative, sizeof relative, "--relative=%u", node_of_slot(p, slot));
    const char *words[] = {"srun",      "--quiet",         "--nodes=1", "--ntasks=1", relative,
                           "--overlap", "--cpu-bind=none", p->program,  "agent",      NULL};
    return pack_words(words);
}

char **tg_driverplaces_command(const struct tg_driverplaces *p, unsigned slot)
{
    if (p->kind == TG_DRIVERPLACES_SSH) return ssh_command(p, slot);
    if (p->kind == TG_DRIVERPLACES_SLURM) return slurm_command(p, slot);
    const char *words[] = {"tgrun", "agent", NULL};
    return pack_words(words);
}

const char *tg_driverplaces_program(const struct tg_driverplaces *p)
{
    return p->kind == TG_DRIVERPLACES_POOL ? p->program : NULL;
}
