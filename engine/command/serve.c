/* SPDX-License-Identifier: MIT
 * The pool of servers, and a call of one.
 *
 * A server belongs to the call that asks it; between two calls it stands in the list of those that are idle. There are as many
 * as calls were made at once, and of those that are idle no more than stay useful (most_idle). What an idle one does is no
 * call's fault: if it ended, that is told of and another one is started. But what it prints then is an error of the next call,
 * since it would pass for its answer.
 *
 * A server that has not answered as it should is not asked again: nobody knows what it will say next. */
#include "engine/command/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/clock.h"
#include "engine/command/answer.h"
#include "engine/command/cmdtext.h"
#include "engine/command/printed.h"
#include "engine/command/verdict.h"

/* Servers of whatever kind that may be idle, where fewer calls are made at once. */
#define MOST_IDLE 64

/* How often a question is asked whose server is killed by others meanwhile. */
#define ASKED_MAX 3

/* What an answer leaves of the memory it was read into. */
#define KEPT_BYTES ((size_t)256 << 10)

#define FLUSHED "an answer that waits in a buffer has to be flushed (print(.., flush=True), fflush(), mawk -W interactive)."

#define ATTEMPT "TG_ATTEMPT="
#define ONE_CORE "TG_CORES=1"

void tg_serve_init(struct tg_servers *all)
{
    *all = (struct tg_servers){.idle = NULL};
    pthread_mutex_init(&all->lock, NULL);
}

void tg_serve_done(struct tg_servers *all)
{
    TG_ASSERT(!all->idle && !all->asked_now);
    pthread_mutex_destroy(&all->lock);
}

/* ---- which server -------------------------------------------------------------------------------- */

static void add_texts(struct tg_buf *b, const char *const *texts)
{
    for (; texts && *texts; texts++) tg_buf_add(b, *texts, strlen(*texts) + 1);
    tg_buf_char(b, 1); /* no text begins with it that could be taken for another list */
}

/* What a call was granted, but for the attempt, which is the call's own, and for the one core that all have who ask for nothing. */
static void add_granted(struct tg_buf *b, char *const *granted)
{
    for (; granted && *granted; granted++)
        if (strncmp(*granted, ATTEMPT, strlen(ATTEMPT)) != 0 && strcmp(*granted, ONE_CORE) != 0)
            tg_buf_add(b, *granted, strlen(*granted) + 1);
}

/* All that a program can tell apart. */
static void make_key(const struct tg_command *c, struct tg_buf *key)
{
    const char *dir[] = {c->dir, NULL};
    add_texts(key, (const char *const *)c->steps[0].argv);
    add_texts(key, c->wrap);
    add_texts(key, dir);
    add_texts(key, (const char *const *)c->steps[0].settings);
    add_granted(key, c->granted);
    tg_buf_add(key, &c->memory_bytes, sizeof c->memory_bytes);
}

static struct tg_server *take_idle(struct tg_servers *all, const struct tg_buf *key)
{
    pthread_mutex_lock(&all->lock);
    struct tg_server **at = &all->idle;
    while (*at && !((*at)->key.length == key->length && memcmp((*at)->key.data, key->data, key->length) == 0))
        at = &(*at)->next;
    struct tg_server *s = *at;
    if (s) *at = s->next, s->next = NULL, all->idle_count--;
    pthread_mutex_unlock(&all->lock);
    return s;
}

/* Locked. */
static struct tg_server *take_oldest(struct tg_servers *all)
{
    struct tg_server **at = &all->idle;
    while (*at && (*at)->next) at = &(*at)->next;
    struct tg_server *s = *at;
    *at = NULL;
    if (s) all->idle_count--;
    return s;
}

static size_t most_idle(const struct tg_servers *all)
{
    return all->asked_most > MOST_IDLE ? all->asked_most : MOST_IDLE;
}

/* Gives it back. One that is too many by then; NULL: none is. */
static struct tg_server *put_idle(struct tg_servers *all, struct tg_server *s)
{
    s->printed = NULL;
    pthread_mutex_lock(&all->lock);
    s->next = all->idle;
    all->idle = s;
    all->idle_count++;
    struct tg_server *over = all->idle_count > most_idle(all) ? take_oldest(all) : NULL;
    pthread_mutex_unlock(&all->lock);
    return over;
}

static void count_call(struct tg_servers *all, bool begins)
{
    pthread_mutex_lock(&all->lock);
    all->asked_now += begins ? 1 : (size_t)-1;
    if (all->asked_now > all->asked_most) all->asked_most = all->asked_now;
    pthread_mutex_unlock(&all->lock);
}

