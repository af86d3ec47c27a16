/* SPDX-License-Identifier: MIT
 * The front end as one object: path in, committed graph or diagnostics out.
 *
 *     tg_front_init -> tg_front_open -> tg_front_set_param.. -> tg_front_eval
 *
 * Everything is in memory of the object; nothing is printed. Thread class: owner. After tg_front_eval the object must
 * live until the run has ended: commands are evaluated at run time (lang/eval/cmdtask.c) from its trees. */
#ifndef TG_LANG_FRONT_H
#define TG_LANG_FRONT_H

#include "engine/graph/plan.h"
#include "lang/bind/program.h"
#include "lang/text/source.h"

struct tg_front {
    struct tg_program program;
    struct tg_sources sources;
    struct tg_names paths; /* real ones of the files read, to find one that is imported twice */
    TG_VEC(struct tg_module *) by_path;
    struct tg_names asked; /* paths of all that was to be read, what is not there included; not standard input */
    uint32_t import_depth;
};

/* In which language a file is read: in that which is asked for, else by its ending. */
enum tg_language tg_front_language(const char *path, enum tg_language asked);

void tg_front_init(struct tg_front *f, struct tg_session *session);
void tg_front_done(struct tg_front *f);
/* Reads, parses, loads plugins and imports, resolves and checks. False if there were errors (in
 * f->program.diags, with its code as the exit status); warnings alone are fine. path "-": standard input, named "<stdin>". */
bool tg_front_open(struct tg_front *f, const char *path, enum tg_language language);
/* Sets a parameter from text, typed by its declaration; the error goes to the diagnostics. `where` names the origin in
 * messages ("-D", "params.json"). */
bool tg_front_set_param(struct tg_front *f, const char *name, const char *text, const char *where);
/* Sets parameters from a JSON or YAML file with one mapping at the top. */
bool tg_front_read_params(struct tg_front *f, const char *path);
/* Evaluates into session->graph: outputs and effects are wanted there. False if there were errors. */
bool tg_front_eval(struct tg_front *f);
/* Instead of it, where a required parameter is missing: finds what is wrong with the others. */
void tg_front_eval_parameters(struct tg_front *f);
/* Looks at the files that a plan of the graph makes and reads; runs: it will be run here. */
/* Finds what words of the command line name, which must have been front->program.named before it was opened: see select.h. */
bool tg_front_select(struct tg_front *f, uint64_t **selected, size_t *unknown, struct tg_err *err);
bool tg_front_preflight(struct tg_front *f, const struct tg_plan *plan, bool runs, struct tg_diags *out);

#endif
