/* SPDX-License-Identifier: MIT
 * The room engine/command: one command from its start to its result. It runs the programs of one `task` and turns what they
 * wrote into a value. Any worker thread may run one; the calling thread waits for it. This is its door. Behind it:
 *
 *     command.c     a command: its steps, its end    step.c         a program or pipeline, from start to end
 *     launch.c      starting its programs
 *     claim.c       waiting for room for one         spawn.c        starting a program
 *     guard.c       all that are running             verdict.c      whether it went well, what is said if not
 *     printed.c     what is printed: logs, lines     capture.c      what becomes a value
 *     outfile.c     result files                     aside.c        private folders, where they are made; spare.c: empty ones
 *     outjudge.c    what was made of them            outkeep.c      what stays of them on failure
 *     journal.c     several get their names at once  outpath.c      what names they can have
 *     relink.c      links among them                 made.c         what earlier runs made for a pattern
 *     script.c      values in the text of an `sh`    quote.c        where they stand; shellwords.c: in which command
 *     plain.c       texts that need no shell         shell.c        what runs the others
 *     shellvars.c   variables of the shell in them, for checks  procs.c: what they left in /proc
 *     owners.c      which command makes which path   cmdtext.c      how a command is told to the user
 *     byhand.c      what a user needs to run one
 *     serve.c       servers, and who may ask which   server.c       one of them; answer.c: what it answers
 *     cgroup.c      limits of memory, if groups can be made; oom.c: who ran out of it
 *
 * Every program gets a session and process group of its own, standard input from /dev/null, a file or a value, standard
 * output and standard error through pipes, default signal dispositions, and our environment; values in a text of `sh` come
 * beside that, or by a file without a name (script.c). A result file is written aside, in a private folder, and renamed when
 * all steps succeeded.
 *
 * A program's end is the end of all that it started: what still holds its pipes gets TG_COMMAND_LINGER_NS to finish,
 * then everything left in its process group is killed, and a little later what left that and its session. Programs are
 * killed as well when tgrun dies, however that happens (command/guard.h). */
#ifndef TG_COMMAND_COMMAND_H
#define TG_COMMAND_COMMAND_H

#include "engine/command/owners.h"
#include "engine/plugin/host.h"

/* Bytes of standard output that become a value: it is held in memory twice for a moment; more belongs in a file. */
#define TG_MAX_CAPTURE_BYTES ((size_t)1 << 30)

/* Between asking a program to end and killing it: enough to remove temporary files. */
#define TG_COMMAND_GRACE_NS UINT64_C(5000000000)

/* Where the process must end, threads whose commands were killed get this long to put their files right. */
#define TG_COMMAND_ABANDON_NS UINT64_C(500000000)

/* What a program left running may go on writing to its pipes after it ended. */
#define TG_COMMAND_LINGER_NS UINT64_C(1000000000)

/* One program of a command, or a pipeline of several; steps run one after the other, until one fails. */
struct tg_step {
    char **argv; /* NULL-terminated; NULL: `script` is run by `shell`, also where the program has no interpreter */
    const char *script;
    const char *const *shell; /* a program and its arguments before the script, NULL-terminated; NULL: tg_shell_default */
    const char *shown;        /* how it is told to the user; NULL: as what it runs */
    char **variables;         /* of its environment, besides our own, NULL-terminated; NULL: none */
    char **settings;          /* of all its programs' environment: see tg_spawn; NULL: none */
    const char *data;         /* what it can read from descriptor TG_SPAWN_DATA_FD; NULL: nothing */
    size_t data_length;
    char ***piped; /* argument vectors of further programs, each of which reads what the one before writes */
    size_t piped_count;
    const char *output_path; /* standard output goes to this file (made new); NULL: it is the result's text */
    const char *input_path;  /* NULL: `input`, else /dev/null */
    const char *input;       /* what the (first) program reads as standard input; NULL: see above */
    size_t input_length;
};

/* What standard output means. */
enum tg_output_kind {
    TG_OUTPUT_NIL, /* nothing: it is shown, unless the command fails, which shows its end with standard error */
    TG_OUTPUT_STR, /* text without the last newline; must be UTF-8 */
    TG_OUTPUT_INT,
    TG_OUTPUT_FLOAT,
    TG_OUTPUT_JSON,
    TG_OUTPUT_LINES, /* list[str] */
    TG_OUTPUT_INTS,  /* list[int]: a line each */
    TG_OUTPUT_FLOATS,
    TG_OUTPUT_BOOL, /* the last step's exit status, 0 or 1; standard output is shown like standard error */
    TG_OUTPUT_BYTES,
    TG_OUTPUT_FILES, /* the result is `files`; standard output is shown like standard error */
};

