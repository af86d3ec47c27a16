/* SPDX-License-Identifier: MIT
 * Programs of a command in a container: which program makes one, and with what arguments. Thread class: owner. */
#ifndef TG_COMMAND_CONTAINER_H
#define TG_COMMAND_CONTAINER_H

#include "engine/base/vec.h"
#include "engine/command/command.h"

/* How an engine is called. The containers of the first two are no processes of ours, and are removed by their names. */
enum tg_container_kind { TG_CONTAINER_PODMAN, TG_CONTAINER_DOCKER, TG_CONTAINER_APPTAINER };

struct tg_container {
    const char *engine; /* its program */
    enum tg_container_kind kind;
    const char *image;
    const char *name;            /* how the names of its containers begin */
    TG_VEC(const char *) mounts; /* absolute: folders and files that it sees under their own paths */
};

typedef TG_VEC(char *) tg_container_words;

/* Finds an engine along PATH that can run the image; false: there is none. */
bool tg_container_find(const char *image, struct tg_container *c);
/* What is said then: the task's name. */
#define TG_CONTAINER_NONE "cannot find podman, docker, apptainer or singularity to run task '%s' in a container"
/* Adds the folder of a file, also where links lead, or the file alone where its folder is one of the system. The texts are heap. */
void tg_container_mount_file(struct tg_container *c, const char *path);
void tg_container_mount_folder(struct tg_container *c, const char *path);
/* Frees its mounts. */
void tg_container_done(struct tg_container *c);
/* How the names of a command's containers begin: no other has one like it, of whatever process and machine that shares the
 * engine, and of no other attempt. Heap. */
char *tg_container_new_name(void);
/* What of the environment's settings is the engine's own: those by which it goes itself are only its program's. Heap, each, as
 * tg_wrap_words. */
char **tg_container_settings(const struct tg_command *command, char *const *settings);
/* Whether the memory of its programs is limited by the engine. */
bool tg_container_limits(const struct tg_command *command);
/* Adds the words that stand before a program; heap each. number: of the step's program; SIZE_MAX: they are only shown. */
void tg_container_add(const struct tg_command *command, const struct tg_step *step, size_t number, tg_container_words *words);
/* The name of the container of a program, heap; NULL: it goes with the program's session. */
char *tg_container_name(const struct tg_command *command, const struct tg_step *step, size_t number);
/* Removes the container of a program that was killed: the engine's process does not take it along. Waits for that. */
void tg_container_remove(const struct tg_command *command, const struct tg_step *step, size_t number);

#endif
