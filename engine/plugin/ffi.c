/* SPDX-License-Identifier: MIT
 * C functions of any shared library as tasks, called through libffi.
 *
 * What a C function looks like cannot be seen in a library, so the signature in the workflow is believed:
 *     int  int64_t      float  double      bool  bool      str  const char * (arguments only)      nil  void
 * A call description is made once for each function; a call fills arrays on the stack and takes some 30 ns. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ffi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/graph/pace.h"
#include "engine/plugin/elf.h"
#include "engine/plugin/host.h"
#include "engine/plugin/image.h"
#include "engine/plugin/load.h"
#include "engine/value/str.h"

/* Parameters of a C function: no library has one with more, and the arrays of a call live on the stack. */
#define MAX_PARAMS 64

/* Libraries that one needs, looked into where a workflow is only looked at: each is searched for in several folders. */
#define MAX_NEEDED 100

/* One parameter or result of C. */
enum c_kind { C_VOID, C_INT, C_FLOAT, C_BOOL, C_TEXT };

struct c_function {
    void (*address)(void);
    ffi_cif cif;
    enum c_kind result;
    uint32_t count;
    enum c_kind kinds[MAX_PARAMS];
    ffi_type *types[MAX_PARAMS];
};

union c_value {
    int64_t i;
    double f;
    uint8_t b;
    const char *text;
    ffi_arg wide; /* a small integer result is widened to this */
};

static ffi_type *const ffi_types[] = {
    [C_VOID] = &ffi_type_void,  [C_INT] = &ffi_type_sint64,   [C_FLOAT] = &ffi_type_double,
    [C_BOOL] = &ffi_type_uint8, [C_TEXT] = &ffi_type_pointer,
};

/* ---- calling ------------------------------------------------------------------------------------- */

static int pass_text(tg_ctx *ctx, size_t i, tg_value v, union c_value *out)
{
    size_t length;
    out->text = tg_host_table.text(v, &length);
    if (strlen(out->text) == length) return TG_OK;
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' has a NUL byte in it, which a C function takes for its end",
               ctx->def->sig.params[i].name);
    return TG_FAIL;
}

static int pass_value(tg_ctx *ctx, size_t i, enum c_kind kind, tg_value v, union c_value *out)
{
    switch (kind) {
    case C_INT: out->i = tg_as_int(v); break;
    case C_FLOAT: out->f = tg_as_float(v); break;
    case C_BOOL: out->b = tg_as_bool(v); break;
    case C_TEXT: return pass_text(ctx, i, v, out);
    case C_VOID: break;
    }
    return TG_OK;
}

static tg_value read_result(enum c_kind kind, const union c_value *v)
{
    switch (kind) {
    case C_INT: return tg_int(v->i);
    case C_FLOAT: return tg_float(v->f);
    case C_BOOL: return tg_bool((uint8_t)v->wide != 0);
    default: return tg_nil();
    }
}

static int call_function(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct c_function *f = ctx->def->data;
    union c_value values[MAX_PARAMS], result = {0};
    void *pointers[MAX_PARAMS];
    if (count != f->count) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "'%s' takes %u arguments, not %zu", ctx->def->name, f->count, count);
        return TG_FAIL;
    }
    TG_ASSERT(count <= MAX_PARAMS && f->address); /* where it was only looked for, nothing runs */
    for (size_t i = 0; i < count; i++) {
        if (pass_value(ctx, i, f->kinds[i], args[i], &values[i]) != TG_OK) return TG_FAIL;
        pointers[i] = &values[i];
    }
    ffi_call(&f->cif, f->address, &result, pointers);
    TG_ASSERT(f->result != C_TEXT); /* who would free it? */
    *out = read_result(f->result, &result);
    return TG_OK;
}

/* ---- describing ---------------------------------------------------------------------------------- */

static bool c_kind_of(const struct tg_type *type, enum c_kind *out)
{
    switch (type->kinds) {
    case TG_KIND_BIT(TG_NIL): *out = C_VOID; return true;
    case TG_KIND_BIT(TG_INT): *out = C_INT; return true;
    case TG_KIND_BIT(TG_FLOAT): *out = C_FLOAT; return true;
    case TG_KIND_BIT(TG_BOOL): *out = C_BOOL; return true;
    case TG_KIND_BIT(TG_STR): *out = C_TEXT; return true;
    default: return false;
    }
}

