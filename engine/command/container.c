/* SPDX-License-Identifier: MIT
 * Programs of a command in a container.
 *
 * The container sees the working folder, the folders of files that the command gets and of those that it makes, under the paths
 * that they have outside, so that no path changes. Its user is ours. An engine with a daemon (docker), or whose container is not
 * its child (podman), passes signals on while it lives; when it had to be killed, the container is removed by its name. */
#include "engine/command/container.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/canonical.h"
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/command/spawn.h"

/* How long an engine may take to remove a container, and how often it is looked whether it has. */
#define REMOVE_NS UINT64_C(10000000000)
#define REMOVE_TICK_NS UINT64_C(10000000)

extern char **environ;

static const struct engine {
    const char *name;
    enum tg_container_kind kind;
} engines[] = {{"podman", TG_CONTAINER_PODMAN},
               {"docker", TG_CONTAINER_DOCKER},
               {"apptainer", TG_CONTAINER_APPTAINER},
               {"singularity", TG_CONTAINER_APPTAINER}};

/* A file, or an address that only apptainer reads. */
static bool is_for_apptainer(const char *image)
{
    return tg_path_ends(image, ".sif") || *image == '/' || strncmp(image, "./", 2) == 0 || strncmp(image, "../", 3) == 0 ||
           strstr(image, "://");
}

bool tg_container_find(const char *image, struct tg_container *c)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (is_for_apptainer(image) && engines[i].kind != TG_CONTAINER_APPTAINER) continue;
        if (!tg_spawn_finds(engines[i].name)) continue;
        *c = (struct tg_container){.engine = engines[i].name, .kind = engines[i].kind, .image = image};
        return true;
    }
    return false;
}

/* ---- what it sees -------------------------------------------------------------------------------- */

/* The image has folders of its own there, which must not be hidden. */
static bool is_of_system(const char *folder)
{
    static const char *const own[] = {"/bin", "/boot", "/dev", "/etc", "/lib",     "/lib32",   "/lib64", "/proc",
                                      "/run", "/sbin", "/sys", "/usr", "/usr/bin", "/usr/lib", "/var"};
    bool found = strcmp(folder, "/") == 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) found |= strcmp(folder, own[i]) == 0;
    return found;
}

static bool lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

static void mount_path(struct tg_container *c, char *take_path)
{
    bool seen = false;
    for (size_t i = 0; i < c->mounts.count; i++) seen |= lies_in(take_path, c->mounts.items[i]);
    if (seen) free(take_path);
    else tg_vec_push(&c->mounts, take_path);
}

void tg_container_mount_folder(struct tg_container *c, const char *path)
{
    char *whole = tg_path_absolute(path);
    if (!strstr(whole, "/..") && !is_of_system(whole)) mount_path(c, tg_alloc_text(whole));
    free(whole);
    char *real = tg_canonical_path(path);
    if (is_of_system(real)) free(real);
    else mount_path(c, real);
}

void tg_container_mount_file(struct tg_container *c, const char *path)
{
    char *whole = tg_path_absolute(path), *real = tg_canonical_path(path), *both[] = {whole, real};
    for (int i = 0; i < 2; i++) {
        char *folder = tg_path_folder(both[i]);
        if (is_of_system(folder)) mount_path(c, tg_alloc_text(both[i]));
        else tg_container_mount_folder(c, folder);
        free(folder);
        free(both[i]);
    }
}

void tg_container_done(struct tg_container *c)
{
    for (size_t i = 0; i < c->mounts.count; i++) free((char *)c->mounts.items[i]);
    tg_vec_done(&c->mounts);
}

/* ---- words --------------------------------------------------------------------------------------- */

static void add_engine_word(tg_container_words *words, const char *word)
{
    tg_vec_push(words, tg_alloc_text(word));
}

/* One field of a comma-separated list, as these read it. */
static void add_mount_field(struct tg_buf *b, const char *key, const char *path)
{
    tg_buf_format(b, ",\"%s=", key);
    for (; *path; path++) {
        if (*path == '"') tg_buf_char(b, '"');
        tg_buf_char(b, *path);
    }
    tg_buf_char(b, '"');
}

static void add_mount(const struct tg_container *c, const char *path, tg_container_words *words)
{
    struct tg_buf b = {0};
    if (c->kind == TG_CONTAINER_APPTAINER && !strpbrk(path, ":,\"\n\r")) {
        add_engine_word(words, "--bind");
        add_engine_word(words, path);
        return;
    }
    tg_buf_text(&b, "--mount=type=bind");
    if (strpbrk(path, ",\"\n\r")) add_mount_field(&b, "source", path), add_mount_field(&b, "target", path);
    else tg_buf_format(&b, ",source=%s,target=%s", path, path);
    tg_vec_push(words, tg_buf_take(&b));
}

/* By these the engine goes itself. */
static bool is_of_engine(const char *setting)
{
    static const char *const names[] = {"PATH", "HOME", "TMPDIR"}, *const beginnings[] = {"LD_", "XDG_"};
    size_t length = strcspn(setting, "=");
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found |= strlen(names[i]) == length && strncmp(setting, names[i], length) == 0;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        found |= strncmp(setting, beginnings[i], strlen(beginnings[i])) == 0;
    return found;
}

