/* SPDX-License-Identifier: MIT
 * The manual page tgrun(1): a frame written by hand (cmd/templates/tgrun.1.in) with the verbs, their options and the
 * environment put in from the tables. */
#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"
#include "engine/sched/sched.h"

/* Text as roff: a hyphen that may be typed is `\-`, and a line must not start with a dot or quote. */
static void add_roff(struct tg_buf *b, const char *text)
{
    if (*text == '.' || *text == '\'') tg_buf_text(b, "\\&");
    for (; *text; text++) {
        if (*text == '\\') tg_buf_text(b, "\\e");
        else if (*text == '-') tg_buf_text(b, "\\-");
        else tg_buf_char(b, *text);
    }
}

static void add_option(struct tg_buf *b, const struct tg_opt *o)
{
    tg_buf_text(b, ".TP\n");
    if (o->letter) tg_buf_format(b, "\\fB\\-%c\\fR", o->letter);
    if (o->letter && !o->name && o->value) tg_buf_text(b, " \\fI"), add_roff(b, o->value), tg_buf_text(b, "\\fR");
    if (o->letter && o->name) tg_buf_text(b, ", ");
    if (o->name) tg_buf_text(b, "\\fB\\-\\-"), add_roff(b, o->name), tg_buf_text(b, "\\fR");
    if (o->name && o->value) tg_buf_text(b, o->alone ? "[=\\fI" : "=\\fI"), add_roff(b, o->value), tg_buf_text(b, "\\fR");
    if (o->alone) tg_buf_char(b, ']');
    tg_buf_char(b, '\n');
    struct tg_buf text = {0};
    tg_buf_text(&text, o->help);
    text.data[0] = (char)toupper((unsigned char)text.data[0]);
    if (o->kind == TG_OPT_CHOICE) tg_buf_text(&text, " ("), tg_opt_choices_text(&text, o), tg_buf_char(&text, ')');
    add_roff(b, text.data);
    tg_buf_text(b, ".\n");
    tg_buf_done(&text);
}

static bool is_common(const struct tg_opt *o)
{
    return o->offset == TG_AT(color) || o->offset == TG_AT(help) || o->offset == TG_AT(version);
}

/* The options of a verb; those that all verbs have stand once, with `run`. */
static void add_verb_page(struct tg_buf *b, const struct tg_verb *v)
{
    tg_buf_format(b, ".SS tgrun %s ", v->name);
    add_roff(b, v->usage);
    tg_buf_char(b, '\n');
    add_roff(b, v->detail);
    tg_buf_char(b, '\n');
    for (const struct tg_opt *o = v->options; !tg_opt_end(o); o++)
        if (!o->hidden && (v == &tg_verb_run || !is_common(o))) add_option(b, o);
}

static void add_verbs(struct tg_buf *b)
{
    for (size_t i = 0; tg_verbs[i]; i++) add_verb_page(b, tg_verbs[i]);
}

static void add_variables(struct tg_buf *b)
{
    struct tg_buf name = {0};
    for (const struct tg_opt *o = tg_verb_run.options; !tg_opt_end(o); o++) {
        if (!o->env) continue;
        tg_opt_variable(&name, o);
        tg_buf_format(b, ".TP\n\\fB%s\\fR\nThe same as \\fB\\-\\-", name.data);
        add_roff(b, o->name);
        tg_buf_format(b, "\\fR%s.\n", tg_opt_takes_value(o) ? "" : ", if 1");
    }
    tg_buf_done(&name);
}

/* "jobs, scheduler." */
static void add_harmless(struct tg_buf *b)
{
    const char *between = "";
    for (const struct tg_opt *o = tg_verb_run.options; !tg_opt_end(o); o++) {
        if (!o->harmless) continue;
        tg_buf_text(b, between);
        add_roff(b, o->name);
        between = ", ";
    }
    tg_buf_text(b, ".\n");
}

static void add_schedulers(struct tg_buf *b)
{
    for (size_t i = 0; tg_sched_all[i]; i++) {
        const struct tg_sched *s = tg_sched_all[i];
        tg_buf_text(b, ".TP\n\\fB");
        add_roff(b, s->name);
        tg_buf_text(b, "\\fR");
        if (s->alias) tg_buf_text(b, ", \\fB"), add_roff(b, s->alias), tg_buf_text(b, "\\fR");
        tg_buf_char(b, '\n');
        add_roff(b, s->summary);
        tg_buf_text(b, ".\n");
    }
}

void tg_manual(struct tg_buf *b)
{
    static const struct {
        const char *mark;
        void (*add)(struct tg_buf *b);
    } marks[] = {{"@VERBS@\n", add_verbs},
                 {"@VARIABLES@\n", add_variables},
                 {"@HARMLESS@\n", add_harmless},
                 {"@SCHEDULERS@\n", add_schedulers}};
    const struct tg_template *t = tg_templates;
    while (strcmp(t->path, "tgrun.1") != 0) t++;
    for (const char *line = t->text; *line;) {
        size_t length = strcspn(line, "\n") + 1, i = 0, count = sizeof marks / sizeof *marks;
        while (i < count && strncmp(line, marks[i].mark, length) != 0) i++;
        if (i < count) marks[i].add(b);
        else if (strncmp(line, "@VERSION@", 9) == 0)
            tg_buf_text(b, ".TH TGRUN 1 \"\" \"tgrun " TG_VERSION "\" \"User Commands\"\n");
        else tg_buf_add(b, line, length);
        line += length;
    }
}
