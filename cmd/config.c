/* SPDX-License-Identifier: MIT
 * Defaults from files.
 *
 * A folder may come from anybody. So its file may set only options that are marked harmless in the table; it is not read if it
 * belongs to neither the user nor root nor whom the folder belongs to, as in /tmp; and what cannot be read is an error, so that
 * nobody runs for long with other settings than he believes. */
#include "cmd/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/near.h"
#include "lang/yaml/parse_yaml.h"

#define MOST_BYTES ((size_t)64 << 10) /* of a file: a hundred times what all options need */

/* A file of settings being read. */
struct config_reader {
    struct tg_config *c;
    const struct tg_opt *options;
    void *sample;
    enum tg_opt_layer layer;
    const char *path;
    struct tg_source *source;
};

/* ---- the file ------------------------------------------------------------------------------------ */

static bool refuse_file(struct config_reader *r, const char *why)
{
    tg_diag_error(&r->c->diags, (tg_span){0, 0}, "cannot read the options in '%s': %s", r->path, why);
    return false;
}

/* True if a file of this owner may decide here. */
static bool is_trusted(const struct config_reader *r, uid_t owner)
{
    struct stat folder;
    if (owner == geteuid() || owner == 0) return true;
    return r->layer == TG_OPT_FOLDER && stat(".", &folder) == 0 && owner == folder.st_uid;
}

static bool leave_out(struct config_reader *r, const char *why)
{
    tg_diag_warning(&r->c->diags, (tg_span){0, 0}, "the options in '%s' are left out: %s", r->path, why);
    return false;
}

static const char other_owner[] = "it belongs to another user";

/* Looks at what is opened, which a link may have led to. */
static bool inspect_config(struct config_reader *r, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return refuse_file(r, strerror(errno));
    if (!is_trusted(r, st.st_uid)) return leave_out(r, other_owner);
    if (!S_ISREG(st.st_mode)) return refuse_file(r, "it is no regular file");
    return !(st.st_mode & S_IWOTH) || leave_out(r, "everybody may write to it");
}

static bool read_config_text(struct config_reader *r, int fd)
{
    char *text = tg_alloc(MOST_BYTES + 1);
    size_t length = 0;
    ssize_t got;
    while ((got = read(fd, text + length, MOST_BYTES + 1 - length)) != 0) {
        if (got > 0) length += (size_t)got;
        else if (errno != EINTR) break;
    }
    struct tg_err err = {0};
    if (got < 0) refuse_file(r, strerror(errno));
    else if (length > MOST_BYTES) refuse_file(r, "it has more than 64 KB");
    else if (!(r->source = tg_sources_add(&r->c->sources, r->path, text, length, &err)))
        tg_diag_take(&r->c->diags, (tg_span){0, 0}, &err);
    free(text);
    return r->source != NULL;
}

/* What somebody else has put there is left alone, and a pipe in its place does not make us wait. */
static bool open_config(struct config_reader *r)
{
    struct stat st;
    if (lstat(r->path, &st) == 0 && !is_trusted(r, st.st_uid)) return leave_out(r, other_owner);
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    /* as after su, which keeps HOME: these options are not ours, and a run can do without */
    if (fd < 0 && (errno == EACCES || errno == EPERM)) return leave_out(r, strerror(errno));
    if (fd < 0) return errno != ENOENT && errno != ENOTDIR && refuse_file(r, strerror(errno));
    bool good = inspect_config(r, fd) && read_config_text(r, fd);
    close(fd);
    return good;
}

/* ---- what stands in it --------------------------------------------------------------------------- */

static bool is_settable(const struct tg_opt *o, enum tg_opt_layer layer)
{
    return o->env && (layer == TG_OPT_USER || o->harmless);
}

static void refuse_harm(struct config_reader *r, const struct tg_ast *entry, const struct tg_opt *o)
{
    struct tg_buf variable = {0};
    tg_opt_variable(&variable, o);
    struct tg_diag *d = tg_diag_error(&r->c->diags, entry->span,
                                      "option '%s' cannot be set by a folder, which may be anybody's", o->name);
    tg_diag_hint(&r->c->diags, d, "Set it by --%s, %s or in '%s'.", o->name, variable.data,
                 r->c->user_path ? r->c->user_path : "~/.config/tgrun/config.yaml");
    tg_buf_done(&variable);
}

static void refuse_unknown(struct config_reader *r, const struct tg_ast *entry, const struct tg_name *name)
{
    struct tg_near near = tg_near_begin(name->text, name->length);
    for (const struct tg_opt *o = r->options; !tg_opt_end(o); o++)
        if (is_settable(o, r->layer)) tg_near_offer(&near, o->name, strlen(o->name));
    struct tg_diag *d = tg_diag_error(&r->c->diags, entry->span, "unknown option '%.60s'", name->text);
    if (near.best) tg_diag_hint(&r->c->diags, d, "did you mean '%s'?", near.best);
    else tg_diag_hint(&r->c->diags, d, "'tgrun config' lists the options that have a place in a file.");
}