/* ---- their end ----------------------------------------------------------------------------------- */

static void add_last_end(struct tg_buf *b, int status)
{
    char *name = WIFSIGNALED(status) ? tg_cmdtext_signal(WTERMSIG(status)) : NULL;
    if (name) tg_buf_format(b, "was killed by signal %s", name);
    else tg_buf_format(b, "ended with exit status %d", WEXITSTATUS(status));
    free(name);
}

/* when: while nobody asked it. */
static void tell_end(tg_ctx *ctx, const struct tg_server *s, const char *when)
{
    struct tg_buf b = {0};
    add_last_end(&b, s->end.status);
    tg_printed_say(ctx, "warning: the server of task '%s' (%s) %s %s", s->name, s->line, b.data, when);
    tg_buf_done(&b);
}

/* It has printed a line that nobody has asked for. If that could be an answer, those before may be the answers to other questions: none
 * of them is to be trusted that does not say which. */
static void note_surplus(struct tg_servers *all, const struct tg_server *s, const char *line)
{
    if (!s->unnumbered || !tg_answer_resembles(line, strcspn(line, "\n"))) return;
    pthread_mutex_lock(&all->lock);
    if (!all->surplus) all->surplus = tg_alloc_format("task '%s' (%s)", s->name, s->line);
    pthread_mutex_unlock(&all->lock);
}

/* Ends one that is not wanted any more, in the course of a call. */
static void end_spare(struct tg_servers *all, struct tg_server *s, tg_ctx *ctx)
{
    tg_server_end(s, all->linger_ns, all->grace_ns);
    if (s->end.status && !s->told) tell_end(ctx, s, "at the end of its input");
    if (s->said.length) note_surplus(all, s, s->said.data);
    tg_server_free(s);
}

bool tg_serve_spare(void *data, tg_ctx *ctx)
{
    struct tg_servers *all = data;
    pthread_mutex_lock(&all->lock);
    struct tg_server *s = take_oldest(all);
    pthread_mutex_unlock(&all->lock);
    if (s) end_spare(all, s, ctx);
    return s;
}

/* What each is told as while it ends. */
struct ending {
    tg_ctx ctx;
    struct tg_command command;
    struct tg_printed printed;
};

static void tell_last(struct tg_servers *all, struct ending *e, const struct tg_server *s)
{
    if (s->told)
        tg_printed_say(&e->ctx, "warning: the server of task '%s' (%s) did not end at the end of its input; it was ended",
                       s->name, s->line);
    else if (s->end.status) tell_end(&e->ctx, s, "at the end of its input");
    if (!s->said.length) return;
    note_surplus(all, s, s->said.data);
    struct tg_buf b = {0};
    tg_answer_quote(&b, s->said.data, strcspn(s->said.data, "\n"), e->ctx.services->secrets);
    tg_printed_say(&e->ctx, "warning: the server of task '%s' (%s) printed what nobody has asked for: %s", s->name, s->line,
                   b.data);
    tg_buf_done(&b);
}

static void end_idle(struct tg_servers *all, struct tg_log_place *place, const struct tg_services *services, bool ended)
{
    size_t count = 0;
    pthread_mutex_lock(&all->lock);
    struct tg_server *list = all->idle;
    all->idle = NULL;
    all->idle_count = 0;
    pthread_mutex_unlock(&all->lock);
    for (const struct tg_server *s = list; s; s = s->next) count++;
    if (!count) return;
    struct ending *endings = tg_alloc_zero(count * sizeof *endings), *e = endings;
    for (struct tg_server *s = list; s; s = s->next, e++) {
        e->ctx = (tg_ctx){.task = s->task, .services = services};
        e->command = (struct tg_command){.name = s->name};
        tg_printed_init(&e->printed, place, &e->ctx, &e->command);
        s->printed = &e->printed;
    }
    tg_server_end(list, ended ? 0 : all->linger_ns, all->grace_ns);
    e = endings;
    for (struct tg_server *s = list, *next; s; s = next, e++) {
        next = s->next;
        if (!ended) tell_last(all, e, s);
        tg_printed_end(&e->printed, false);
        tg_printed_done(&e->printed);
        tg_server_free(s);
    }
    free(endings);
}

