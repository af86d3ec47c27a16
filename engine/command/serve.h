/* SPDX-License-Identifier: MIT
 * The servers of a process, and who may ask which. Those that nobody asks just now wait, and serve whoever needs one that is
 * alike: started by the same words in the same folder with the same environment. Thread class: locked. */
#ifndef TG_COMMAND_SERVE_H
#define TG_COMMAND_SERVE_H

#include "engine/command/server.h"

struct tg_servers {
    pthread_mutex_t lock;
    struct tg_server *idle;       /* locked: the one that was asked last is the first */
    size_t idle_count;            /* locked */
    size_t asked_now, asked_most; /* locked: calls at once */
    char *surplus;                /* locked: who has given more answers than questions, as told at the end; heap or NULL */
    uint64_t grace_ns, linger_ns; /* immutable once commands run: as tg_commands_wait says */
};

void tg_serve_init(struct tg_servers *all);
/* None may be left. */
void tg_serve_done(struct tg_servers *all);
/* Asks a server what the job's command says, and starts one if none is free. False and ctx's error. */
bool tg_serve_call(struct tg_job *j, struct tg_servers *all, tg_value *out);
/* Ends the one that was idle for longest; false: there is none. data: struct tg_servers *; for struct tg_claims. */
bool tg_serve_spare(void *data, tg_ctx *ctx);
/* Ends all that are idle, together; says who did not end well. ended: signals have told them to. False and err: one has given more
 * answers than it was asked questions, so that nobody knows which belongs to which. */
bool tg_serve_end(struct tg_servers *all, struct tg_log_place *place, const struct tg_services *services, bool ended,
                  struct tg_err *err);

#endif
