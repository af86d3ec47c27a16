/* SPDX-License-Identifier: MIT
 * A command that a user runs himself: a script that does what its steps would, and a shell where they would run. Thread class:
 * owner. */
#ifndef TG_COMMAND_BYHAND_H
#define TG_COMMAND_BYHAND_H

#include "engine/command/command.h"

/* Name the script to the shell, and the line that a server is asked. */
#define TG_BYHAND_VARIABLE "TG_DEBUG_COMMAND"
#define TG_BYHAND_QUESTION "TG_DEBUG_QUESTION"

struct tg_byhand {
    char *folder; /* for the script and what it reads; heap */
    char *script;
    char *question;       /* the file with what the script asks a server; heap; NULL: the command has none */
    TG_VEC(char *) files; /* in the folder, the script included; heap, each */
};

/* Writes the script of a command that tg_commands_instead has handed over. Must be done with in any case. */
bool tg_byhand_make(const struct tg_command *command, struct tg_byhand *b, struct tg_err *err);
/* Starts the program with the environment of the command's, in their folder, and waits until it has ended; *status as waitpid
 * tells it. Standard descriptors are ours; of a terminal it is the foreground meanwhile, so that its interrupts are not ours.
 * The process must have no use for its children but by their numbers. */
bool tg_byhand_shell(const struct tg_command *command, const struct tg_byhand *b, const char *program, int *status,
                     struct tg_err *err);
/* Removes the files. */
void tg_byhand_done(struct tg_byhand *b);

#endif