bool tg_serve_end(struct tg_servers *all, struct tg_log_place *place, const struct tg_services *services, bool ended,
                  struct tg_err *err)
{
    end_idle(all, place, services, ended);
    char *surplus = all->surplus;
    all->surplus = NULL;
    if (!surplus || ended || err->code) return free(surplus), true;
    tg_err_set(err, TG_EXIT_FAILED, "a server of %s gave more answers than it was asked questions: some may be those of others",
               surplus);
    tg_err_hint(err, "An answer that has the 'id' of its question cannot be taken for that of another one.");
    free(surplus);
    return false;
}

/* ---- a call -------------------------------------------------------------------------------------- */

struct serve_call {
    struct tg_job *j;
    struct tg_servers *all;
    const struct tg_served *served;
    const struct tg_step *step;
    struct tg_buf key;
    bool reused;   /* the server was there */
    bool unheard;  /* .. and ended before it was asked */
    bool no_fault; /* nobody is to blame that there is no answer */
};

static bool fail_as(const struct serve_call *c, enum tg_outcome outcome)
{
    static const struct tg_program_end none;
    return tg_verdict_of(c->j, c->step, outcome, &none);
}

/* It is not asked again. */
static bool end_refused(const struct serve_call *c, struct tg_server *s, uint64_t linger_ns)
{
    tg_server_end(s, linger_ns, c->all->grace_ns);
    tg_server_free(s);
    return false;
}

static bool say_unasked(const struct serve_call *c, const struct tg_server *s, const char *how, const char *text)
{
    struct tg_buf b = {0};
    tg_answer_quote(&b, text, strcspn(text, "\n"), c->j->ctx->services->secrets);
    tg_err_set(&c->j->ctx->err, TG_EXIT_FAILED, "the server %s: %s", how, b.data);
    tg_err_hint(&c->j->ctx->err, TG_ANSWER_HINT);
    tg_buf_done(&b);
    note_surplus(c->all, s, text);
    return false;
}

static void tell_idle_end(const struct serve_call *c, const struct tg_server *s)
{
    if (s->end.status && !s->told) tell_end(c->j->ctx, s, "while nobody asked it; another one is started");
}

/* One that is idle and alike, and can be asked; NULL: there is none, or ctx has an error. */
static struct tg_server *find_ready(struct serve_call *c)
{
    struct tg_server *s;
    while ((s = take_idle(c->all, &c->key))) {
        s->printed = &c->j->printed;
        if (tg_server_is_ready(s)) return s;
        if (!s->gone && s->said.length) {
            say_unasked(c, s, "printed something before it was asked", s->said.data);
            end_refused(c, s, 0);
            return NULL;
        }
        tg_server_end(s, c->all->linger_ns, c->all->grace_ns);
        tell_idle_end(c, s);
        tg_server_free(s);
    }
    return NULL;
}

/* It has ended, or cannot be heard any more. */
static bool judge_end(struct serve_call *c, struct tg_server *s)
{
    struct tg_err *err = &c->j->ctx->err;
    tg_server_end(s, c->all->linger_ns, c->all->grace_ns);
    int status = s->end.status;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !s->told;
    if (tg_step_stopping(c->j)) {
        fail_as(c, TG_STEP_INTERRUPTED);
    } else if (c->reused && s->unheard) {
        c->unheard = true;
        tell_idle_end(c, s);
    } else if (s->told) {
        tg_err_set(err, TG_EXIT_FAILED, "the server closed its standard %s without an answer", s->deaf ? "input" : "output");
    } else if (status) {
        c->j->group = s->group; /* for the judgement alone */
        tg_verdict_of(c->j, c->step, TG_STEP_ENDED, &s->end);
        c->no_fault = killed && err->cause != TG_CAUSE_MEMORY;
    } else if (s->said.length) {
        say_unasked(c, s, "ended within an answer, which ends with a newline", s->said.data);
    } else {
        tg_err_set(err, TG_EXIT_FAILED, "the server ended without an answer");
        tg_err_hint(err, "It is asked until its standard input ends: it has to read in a loop.");
    }
    tg_server_free(s);
    return false;
}

/* The line may be an answer. */
static bool judge_line(const struct serve_call *c, struct tg_server *s, tg_value *out)
{
    struct tg_job *j = c->j;
    bool told = false;
    size_t length = (size_t)((const char *)memchr(s->said.data, '\n', s->said.length) - s->said.data);
    bool fine = tg_answer_read(s->said.data, length, s->asked, c->served->type, j->ctx->services->secrets, out, &told,
                               &s->numbered, &j->ctx->err);
    s->unnumbered = s->unnumbered || !s->numbered;
    if (!fine && !told) return end_refused(c, s, 0);
    if (s->said.length > length + 1) {
        if (fine) tg_value_unref(*out);
        tg_err_done(&j->ctx->err);
        say_unasked(c, s, "printed more than its answer", s->said.data + length + 1);
        return end_refused(c, s, 0);
    }
    s->said.length = 0;
    if (s->said.room > KEPT_BYTES) tg_buf_done(&s->said);
    s->task = j->ctx->task;
    struct tg_server *over = put_idle(c->all, s);
    if (over) end_spare(c->all, over, j->ctx);
    return fine;
}