/* A scalar as it is written, also with a sign; NULL: it is none. */
static const char *text_of_scalar(struct config_reader *r, const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) return tg_arena_copy(&r->c->arena, n->text, n->length);
    if (n->kind == TG_N_LIST || n->kind == TG_N_RECORD || n->kind == TG_N_NIL) return NULL;
    return tg_arena_copy(&r->c->arena, r->source->text + (n->span.start - r->source->base), n->span.end - n->span.start);
}

static void take_value(struct config_reader *r, const struct tg_opt *o, const struct tg_ast *value)
{
    struct tg_opt_layers layers = {0};
    struct tg_err err = {0};
    const char *text = text_of_scalar(r, value);
    if (value->kind == TG_N_NIL) return; /* as if it were not there */
    if (!text) {
        tg_diag_error(&r->c->diags, value->span, "option '%s' has one value, not %s", o->name,
                      value->kind == TG_N_LIST ? "a list" : "a mapping");
    } else if (!tg_opt_set(r->options, o, text, r->layer, o->name, r->sample, &layers, &err)) {
        tg_diag_take(&r->c->diags, value->span, &err);
    } else {
        tg_vec_push(&r->c->settings, ((struct tg_setting){r->layer, o->name, text, value->span}));
    }
}

static void take_setting(struct config_reader *r, const struct tg_ast *entry)
{
    const struct tg_name *name = tg_names_get(&r->c->names, entry->sym);
    const struct tg_opt *o = tg_opt_find(r->options, 0, name->text, name->length);
    if (!o || !o->env) refuse_unknown(r, entry, name);
    else if (!is_settable(o, r->layer)) refuse_harm(r, entry, o);
    else take_value(r, o, tg_n_entry_value(entry));
}

static bool read_config_file(struct tg_config *c, const struct tg_opt *options, void *sample, enum tg_opt_layer layer,
                             const char *path)
{
    struct config_reader r = {c, options, sample, layer, path, NULL};
    if (!open_config(&r)) return false;
    struct tg_parse parse = {
        .arena = &c->arena, .names = &c->names, .diags = &c->diags, .source = r.source, .no_aliases = true};
    struct tg_ast *n = tg_parse_yaml_value(&parse);
    if (!n || n->kind == TG_N_NIL) return n != NULL; /* only comments */
    if (n->kind != TG_N_RECORD) {
        tg_diag_error(&c->diags, n->span, "options are one mapping from name to value");
        return false;
    }
    struct tg_kids entries = tg_n_record_entries(n);
    for (uint32_t i = 0; i < entries.count; i++) take_setting(&r, entries.items[i]);
    return true;
}

/* ---- both files ---------------------------------------------------------------------------------- */

/* The convention wants absolute paths, and others left out of account. */
static char *find_user_path(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && *config == '/') return tg_alloc_format("%s/tgrun/config.yaml", config);
    return home && *home == '/' ? tg_alloc_format("%s/.config/tgrun/config.yaml", home) : NULL;
}

void tg_config_read(struct tg_config *c, const struct tg_opt *options, void *sample)
{
    *c = (struct tg_config){.user_path = find_user_path()};
    tg_diags_init(&c->diags, &c->arena);
    c->user_read = c->user_path && read_config_file(c, options, sample, TG_OPT_USER, c->user_path);
    c->folder_read = read_config_file(c, options, sample, TG_OPT_FOLDER, TG_CONFIG_FOLDER_FILE);
}

void tg_config_done(struct tg_config *c)
{
    tg_vec_done(&c->settings);
    tg_diags_done(&c->diags);
    tg_sources_done(&c->sources);
    tg_names_done(&c->names);
    tg_arena_done(&c->arena);
    free(c->user_path);
}

void tg_config_apply(const struct tg_config *c, const struct tg_opt *table, void *into, struct tg_opt_layers *layers)
{
    for (size_t i = 0; i < c->settings.count; i++) {
        const struct tg_setting *s = &c->settings.items[i];
        const struct tg_opt *o = tg_opt_find(table, 0, s->name, strlen(s->name));
        if (!o || !o->env) continue; /* the verb has no such option, or one that only has the name */
        bool good = tg_opt_set(table, o, s->text, s->layer, s->name, into, layers, NULL);
        TG_ASSERT(good);
        (void)good;
    }
}

const struct tg_setting *tg_config_find(const struct tg_config *c, enum tg_opt_layer layer, const char *name)
{
    for (size_t i = c->settings.count; i-- > 0;)
        if (c->settings.items[i].layer == layer && strcmp(c->settings.items[i].name, name) == 0) return &c->settings.items[i];
    return NULL;
}