/* A file or a set of files the command makes. */
struct tg_result_file {
    const char *field;   /* its name in a record result; NULL: the result is this file (or list) itself */
    const char *path;    /* the name it gets; with `list`, a glob pattern whose last part only has wildcards */
    const char *aside;   /* where the command writes it (tg_command_aside); with `list`, a folder */
    bool list;           /* list[file] */
    const char *pattern; /* of a list: `path` with a backslash before what only looks like a wildcard; NULL: `path` itself */
};

/* What a server is asked, and what it must answer (docs/formats.md). */
struct tg_served {
    const char *question; /* an object without its end, `{"task":"f","args":{..}`: the pool adds the number */
    size_t length;
    const struct tg_type *type; /* of the result; lent */
    bool again;                 /* it may be asked again where it was nobody's fault that it did not answer */
};

struct tg_container;

struct tg_command {
    const char *name;     /* the task's, for messages and log names */
    const char *instance; /* which of its instances: "build(a)"; NULL: the name */
    uint32_t attempt;     /* of the task, from 1; 0: the first */
    char **granted;       /* variables of all its programs that tell what it was given (granted.h); NULL: none beside our own */
    struct tg_step *steps;
    size_t step_count;
    enum tg_output_kind output;
    const struct tg_served *served; /* its only step is a server's, and `output` TG_OUTPUT_JSON; NULL: it runs and ends */
    struct tg_result_file *files;   /* for TG_OUTPUT_FILES */
    size_t file_count;
    bool is_protected;                    /* they can only be read, but this command may replace them */
    struct tg_outfiles *outfiles;         /* what is aside (tg_command_aside) */
    struct tg_owned *owned;               /* the paths it makes; NULL: they are not looked at */
    uint64_t timeout_ns;                  /* for all steps together; 0: none */
    uint64_t memory_bytes;                /* that each of its programs may use; 0: any */
    const char *dir;                      /* where its programs run; NULL: where we are. Our own paths are no others for it */
    const struct tg_container *container; /* in which its programs run; NULL: in none */
    const char *depfile; /* a file in which it says what it has read (store/depfile.h), which goes into: (NULL: none) */
    struct tg_buf *depfile_text;
    const char *const *wrap; /* words before those of each program, NULL-terminated; NULL: none */
};

/* What is shown of what commands print: of those that fail their last lines, of those that give nil, besides, standard output,
 * whole at their end; all of it, whole at their end; all of it as it comes; of those that fail only. */
static inline const char *tg_command_instance(const struct tg_command *c)
{
    return c->instance ? c->instance : c->name;
}

enum tg_output_mode { TG_SHOW_FAILED, TG_SHOW_GROUPED, TG_SHOW_LIVE, TG_SHOW_ONLY_FAILED };

/* The running commands of a process and of the worker processes forked from it, and where their logs go.
 * Thread class: locked. */
struct tg_commands;
struct tg_debt;
/* log_folder is made when the first command fails or prints (NULL:
 * ".tgrun/logs"). Ignores SIGPIPE and makes SIGCHLD's disposition the default one. */
struct tg_commands *tg_commands_new(enum tg_output_mode mode, const char *log_folder);
/* No command may be running. NULL is fine. */
void tg_commands_free(struct tg_commands *c);
/* Starts the guard process now; else the first command does. Cheapest while the process is small and has one thread:
 * call it when the workflow is seen to have commands. */
bool tg_commands_prepare(struct tg_commands *c, struct tg_err *err);
/* Who knows all that runs, and kills it when this process is gone: for other processes that are to be among them. */
struct tg_guard;
struct tg_guard *tg_commands_guard(struct tg_commands *c);
/* Who waits for descriptors and processes: likewise. */
struct tg_claims;
struct tg_claims *tg_commands_claims(struct tg_commands *c);
/* Limits the memory of programs by control groups, if that can be: else the first command that has a limit tries to, when others
 * may be in the way. */