/* The engine takes their values from its own environment, where nobody else sees them. */
static void pass_variables(char *const *settings, tg_container_words *words)
{
    for (; settings && *settings; settings++) {
        const char *equals = strchr(*settings, '=');
        if (equals && is_of_engine(*settings)) tg_vec_push(words, tg_alloc_format("--env=%s", *settings));
        else if (equals) tg_vec_push(words, tg_alloc_format("--env=%.*s", (int)(equals - *settings), *settings));
    }
}

char **tg_container_settings(const struct tg_command *command, char *const *settings)
{
    static const char makeflags[] = "MAKEFLAGS";
    const struct tg_container *c = command->container;
    tg_container_words own = {0};
    bool apptainer = c->kind == TG_CONTAINER_APPTAINER, told = false;
    for (; settings && *settings; settings++) {
        const char *word = *settings;
        told |= strncmp(word, makeflags, strlen(makeflags)) == 0 && strchr("=", word[strlen(makeflags)]);
        if (!is_of_engine(word)) add_engine_word(&own, word);
        else if (apptainer && strchr(word, '='))
            tg_vec_push(&own,
                        tg_alloc_format("%s_%s", strcmp(c->engine, "apptainer") ? "SINGULARITYENV" : "APPTAINERENV", word));
    }
    if (apptainer && !told) add_engine_word(&own, makeflags); /* its jobserver is not there */
    tg_vec_push(&own, NULL);
    return own.items;
}

static char *container_name(const struct tg_command *command, const struct tg_step *step, size_t number)
{
    return tg_alloc_format("%s-%zu-%zu", command->container->name, (size_t)(step - command->steps), number);
}

static void add_run(const struct tg_command *command, const struct tg_step *step, size_t number, tg_container_words *words)
{
    const struct tg_container *c = command->container;
    bool mapped = c->kind == TG_CONTAINER_PODMAN && geteuid() != 0;
    add_engine_word(words, "run");
    add_engine_word(words, "--rm");
    add_engine_word(words, "--interactive");
    add_engine_word(words, "--init");
    add_engine_word(words, "--security-opt=label=disable");
    if (mapped) add_engine_word(words, "--userns=keep-id");
    else tg_vec_push(words, tg_alloc_format("--user=%u:%u", (unsigned)geteuid(), (unsigned)getegid()));
    if (command->memory_bytes) tg_vec_push(words, tg_alloc_format("--memory=%llub", (unsigned long long)command->memory_bytes));
    if (number == SIZE_MAX) return;
    char *name = container_name(command, step, number);
    tg_vec_push(words, tg_alloc_format("--name=%s", name));
    free(name);
}

/* A name as the other engines have it, unless it is an address or a file, which is meant from where we are. */
static char *image_of(const struct tg_container *c)
{
    if (c->kind != TG_CONTAINER_APPTAINER || strstr(c->image, "://")) return tg_alloc_text(c->image);
    bool file = is_for_apptainer(c->image) || access(c->image, F_OK) == 0;
    return file ? tg_path_absolute(c->image) : tg_alloc_format("docker://%s", c->image);
}

void tg_container_add(const struct tg_command *command, const struct tg_step *step, size_t number, tg_container_words *words)
{
    const struct tg_container *c = command->container;
    bool apptainer = c->kind == TG_CONTAINER_APPTAINER;
    add_engine_word(words, c->engine);
    if (apptainer) add_engine_word(words, "exec");
    else add_run(command, step, number, words);
    for (size_t i = 0; i < c->mounts.count; i++) add_mount(c, c->mounts.items[i], words);
    char *dir = tg_path_absolute(command->dir ? command->dir : ".");
    add_engine_word(words, apptainer ? "--pwd" : "--workdir");
    add_engine_word(words, dir);
    free(dir);
    if (!apptainer) pass_variables(command->granted, words);
    if (!apptainer) pass_variables(step->settings, words);
    if (!apptainer && !step->argv && number == 0) pass_variables(step->variables, words);
    tg_vec_push(words, image_of(c));
}

bool tg_container_limits(const struct tg_command *command)
{
    return command->container && command->container->kind != TG_CONTAINER_APPTAINER;
}

char *tg_container_name(const struct tg_command *command, const struct tg_step *step, size_t number)
{
    return tg_container_limits(command) ? container_name(command, step, number) : NULL;
}

char *tg_container_new_name(void)
{
    uint64_t word;
    if (getrandom(&word, sizeof word, GRND_NONBLOCK) != (ssize_t)sizeof word) word = tg_clock_ns();
    return tg_alloc_format("tgrun-%ld-%016llx", (long)getpid(), (unsigned long long)word);
}

/* ---- its end ------------------------------------------------------------------------------------- */

static void wait_or_kill(pid_t pid)
{
    uint64_t end = tg_clock_ns() + REMOVE_NS;
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (tg_clock_ns() >= end) kill(pid, SIGKILL), end = UINT64_MAX;
        tg_clock_sleep(REMOVE_TICK_NS);
    }
}

void tg_container_remove(const struct tg_command *command, const struct tg_step *step, size_t number)
{
    const struct tg_container *c = command->container;
    if (c->kind == TG_CONTAINER_APPTAINER) return; /* it is in the session, and killed with that */
    char *name = container_name(command, step, number), *argv[] = {(char *)c->engine, "rm", "--force", name, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID); /* an interrupt of the terminal is not meant for it */
    if (posix_spawnp(&pid, c->engine, &actions, &attributes, argv, environ) == 0) wait_or_kill(pid);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(name);
}