static bool fail_type(const char *function, const char *what, const struct tg_type *type, const char *can, struct tg_err *err)
{
    struct tg_buf b = {0};
    tg_type_print(&b, type);
    tg_err_set(err, TG_EXIT_USAGE, "%s of the C function '%s' cannot be %s, only %s", what, function, tg_buf_str(&b), can);
    tg_buf_done(&b);
    return false;
}

static bool describe_param(const struct tg_sig *sig, uint32_t i, struct c_function *f, struct tg_err *err)
{
    const struct tg_sig_param *param = &sig->params[i];
    if (param->rest)
        return tg_err_set(err, TG_EXIT_USAGE, "the C function '%s' cannot take any number of arguments", sig->name);
    if (c_kind_of(&param->type, &f->kinds[i]) && f->kinds[i] != C_VOID) {
        f->types[i] = ffi_types[f->kinds[i]];
        return true;
    }
    char *what = tg_alloc_format("parameter '%s'", param->name);
    fail_type(sig->name, what, &param->type, "int, float, bool or str", err);
    free(what);
    return false;
}

static bool describe(const struct tg_sig *sig, struct c_function *f, struct tg_err *err)
{
    if (sig->count > MAX_PARAMS)
        return tg_err_set(err, TG_EXIT_USAGE, "the C function '%s' has %u parameters, at most %u are possible", sig->name,
                          sig->count, MAX_PARAMS);
    f->count = sig->count;
    for (uint32_t i = 0; i < sig->count; i++)
        if (!describe_param(sig, i, f, err)) return false;
    if (!c_kind_of(&sig->result, &f->result) || f->result == C_TEXT)
        return fail_type(sig->name, "the result", &sig->result, "int, float, bool or nil", err);
    if (ffi_prep_cif(&f->cif, FFI_DEFAULT_ABI, f->count, ffi_types[f->result], f->types) == FFI_OK) return true;
    return tg_err_set(err, TG_EXIT_CANNOT, "libffi cannot describe the C function '%s'", sig->name);
}

/* ---- finding ------------------------------------------------------------------------------------- */

/* A library that is named by its path is looked at first; a bare name is the dynamic linker's to find. */
static bool check_file(const char *library, int *fd, struct tg_err *err)
{
    *fd = -1;
    if (!strchr(library, '/')) return true;
    *fd = open(library, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd >= 0) return tg_elf_check(*fd, "library", library, err);
    return tg_err_set(err, TG_EXIT_CANNOT, "could not load library '%s': %s", library, strerror(errno));
}

static bool fail_no_function(const char *library, const char *name, const char *why, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_CANNOT, "library '%s' has no function '%s': %s", library, name, why);
}

static bool find_address(const char *library, const char *name, struct c_function *f, struct tg_err *err)
{
    errno = 0;
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return tg_err_set(err, TG_EXIT_CANNOT, "could not load library '%s': %s", library, tg_load_error(library));
    dlerror();
    void *address = dlsym(handle, name);
    if (address) {
        *(void **)&f->address = address;
        return true; /* the library stays loaded */
    }
    fail_no_function(library, name, tg_load_error(library), err);
    dlclose(handle);
    return false;
}

/* ---- looking for it ------------------------------------------------------------------------------ */

enum presence { FOUND, NOT_FOUND, UNKNOWN };

/* In a library that the process has anyway, such as the C library: no code of it runs because of us. */
static enum presence look_in_loaded(const char *library, const char *name)
{
    void *handle = strchr(library, '/') ? NULL : dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle) return UNKNOWN;
    enum presence found = dlsym(handle, name) ? FOUND : NOT_FOUND;
    dlclose(handle);
    return found;
}