void tg_commands_group(struct tg_commands *c);
/* For tests: where these are mounted, and the file that tells ours. Before the first. */
void tg_commands_group_at(struct tg_commands *c, const char *root, const char *file);
/* For tests: the file by which it is known that the kernel has killed for want of memory. Before tg_commands_prepare. */
void tg_commands_count_kills(struct tg_commands *c, const char *path);
/* Whether the kernel has killed one more for want of memory since tg_commands_prepare, of whom this was not asked yet. */
bool tg_commands_take_kill(struct tg_commands *c);
/* All that it has killed so far are known. */
void tg_commands_know_kills(struct tg_commands *c);
/* What the guard pays when this process is gone; before it is started, and until no command runs any more. */
void tg_commands_owe(struct tg_commands *c, struct tg_debt *debt);
/* Limits the standard output that becomes a value (TG_MAX_CAPTURE_BYTES). */
void tg_commands_limit_capture(struct tg_commands *c, size_t bytes);
/* How long programs are waited for (TG_COMMAND_GRACE_NS, TG_COMMAND_LINGER_NS). */
void tg_commands_wait(struct tg_commands *c, uint64_t grace_ns, uint64_t linger_ns);
/* Files of a failed command that were begun are kept, instead of logs only. */
void tg_commands_keep_failed(struct tg_commands *c, bool keep);
/* From now on commands are not run: the function is called with each in its place, when all is prepared, and the command fails.
 * False and err: it could not do what it is for. NULL: they are run. When none is running. */
typedef bool (*tg_command_fn)(void *data, const struct tg_command *command, struct tg_err *err);
void tg_commands_instead(struct tg_commands *c, tg_command_fn fn, void *data);
/* Puts right what runs before that were killed left behind; at the start of a run. */
void tg_commands_recover(const struct tg_services *services);
/* Passes a signal to every running command's process group. From the first INT, TERM, HUP or KILL on, a command that
 * is just starting gets the signal too. Safe from any thread, not from a signal handler. */
void tg_commands_signal(struct tg_commands *c, int signal);
/* Ends a run: raises its flag (TG_STOP_SIGNAL) and passes the signal. That a command then fails is never a failure of the run. */
void tg_commands_end(struct tg_commands *c, int signal, _Atomic int *stop);
/* Commands start again after such a signal. When none is running. */
void tg_commands_restart(struct tg_commands *c);
/* Stops all running commands, and lets them go on. Their limits of time do not count meanwhile. As tg_commands_signal. */
void tg_commands_pause(struct tg_commands *c);
/* For tg_services.paused_ns. */
uint64_t tg_commands_paused_ns(void *commands);
void tg_commands_resume(struct tg_commands *c);
/* Ends the servers, after their last question; says which did not end well. Waits for them. No command may be running. */
bool tg_commands_end_servers(struct tg_commands *c, const struct tg_services *services, struct tg_err *err);
/* What programs of commands have used that have ended. Any thread. */
struct tg_usage tg_commands_used(struct tg_commands *c);
/* Writes a line per running command (name, pid, seconds) into b. */
void tg_commands_describe(struct tg_commands *c, struct tg_buf *b);
/* The last act of a process that has to end in this thread, wherever that is: kills all commands, lets the threads that run
 * them put their files right (TG_COMMAND_ABANDON_NS), and removes what is left then of files written aside. The lock stays
 * taken: no command ends regularly after that. NULL is fine. */
void tg_commands_abandon(struct tg_commands *c);

/* Makes places aside for the command's files, beside their final ones, and sets each one's `aside`: the path to write, or for a
 * list the folder to fill. Folders are made as needed. False and ctx's error on failure. */
bool tg_command_aside(tg_ctx *ctx, struct tg_command *command);
/* Its results, which have this value, are there: nobody else is to make them in this run. False and ctx's error if somebody does. */
bool tg_command_own(tg_ctx *ctx, const struct tg_command *command, tg_value made);
/* Removes them, of a command that is not run. */
void tg_command_drop(tg_ctx *ctx, struct tg_command *command);
/* Runs it. TG_OK and *out, or TG_FAIL with ctx->err: the command line, exit status or signal, the last lines of
 * standard error and the log's path. What is aside is gone in the end. Borrows everything.
 *
 * When *services->stop becomes TG_STOP_SIGNAL, the program gets the signal (TERM if none was passed by
 * tg_commands_signal), after TG_COMMAND_GRACE_NS KILL, and the command fails with "interrupted". */
int tg_command_run(tg_ctx *ctx, const struct tg_command *command, tg_value *out);

#endif