/* What is worth knowing of a server that was too slow for its first question. */
static void hint_first(struct tg_err *err, bool unheard, uint64_t age_ns)
{
    double age_s = (double)(age_ns / 100000000) / 10;
    if (unheard)
        tg_err_hint(err,
                    "It has not read its first question in the %g s since it was started; what it does before (imports, a "
                    "model) counts towards 'timeout' after a minute.",
                    age_s);
    else
        tg_err_hint(err,
                    "It had not answered anything yet since it was started %g s ago. What is slow but once belongs before "
                    "it reads its first question, where it does not count; and " FLUSHED,
                    age_s);
}

/* It has not answered in time. */
static bool end_late(struct serve_call *c, struct tg_server *s)
{
    struct tg_err *err = &c->j->ctx->err;
    bool first = s->asked == 1, unheard = s->unheard;
    uint64_t age_ns = tg_clock_ns() - s->started_ns;
    end_refused(c, s, 0);
    fail_as(c, TG_STEP_TIMED_OUT);
    if (first) hint_first(err, unheard, age_ns);
    return false;
}

static bool judge_reply(struct serve_call *c, struct tg_server *s, enum tg_reply reply, tg_value *out)
{
    struct tg_job *j = c->j;
    switch (reply) {
    case TG_REPLY_LINE: return judge_line(c, s, out);
    case TG_REPLY_NONE: return judge_end(c, s);
    case TG_REPLY_STOPPED: end_refused(c, s, 0); return fail_as(c, TG_STEP_INTERRUPTED);
    case TG_REPLY_LATE: return end_late(c, s);
    case TG_REPLY_LONG: break;
    }
    end_refused(c, s, 0);
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "the server's answer is more than %zu bytes", j->max_capture);
    tg_err_hint(&j->ctx->err, "What is large belongs in a file: answer its path.");
    return false;
}

static bool ask_once(struct serve_call *c, tg_value *out)
{
    struct tg_job *j = c->j;
    struct tg_buf question = {0};
    enum tg_outcome outcome = TG_STEP_NOT_STARTED;
    c->no_fault = c->unheard = false;
    if (tg_step_stopping(j) || tg_guard_passed(j->guard)) return fail_as(c, TG_STEP_INTERRUPTED);
    struct tg_server *s = find_ready(c);
    if (j->ctx->err.code) return false;
    c->reused = s;
    if (!s && j->timeout_at) tg_step_limit(j, j->command->timeout_ns + TG_SERVER_START_NS);
    if (s) tg_claim_asked(j->claims);
    else if (!(s = tg_server_start(j, &outcome))) return fail_as(c, outcome);
    if (!c->reused) tg_buf_add(&s->key, c->key.data, c->key.length);
    tg_buf_add(&question, c->served->question, c->served->length);
    tg_buf_format(&question, ",\"id\":%llu}\n", (unsigned long long)++s->asked);
    bool fine = judge_reply(c, s, tg_server_ask(s, j, question.data, question.length), out);
    tg_claim_ended(j->claims);
    tg_buf_done(&question);
    return fine;
}

bool tg_serve_call(struct tg_job *j, struct tg_servers *all, tg_value *out)
{
    struct serve_call c = {.j = j, .all = all, .served = j->command->served, .step = &j->command->steps[0]};
    make_key(j->command, &c.key);
    count_call(all, true);
    tg_printed_step(&j->printed, c.step);
    bool fine;
    do fine = ask_once(&c, out);
    while (c.unheard);
    for (int asked = 1; asked < ASKED_MAX && !fine && c.no_fault && c.served->again; asked++) {
        tg_printed_say(j->ctx, "warning: the server of task '%s' ended without an answer; another one is asked",
                       tg_command_instance(j->command));
        tg_err_done(&j->ctx->err);
        j->group = TG_CGROUP_NO_GROUP;
        do fine = ask_once(&c, out);
        while (c.unheard);
    }
    count_call(all, false);
    tg_buf_done(&c.key);
    return fine;
}