/* In the symbols of a file, and in what it needs, as dlsym would. */
static enum presence look_in_image(const struct tg_image *image, const char *name)
{
    GElf_Sym symbol;
    const char *needed;
    if (tg_image_find(image, name, &symbol)) return FOUND;
    for (size_t i = 0; (needed = tg_image_needed(image, i)); i++) {
        if (i >= MAX_NEEDED) return UNKNOWN;
        enum presence found = look_in_loaded(needed, name);
        if (found != NOT_FOUND) return found;
    }
    return NOT_FOUND;
}

static enum presence look_in_file(int fd, const char *name)
{
    struct tg_image image;
    struct tg_mapped file;
    if (!tg_image_map(&file, fd)) return UNKNOWN;
    const char *why = tg_image_open(&image, file.bytes, file.size);
    enum presence found = why ? UNKNOWN : look_in_image(&image, name);
    tg_image_close(&image);
    tg_image_unmap(&file);
    return found;
}

/* What can be told without opening the library, whose code would run; the rest shows in the run. */
static bool look_for(const char *library, int fd, const char *name, struct tg_err *err)
{
    enum presence found = fd < 0 ? look_in_loaded(library, name) : look_in_file(fd, name);
    return found != NOT_FOUND || fail_no_function(library, name, "its file names none", err);
}

static bool find_function(const struct tg_registry *r, const char *library, const char *name, struct c_function *f,
                          struct tg_err *err)
{
    int fd;
    if (!*library) return tg_err_set(err, TG_EXIT_USAGE, "the library of the C function '%s' has no name", name);
    bool good = check_file(library, &fd, err) &&
                (r->looks ? look_for(library, fd, name, err) : find_address(library, name, f, err));
    if (fd >= 0) close(fd);
    return good;
}

/* ---- the definition ------------------------------------------------------------------------------ */

/* A default that lives in the arena, as those of tg_sig_parse do. */
static tg_value copy_default(struct tg_arena *arena, tg_value v)
{
    if (tg_kind(v) != TG_STR) return v;
    const struct tg_str *from = tg_str_of(v);
    struct tg_str *to = tg_arena_alloc(arena, sizeof *to + from->length + 1);
    to->obj = (struct tg_obj){.refs = 1, .kind = TG_STR};
    to->length = from->length;
    memcpy(to->data, from->data, from->length + 1);
    return tg_make_(TG_STR, (uintptr_t)to);
}

/* A copy of the signature that lives in the arena; the scalar types in it point nowhere. */
static struct tg_sig copy_sig(struct tg_arena *arena, const struct tg_sig *sig)
{
    struct tg_sig copy = *sig;
    copy.name = tg_arena_copy(arena, sig->name, strlen(sig->name));
    copy.params = tg_arena_alloc(arena, sig->count * sizeof *copy.params);
    for (uint32_t i = 0; i < sig->count; i++) {
        copy.params[i] = sig->params[i];
        copy.params[i].name = tg_arena_copy(arena, sig->params[i].name, strlen(sig->params[i].name));
        if (sig->params[i].has_default) copy.params[i].default_value = copy_default(arena, sig->params[i].default_value);
    }
    return copy;
}

const struct tg_def *tg_registry_extern(struct tg_registry *r, const char *library, const struct tg_sig *sig,
                                        struct tg_err *err)
{
    struct c_function *f = tg_arena_alloc(&r->arena, sizeof *f);
    *f = (struct c_function){0};
    if (!describe(sig, f, err) || !find_function(r, library, sig->name, f, err)) return NULL;
    struct tg_def *def = tg_arena_alloc(&r->arena, sizeof *def);
    struct tg_pace *pace = tg_arena_alloc(&r->arena, sizeof *pace);
    *pace = (struct tg_pace){0};
    *def = (struct tg_def){.fn = call_function, .data = f, .sig = copy_sig(&r->arena, sig), .pace = pace};
    def->name = def->sig.name;
    def->doc = tg_arena_format(&r->arena, "C function of %s.", library);
    tg_vec_push(&r->externs, ((struct tg_extern){def, tg_arena_copy(&r->arena, library, strlen(library))}));
    return def;
}

const void *tg_registry_code(const struct tg_def *def)
{
    return def->fn == call_function ? (const void *)((const struct c_function *)def->data)->address : (const void *)def->fn;
}
